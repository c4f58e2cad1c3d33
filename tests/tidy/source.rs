//! The files of the repository, and their text with comments and strings told apart. Not a parser.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

/// Folders and files that rules are about.
const ROOTS: [&str; 8] = ["src", "tests", "benches", "build.rs", "style", "public", "migrations", "end2end"];

/// Folders that hold what others wrote or what was made from other files.
const NOT_OURS: [&str; 4] = ["node_modules", "test-results", "playwright-report", "target"];

/// A text file, with blanks in place of what a rule does not want to see; lines and columns stay where they are.
pub struct File {
    /// From the top of the repository, with `/`.
    pub path: String,
    pub text: String,
    /// Without comments and without the insides of strings.
    pub code: String,
    /// Without comments.
    pub uncommented: String,
    /// Without the insides of strings.
    pub unquoted: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        let kinds = if is_rust(path) {
            rust_kinds(text)
        } else if has_extension(path, "css") {
            css_kinds(text)
        } else {
            vec![Kind::Code; text.len()]
        };
        let without = |unwanted: &[Kind]| -> String {
            let bytes = text.bytes().zip(&kinds);
            let bytes = bytes.map(|(byte, kind)| if unwanted.contains(kind) && byte != b'\n' { b' ' } else { byte });
            String::from_utf8(bytes.collect()).unwrap()
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: without(&[Kind::Comment, Kind::Text]),
            uncommented: without(&[Kind::Comment]),
            unquoted: without(&[Kind::Text]),
        }
    }

    pub fn is_rust(&self) -> bool {
        is_rust(&self.path)
    }

    pub fn is_css(&self) -> bool {
        has_extension(&self.path, "css")
    }

    pub fn is_under(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The code before the tests at its end; nothing of a file of tests.
    pub fn code_before_tests(&self) -> &str {
        if self.is_tests() {
            return "";
        }
        let mut start = 0;
        for line in self.code.split_inclusive('\n') {
            if line.trim_end() == "#[cfg(test)]" {
                return &self.code[..start];
            }
            start += line.len();
        }
        &self.code
    }

    /// Whether the whole file is tests.
    pub fn is_tests(&self) -> bool {
        self.is_under("tests") || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

/// Every file that a rule could be about.
pub fn repository() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for root in ROOTS {
            read_into(&mut files, top, &top.join(root));
        }
        // A wrong folder would hold every rule.
        assert!(files.iter().any(|file| file.path == "src/lib.rs"), "no sources in {}", top.display());
        files
    });
    &FILES
}

/// Where `word` stands in `text` as a word of its own: the offsets of its first bytes.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word)
        .filter(move |(start, _)| {
            !text[..*start].ends_with(in_word) && !text[start + word.len()..].starts_with(in_word)
        })
        .map(|(start, _)| start)
}

/// The line of the byte at `offset`, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// From the bracket at `start` to the one that closes it.
pub fn in_brackets(text: &str, start: usize) -> &str {
    let mut depth = 0;
    for (offset, character) in text[start..].char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[start..=start + offset];
        }
    }
    &text[start..]
}

pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it.eq_ignore_ascii_case(extension))
}

fn is_rust(path: &str) -> bool {
    has_extension(path, "rs")
}

fn read_into(files: &mut Vec<File>, top: &Path, path: &Path) {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            if !entry.file_name().is_some_and(|name| NOT_OURS.iter().any(|it| name == *it)) {
                read_into(files, top, &entry);
            }
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        // What is not text is not read; what is not there is not either.
        let path = path.strip_prefix(top).unwrap().to_str().unwrap().replace('\\', "/");
        files.push(File::new(&path, &text));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    /// The inside of a string or character.
    Text,
}

fn css_kinds(text: &str) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while let Some(start) = text[at..].find("/*").map(|start| at + start) {
        at = text[start + 2..].find("*/").map_or(text.len(), |end| start + 2 + end + 2);
        kinds[start..at].fill(Kind::Comment);
    }
    kinds
}

