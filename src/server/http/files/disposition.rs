//! `Content-Disposition`: whether a browser shows a file or keeps it, and under which name (RFC 6266, RFC 8187).

use std::fmt::Write as _;

use axum::http::HeaderValue;

use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;

/// For a file of this name and type: kept, unless nothing of it could run.
pub(super) fn of(name: &FileName, mime_type: &MimeType) -> HeaderValue {
    let kind = if mime_type.may_be_shown() { "inline" } else { "attachment" };
    let plain: String = name.as_str().chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    let mut text = format!("{kind}; filename=\"{plain}\"");
    if plain != name.as_str() {
        text.push_str("; filename*=UTF-8''");
        for byte in name.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// Understood alike by everyone within quotes; a percent sign is not.
const fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_and_told_in_full_when_it_is_not_plain() {
        for (name, mime_type, expected) in [
            ("a b.pdf", "application/pdf", r#"attachment; filename="a b.pdf""#),
            ("a.png", "image/png", r#"inline; filename="a.png""#),
            ("a.html", "text/html", r#"attachment; filename="a.html""#),
            ("ü\".txt", "text/plain", r#"inline; filename="__.txt"; filename*=UTF-8''%C3%BC%22.txt"#),
            ("100%.txt", "text/csv", r#"attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt"#),
        ] {
            let name = FileName::parse(name).unwrap();
            assert_eq!(of(&name, &MimeType::parse(mime_type).unwrap()), expected);
        }
    }
}
