//! The invariants of the architecture and the house style that a compiler does not hold, held by reading the sources.
//!
//! Each rule is a function from a file to what is wrong in it. Its test first tries it on made-up snippets, so that it is
//! known to find what it is for, and then on every file of the repository. Texts are told from code and comments from
//! both, but nothing is parsed: a rule looks for words.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "tidy/assets.rs"]
mod assets;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/storage.rs"]
mod storage;
#[path = "tidy/words.rs"]
mod words;

use source::File;

/// Something wrong in a file.
struct Finding {
    /// From 1.
    line: usize,
    what: String,
}

/// What is wrong in a file by one rule; nothing when the rule is not about such files.
type Rule = fn(&File) -> Vec<Finding>;

/// A made-up file: its path, its text, and the lines in which the rule must find something.
type Snippet = (&'static str, &'static str, &'static [usize]);

/// Tries `rule` on `snippets` and holds it against every file.
fn hold(rule: Rule, snippets: &[Snippet]) {
    let finds = |(_, _, lines): &Snippet| !lines.is_empty();
    assert!(snippets.iter().any(finds) && !snippets.iter().all(finds), "the rule needs a snippet of both kinds");
    for (path, text, expected) in snippets {
        let mut lines: Vec<usize> = rule(&File::new(path, text)).into_iter().map(|finding| finding.line).collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines, *expected, "the rule does not do what it is for in the snippet {path}:\n{text}");
    }
    let found: Vec<String> = source::repository()
        .iter()
        .flat_map(|file| {
            rule(file).into_iter().map(|finding| format!("{}:{}: {}", file.path, finding.line, finding.what))
        })
        .collect();
    report(&found);
}

/// Fails when something was found.
fn report(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n  {}\n", found.len(), found.join("\n  "));
}
