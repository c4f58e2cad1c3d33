//! What is known of a file that is moved: one record, and where each side keeps it. Not the bytes.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::feature::FeatureId;
use super::file_name::FileName;
use super::mime_type::MimeType;
use super::path::Path;

/// The name of a file's record: a UUID whose order is that of its making.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub String);

impl FileId {
    /// Parses the usual writing of a UUID; in whatever case, it becomes lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let is_right = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        (text.len() == 36 && text.bytes().enumerate().all(is_right)).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of a file's content: 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum(String);

/// Why a text is no checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the 64 hexadecimal digits of a SHA-256")]
pub struct ChecksumError;

impl Checksum {
    /// Parses the digits, in whatever case.
    pub fn parse(text: &str) -> Result<Self, ChecksumError> {
        let is_one = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_one { Ok(Self(text.to_ascii_lowercase())) } else { Err(ChecksumError) }
    }

    /// The digits of `digest`.
    pub fn of_digest(digest: [u8; 32]) -> Self {
        Self(digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect())
    }

    /// The 32 bytes.
    pub fn to_digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (byte, digits) in digest.iter_mut().zip(self.0.as_bytes().chunks(2)) {
            *byte = digits.iter().fold(0, |byte, digit| byte << 4 | hex_value(*digit));
        }
        digest
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

const fn hex_value(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

impl TryFrom<String> for Checksum {
    type Error = ChecksumError;

    fn try_from(text: String) -> Result<Self, ChecksumError> {
        Self::parse(&text)
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of one side's copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideState {
    /// It was written and what was written is what was meant.
    Present,
    /// It is to be written; a task says so.
    Pending,
    /// It is not there, and need not be.
    Absent,
    /// It was found missing or spoilt.
    Failed,
}

impl SideState {
    pub const ALL: [Self; 4] = [Self::Present, Self::Pending, Self::Absent, Self::Failed];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Pending => "pending",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

/// Where one side keeps a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSide {
    /// What kind of storage it is: `folder`, `supabase`, `local`, `s3`.
    pub provider: String,
    /// The name that the file has there.
    pub provider_id: String,
    pub state: SideState,
}

/// What people and programs said of a file, in as many words as they like.
pub type Metadata = Map<String, Value>;

/// All that is known of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRecord {
    pub id: FileId,
    pub feature: FeatureId,
    pub original_name: FileName,
    pub mime_type: MimeType,
    pub size: u64,
    /// `None` for a file that lay there before and was not read yet.
    pub sha256: Option<Checksum>,
    pub created_at: DateTime<Utc>,
    pub metadata: Metadata,
    pub legacy: FileSide,
    pub candidate: FileSide,
    /// When it was deleted. Its record stays, so that nothing brings it back.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl FileRecord {
    /// Where that side keeps it.
    pub const fn side(&self, path: Path) -> &FileSide {
        match path {
            Path::Legacy => &self.legacy,
            Path::Candidate => &self.candidate,
        }
    }

    /// The same, to be changed.
    pub const fn side_mut(&mut self, path: Path) -> &mut FileSide {
        match path {
            Path::Legacy => &mut self.legacy,
            Path::Candidate => &mut self.candidate,
        }
    }
}

/// Something still to be done on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Write the file there, from the other side.
    Put,
    /// Remove it there.
    Delete,
}

impl TaskKind {
    pub const ALL: [Self; 2] = [Self::Put, Self::Delete];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// A task of the queue. A file has one a side at most: the later one takes the place of the earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTask {
    pub file: FileId,
    pub feature: FeatureId,
    pub side: Path,
    pub kind: TaskKind,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried again.
    pub next_at: DateTime<Utc>,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_64_digits_and_32_bytes() {
        let digest: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 8).unwrap());
        let checksum = Checksum::of_digest(digest);
        assert_eq!(checksum.as_str(), "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8");
        assert_eq!(Checksum::parse(&checksum.as_str().to_uppercase()), Ok(checksum.clone()));
        assert_eq!(checksum.to_digest(), digest);
        for text in ["", "00", &"g".repeat(64), &"0".repeat(65)] {
            assert_eq!(Checksum::parse(text), Err(ChecksumError), "{text}");
        }
    }

    #[test]
    fn an_id_is_a_uuid() {
        let id = "0199a1B2-0000-7000-8000-00000000000f";
        assert_eq!(FileId::parse(id), Some(FileId(id.to_lowercase())));
        for text in
            ["", "../../etc/passwd", "0199a1b2-0000-7000-8000-00000000000", "0199a1b2_0000-7000-8000-00000000000f"]
        {
            assert_eq!(FileId::parse(text), None, "{text}");
        }
    }
}
