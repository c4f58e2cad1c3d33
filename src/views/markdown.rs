//! Text in Markdown. What people wrote stays text in it, whatever it looks like.

use std::fmt::Write as _;

/// What begins or ends something inside a line of Markdown, or in what is made of it. Nothing that people wrote stands at
/// the beginning of a line, so what means something only there is left.
const MEANS_SOMETHING: &str = "\\`*_[]<>#|~&@$";

/// `text` on one line with nothing in it that Markdown, HTML or a maker of links would take for more than text.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.trim().chars();
    while let Some(char) = chars.next() {
        if char.is_control() || is_invisible(char) {
            safe.push(' ');
            continue;
        }
        // Some make a link of every :// and www.
        let begins_link = match char {
            ':' => chars.as_str().starts_with("//"),
            '.' => {
                safe.len() >= 3
                    && safe.is_char_boundary(safe.len() - 3)
                    && safe[safe.len() - 3..].eq_ignore_ascii_case("www")
            }
            _ => false,
        };
        if begins_link || MEANS_SOMETHING.contains(char) {
            safe.push('\\');
        }
        safe.push(char);
    }
    safe
}

/// A table. Cells are Markdown, and none of them may have an end of line or a bare `|`.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// Marks that turn the direction of what follows, or break its line.
const fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        for (text, expected) in [
            ("plain, with 1.5 % and (brackets)", "plain, with 1.5 % and (brackets)"),
            ("# a\n\n<b>", "\\# a  \\<b\\>"),
            ("[a](http://x) ![b](c)", "\\[a\\](http\\://x) !\\[b\\](c)"),
            ("a | b", "a \\| b"),
            ("www.evil.example", "www\\.evil.example"),
            ("a@b.c", "a\\@b.c"),
            ("\u{202e}txt", " txt"),
            ("&lt;", "\\&lt;"),
            ("user:ada: 3 - 2 + 1, äww.", "user:ada: 3 - 2 + 1, äww."),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn a_table_has_a_row_a_line() {
        let rows = [["1".to_owned(), "2".to_owned()]];
        assert_eq!(table(["a", "b"], rows), "| a | b |\n| --- | --- |\n| 1 | 2 |\n");
    }
}
