//! The keys that name features and migrations in code, URLs and the API.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most 63 characters")]
    TooLong,
    #[error("must start with a small letter a to z")]
    FirstCharacter,
    #[error("must contain only a to z, 0 to 9, _ and -")]
    Character,
}

fn check(text: &str) -> Result<(), KeyError> {
    let bytes = text.as_bytes();
    match bytes {
        [] => Err(KeyError::Empty),
        [_, rest @ ..] if rest.len() > 62 => Err(KeyError::TooLong),
        [first, ..] if !first.is_ascii_lowercase() => Err(KeyError::FirstCharacter),
        [_, rest @ ..] if rest.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')) => Ok(()),
        _ => Err(KeyError::Character),
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, pattern = "^[a-z][a-z0-9_-]{0,62}$")]
        pub struct $name(String);

        impl $name {
            /// Parses a key: `[a-z][a-z0-9_-]{0,62}`.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                check(text).map(|()| Self(text.to_owned()))
            }

            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = KeyError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = KeyError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// A feature's key, unique over all migrations: `kimi`.
    FeatureKey
}

key! {
    /// A migration's slug, unique: `file-management`.
    MigrationSlug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_small_letters_digits_underscores_and_hyphens() {
        for (text, expected) in [
            ("kimi", Ok(())),
            ("a", Ok(())),
            ("smart_handler-2", Ok(())),
            (&"a".repeat(63), Ok(())),
            (&"a".repeat(64), Err(KeyError::TooLong)),
            ("", Err(KeyError::Empty)),
            ("1st", Err(KeyError::FirstCharacter)),
            ("Kimi", Err(KeyError::FirstCharacter)),
            ("kiMi", Err(KeyError::Character)),
            ("kimi.shadow", Err(KeyError::Character)),
            ("ünï", Err(KeyError::FirstCharacter)),
        ] {
            assert_eq!(FeatureKey::parse(text).map(|_| ()), expected, "{text:?}");
        }
    }
}
