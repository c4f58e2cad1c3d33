//! The type of a file's content, as it was said. Nobody looks into the content to find out.

use std::fmt;

/// A media type: `type/subtype` with or without parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeType(String);

/// Why a text is no media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MimeTypeError {
    #[error("must have at most {} bytes", MimeType::MAX_BYTES)]
    TooLong,
    #[error("must be a media type, like application/pdf")]
    NotAMediaType,
}

/// Types that a browser may show without running anything of theirs.
const SHOWN: [&str; 8] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain", "audio/mpeg", "video/mp4"];

impl MimeType {
    /// The most bytes of a type with its parameters.
    pub const MAX_BYTES: usize = 255;

    /// Of what nobody knows the type.
    pub fn unknown() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// Parses a type; the part before the parameters becomes lower case.
    pub fn parse(text: &str) -> Result<Self, MimeTypeError> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(MimeTypeError::TooLong);
        }
        let (essence, parameters) = text.find(';').map_or((text, ""), |at| text.split_at(at));
        let (kind, subtype) = essence.trim_end().split_once('/').ok_or(MimeTypeError::NotAMediaType)?;
        let is_printable = parameters.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !(is_token(kind) && is_token(subtype) && is_printable) {
            return Err(MimeTypeError::NotAMediaType);
        }
        Ok(Self(format!("{}/{}{parameters}", kind.to_ascii_lowercase(), subtype.to_ascii_lowercase())))
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a browser may show it where it was asked for, and not only keep it.
    pub fn may_be_shown(&self) -> bool {
        let essence = self.0.split(';').next().unwrap_or_default().trim_end();
        SHOWN.contains(&essence)
    }
}

/// A token of HTTP (RFC 9110, 5.6.2).
fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

impl fmt::Display for MimeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_type_and_a_subtype() {
        for (text, expected) in [
            ("application/pdf", Ok("application/pdf")),
            (" Text/HTML; charset=UTF-8 ", Ok("text/html; charset=UTF-8")),
            ("image/svg+xml", Ok("image/svg+xml")),
            ("pdf", Err(MimeTypeError::NotAMediaType)),
            ("", Err(MimeTypeError::NotAMediaType)),
            ("text/", Err(MimeTypeError::NotAMediaType)),
            ("text/a b", Err(MimeTypeError::NotAMediaType)),
            ("text/plain; a=\r\nb", Err(MimeTypeError::NotAMediaType)),
        ] {
            assert_eq!(MimeType::parse(text).as_ref().map(MimeType::as_str), expected.as_ref().copied(), "{text:?}");
        }
        assert_eq!(MimeType::parse(&format!("text/{}", "a".repeat(300))), Err(MimeTypeError::TooLong));
    }

    #[test]
    fn what_could_run_is_never_shown() {
        for (text, expected) in [
            ("image/png", true),
            ("text/plain; charset=utf-8", true),
            ("text/html", false),
            ("image/svg+xml", false),
            ("application/pdf", false),
            ("application/javascript", false),
        ] {
            assert_eq!(MimeType::parse(text).unwrap().may_be_shown(), expected, "{text}");
        }
    }
}
