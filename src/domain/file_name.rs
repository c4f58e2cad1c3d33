//! The name that a file had where it came from. It is never a path: where a file is kept does not follow from it.

use std::fmt;

/// A file's own name: 1 to 255 bytes on one line, of one segment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName(String);

/// Why a text is no file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {} bytes", FileName::MAX_BYTES)]
    TooLong,
    #[error("must not contain {0:?}: a name is not a path")]
    Separator(char),
    #[error("must not be {0:?}: a name is not a path")]
    Directory(&'static str),
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must not contain characters that change the direction of text")]
    Direction,
}

impl FileName {
    /// The most bytes that a name has; file systems have the same limit.
    pub const MAX_BYTES: usize = 255;

    /// Parses a name. It is kept as it is given, spaces and all.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        if text.trim().is_empty() {
            return Err(FileNameError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(FileNameError::TooLong);
        }
        if let Some(separator) = text.chars().find(|it| matches!(it, '/' | '\\')) {
            return Err(FileNameError::Separator(separator));
        }
        if let Some(directory) = [".", ".."].into_iter().find(|directory| text.trim() == *directory) {
            return Err(FileNameError::Directory(directory));
        }
        if text.chars().any(char::is_control) {
            return Err(FileNameError::ControlCharacter);
        }
        if text.chars().any(changes_direction) {
            return Err(FileNameError::Direction);
        }
        Ok(Self(text.to_owned()))
    }

    /// The nearest name to the last segment of `key`, for files that were kept before anyone asked for their name.
    pub fn of_key(key: &str) -> Self {
        let last = key.rsplit('/').next().unwrap_or_default();
        let kept = |it: &char| !it.is_control() && !changes_direction(*it) && *it != '\\';
        let mut text: String = last.chars().filter(kept).collect();
        while text.len() > Self::MAX_BYTES {
            text.pop();
        }
        Self::parse(&text).unwrap_or_else(|_| Self("unnamed".to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case, when it is short and plain enough to be put behind a name elsewhere.
    pub fn plain_extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        let plain = (1..=8).contains(&extension.len()) && extension.bytes().all(|it| it.is_ascii_alphanumeric());
        (plain && !stem.is_empty()).then(|| extension.to_ascii_lowercase())
    }
}

/// Marks that turn text around: `gpj.exe` could be shown as `exe.jpg`.
const fn changes_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_segment_and_no_path() {
        for (text, expected) in [
            ("report.pdf", None),
            (" a  b ", None),
            ("ünï….txt", None),
            ("...", None),
            (".hidden", None),
            ("", Some(FileNameError::Empty)),
            ("  ", Some(FileNameError::Empty)),
            (".", Some(FileNameError::Directory("."))),
            ("..", Some(FileNameError::Directory(".."))),
            ("../etc/passwd", Some(FileNameError::Separator('/'))),
            ("a\\b", Some(FileNameError::Separator('\\'))),
            ("/", Some(FileNameError::Separator('/'))),
            ("a\0b", Some(FileNameError::ControlCharacter)),
            ("a\nb", Some(FileNameError::ControlCharacter)),
            ("\u{202e}gpj.exe", Some(FileNameError::Direction)),
        ] {
            assert_eq!(FileName::parse(text).err(), expected, "{text:?}");
        }
        assert!(FileName::parse(&"ü".repeat(127)).is_ok());
        assert_eq!(FileName::parse(&"ü".repeat(128)), Err(FileNameError::TooLong));
    }

    #[test]
    fn an_extension_is_plain_or_none() {
        for (text, expected) in [
            ("a.PDF", Some("pdf")),
            ("a.tar.gz", Some("gz")),
            (".profile", None),
            ("a.", None),
            ("a.ünï", None),
            ("a.extension", None),
            ("a", None),
        ] {
            assert_eq!(FileName::parse(text).unwrap().plain_extension().as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_key_is_a_name_comes_of_it(key in any::<String>()) {
            let name = FileName::of_key(&key);
            prop_assert_eq!(FileName::parse(name.as_str()), Ok(name));
        }
    }
}
