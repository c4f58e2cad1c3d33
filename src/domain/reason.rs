//! Why somebody makes a change, in their own words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::TextError;

/// A reason or a comment: 1 to 1,000 characters, several lines allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    /// The most characters that a reason has.
    pub const MAX_CHARS: usize = 1_000;

    /// Parses a reason: trimmed, lines ended as Unix ends them, no other control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim().replace("\r\n", "\n");
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::MAX_CHARS {
            return Err(TextError::TooLong(Self::MAX_CHARS));
        }
        if text.chars().any(|char| char.is_control() && char != '\n' && char != '\t') {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// The reason given, or `otherwise` where none was: for what must never wait for a text, such as a rollback.
    pub fn or(text: &str, otherwise: &'static str) -> Result<Self, TextError> {
        if text.trim().is_empty() { Ok(Self(otherwise.to_owned())) } else { Self::parse(text) }
    }

    /// A reason that the program gives for what it does by itself.
    pub fn of_program(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The reason as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_some_text_of_bounded_length() {
        for (text, expected) in [
            ("  better latency ", Ok("better latency")),
            ("two\r\nlines", Ok("two\nlines")),
            (" \n ", Err(TextError::Empty)),
            ("a\u{0}b", Err(TextError::ControlCharacter)),
        ] {
            assert_eq!(Reason::parse(text).as_ref().map(Reason::as_str), expected.as_ref().map(|text| *text));
        }
        assert_eq!(Reason::parse(&"a".repeat(1_001)), Err(TextError::TooLong(1_000)));
    }

    #[test]
    fn what_must_not_wait_for_a_text_has_words_of_its_own() {
        assert_eq!(Reason::or(" ", "rolled back").unwrap().as_str(), "rolled back");
        assert_eq!(Reason::or("errors", "rolled back").unwrap().as_str(), "errors");
    }
}
