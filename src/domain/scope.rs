//! The scopes of a token: what a program is allowed, a part of what people are.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::access::Permission;

/// One thing that a token allows: exactly the permission of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Evaluate,
    Ingest,
    Read,
    Operate,
    SignOff,
}

impl Scope {
    pub const ALL: [Self; 5] = [Self::Evaluate, Self::Ingest, Self::Read, Self::Operate, Self::SignOff];

    /// What it allows.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Evaluate => Permission::Evaluate,
            Self::Ingest => Permission::Ingest,
            Self::Read => Permission::Read,
            Self::Operate => Permission::Operate,
            Self::SignOff => Permission::SignOff,
        }
    }

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        self.permission().as_str()
    }
}

/// Why a text is no list of scopes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopesError {
    #[error("must name one scope at least: evaluate, ingest, read, operate, sign_off")]
    Empty,
    #[error("knows no scope {0:?}; there are evaluate, ingest, read, operate, sign_off")]
    Unknown(String),
}

/// The scopes of one token. A new token has one at least; none may be left of what its owner covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Parses words with commas or spaces between them.
    pub fn parse(text: &str) -> Result<Self, ScopesError> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let scopes = words.map(|word| {
            Scope::ALL.into_iter().find(|it| it.as_str() == word).ok_or_else(|| ScopesError::Unknown(word.to_owned()))
        });
        let scopes = scopes.collect::<Result<BTreeSet<_>, _>>()?;
        if scopes.is_empty() { Err(ScopesError::Empty) } else { Ok(Self(scopes)) }
    }

    /// Each of them, in the order in which they are listed everywhere.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// Those for which `covers` holds.
    #[must_use]
    pub fn only(&self, covers: impl Fn(Scope) -> bool) -> Self {
        Self(self.iter().filter(|scope| covers(*scope)).collect())
    }
}

impl FromStr for Scopes {
    type Err = ScopesError;

    fn from_str(text: &str) -> Result<Self, ScopesError> {
        Self::parse(text)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}", scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_people_write_them_and_written_in_one_way() {
        for (text, expected) in [
            ("read", Ok("read")),
            ("sign_off, read,,ingest", Ok("ingest,read,sign_off")),
            ("read read", Ok("read")),
            ("", Err(ScopesError::Empty)),
            (" , ", Err(ScopesError::Empty)),
            ("read,Write", Err(ScopesError::Unknown("Write".to_owned()))),
            ("administer", Err(ScopesError::Unknown("administer".to_owned()))),
        ] {
            assert_eq!(Scopes::parse(text).map(|scopes| scopes.to_string()), expected.map(str::to_owned), "{text:?}");
        }
    }
}