fn rust_kinds(text: &str) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let Token { length, inside, kind } = next_token(&text[at..]);
        kinds[at + inside.start..at + inside.end].fill(kind);
        at += length;
    }
    kinds
}

/// A piece of Rust: how long it is, and which part of it is of what kind; the rest is code.
struct Token {
    length: usize,
    inside: Range<usize>,
    kind: Kind,
}

fn next_token(rest: &str) -> Token {
    let comment = |length| Token { length, inside: 0..length, kind: Kind::Comment };
    let string = |length: usize, opening: usize, closing: usize| {
        let inside = opening..length.saturating_sub(closing).max(opening);
        Token { length, inside, kind: Kind::Text }
    };
    if rest.starts_with("//") {
        return comment(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return comment(block_comment(rest));
    }
    if let Some((opening, closing)) = raw_string(rest) {
        let end = rest[opening..].find(&closing).map_or(rest.len(), |end| opening + end + closing.len());
        return string(end, opening, closing.len());
    }
    match rest.as_bytes() {
        [b'"', ..] => string(quoted(rest, '"'), 1, 1),
        // A character, and not a lifetime: `'a'`, `'\n'`.
        [b'\'', b'\\', ..] => string(quoted(rest, '\''), 1, 1),
        [b'\'', ..] if rest[1..].chars().nth(1) == Some('\'') => string(quoted(rest, '\''), 1, 1),
        _ => {
            // A word at once, or its last letter could open a raw string.
            let word = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
            let length = word.max(rest.chars().next().map_or(1, char::len_utf8));
            Token { length, inside: 0..length, kind: Kind::Code }
        }
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of the opening of a raw string, and its closing.
fn raw_string(rest: &str) -> Option<(usize, String)> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| rest.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"')))?;
    let hashes = rest[prefix.len()..].len() - rest[prefix.len()..].trim_start_matches('#').len();
    Some((prefix.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

/// The length of a quotation that `rest` starts with.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (offset, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return offset + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn code_comments_and_strings_are_told_apart() {
    let check = |text: &str, code: &str, uncommented: &str| {
        let file = File::new("src/a.rs", text);
        assert_eq!((file.code.as_str(), file.uncommented.as_str()), (code, uncommented));
    };
    check("a // b\nc", "a     \nc", "a     \nc");
    check("a /* b /* c */ d */ e", "a                   e", "a                   e");
    check(r#"f("a // b") + g"#, r#"f("      ") + g"#, r#"f("a // b") + g"#);
    check(r#"("\"b", 'c')"#, r#"("   ", ' ')"#, r#"("\"b", 'c')"#);
    check("r#\"a\"b\"# c", "r#\"   \"# c", "r#\"a\"b\"# c");
    check("fn f<'a>(b: &'a str, c: '\\'') {}", "fn f<'a>(b: &'a str, c: '  ') {}", "fn f<'a>(b: &'a str, c: '\\'') {}");
    check("\"ü\"; 'ü'; x", "\"  \"; '  '; x", "\"ü\"; 'ü'; x");
    check("", "", "");
    check(r#"("", b"a", r"b", c)"#, r#"("", b" ", r" ", c)"#, r#"("", b"a", r"b", c)"#);
    assert_eq!(File::new("a.css", "a{/* b */c:url(//d)}").uncommented, "a{       c:url(//d)}");
}

#[test]
fn the_code_before_the_tests_ends_where_they_start() {
    let file = File::new("src/a.rs", "a();\n#[cfg(test)]\nmod tests {\n    b();\n}\n");
    assert_eq!(file.code_before_tests(), "a();\n");
    assert_eq!(File::new("src/a/tests.rs", "a();\n").code_before_tests(), "");
    assert_eq!(File::new("src/a.rs", "a();\n").code_before_tests(), "a();\n");
}
