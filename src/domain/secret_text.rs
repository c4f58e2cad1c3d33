//! A secret that somebody gave or was given, to be shown to others' programs. It is kept as it is, since it has to be sent or
//! signed with; it is not shown in logs, and has no way into a document.

use std::fmt;

/// 1 to 500 visible characters of ASCII: what fits into a header.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

/// Why a text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretTextError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at least {0} characters")]
    TooShort(usize),
    #[error("must have at most {most} characters", most = SecretText::MAX_CHARS)]
    TooLong,
    #[error("must have no spaces and no characters outside ASCII")]
    NotVisible,
}

impl SecretText {
    /// The most characters that a secret has.
    pub const MAX_CHARS: usize = 500;

    /// Parses a secret of at least `least` characters.
    pub fn parse(text: &str, least: usize) -> Result<Self, SecretTextError> {
        let text = text.trim();
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretTextError::NotVisible);
        }
        if text.is_empty() {
            return Err(SecretTextError::Empty);
        }
        if text.len() < least {
            return Err(SecretTextError::TooShort(least));
        }
        if text.len() > Self::MAX_CHARS {
            return Err(SecretTextError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for whoever is to be shown it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_fits_into_a_header_and_is_not_shown() {
        for (text, least, expected) in [
            ("0123456789abcdef", 16, Ok("0123456789abcdef")),
            (" trimmed\n", 1, Ok("trimmed")),
            ("short", 16, Err(SecretTextError::TooShort(16))),
            ("", 16, Err(SecretTextError::Empty)),
            ("two words", 1, Err(SecretTextError::NotVisible)),
            ("schlüssel", 1, Err(SecretTextError::NotVisible)),
        ] {
            let parsed = SecretText::parse(text, least);
            assert_eq!(parsed.as_ref().map(SecretText::expose), expected.as_ref().map(|text| *text));
        }
        assert_eq!(SecretText::parse(&"a".repeat(501), 1), Err(SecretTextError::TooLong));
        assert_eq!(format!("{:?}", SecretText::parse("abc", 1).unwrap()), "SecretText(…)");
    }
}
