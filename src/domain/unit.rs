//! The key that a decision sticks to: a user, a tenant, a file. Never stored; see [`super::distinct_units`].

/// A unit: 1 to 256 bytes of any text, as `OpenFeature`'s `targetingKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit(String);

/// Why a unit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    #[error("unit must not be empty")]
    Empty,
    #[error("unit must have at most {} bytes", Unit::MAX_BYTES)]
    TooLong,
}

impl Unit {
    /// The most bytes that a unit has.
    pub const MAX_BYTES: usize = 256;

    /// Parses a unit. It is not trimmed: every byte counts for its bucket.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        Self::check(text).map(|()| Self(text.to_owned()))
    }

    /// Whether `text` would parse.
    pub fn check(text: &str) -> Result<(), UnitError> {
        match text.len() {
            0 => Err(UnitError::Empty),
            1..=Self::MAX_BYTES => Ok(()),
            _ => Err(UnitError::TooLong),
        }
    }

    /// The unit as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
