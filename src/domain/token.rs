//! Tokens: what programs show instead of a password. Not the token's text: only its digest is kept, in the store.

use chrono::{DateTime, TimeDelta, Utc};

use super::account::User;
use super::field_error::{FieldError, collect};
use super::scope::Scopes;
use super::text::{Actor, Name};

/// The store's number for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub i64);

/// Who made a token, and answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A person, as they are now.
    User(User),
    /// Somebody at the command line.
    CommandLine(Actor),
}

impl Owner {
    /// As it stands in the record.
    pub fn actor(&self) -> Actor {
        match self {
            Self::User(user) => Actor::user(&user.login),
            Self::CommandLine(actor) => actor.clone(),
        }
    }
}

/// A token as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    /// What it is for; of the tokens that are not revoked, no two have the same.
    pub name: Name,
    pub scopes: Scopes,
    pub owner: Owner,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Whether a token works, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    Works,
    Revoked,
    Expired,
    OwnerDisabled,
}

impl ApiToken {
    /// Whether it works at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        let is_disabled = match &self.owner {
            Owner::User(user) => !user.enabled.is_on(),
            Owner::CommandLine(_) => false,
        };
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else if is_disabled {
            TokenState::OwnerDisabled
        } else {
            TokenState::Works
        }
    }
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: Name,
    pub scopes: Scopes,
    /// How long it is to work; without one, until it is revoked.
    pub lifetime: Option<TimeDelta>,
}

impl NewToken {
    /// The longest lifetime, in days.
    pub const MAX_DAYS: i64 = 3_650;

    /// Parses what a person asks for; empty `days` are for ever. Every faulty field is named.
    pub fn parse(name: &str, scopes: &str, days: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = collect(&mut errors, "/name", Name::parse(name));
        let scopes = collect(&mut errors, "/scopes", Scopes::parse(scopes));
        let lifetime = match days.trim() {
            "" => Some(None),
            days => collect(&mut errors, "/expires_in_days", lifetime(days)).map(Some),
        };
        match (name, scopes, lifetime) {
            (Some(name), Some(scopes), Some(lifetime)) => Ok(Self { name, scopes, lifetime }),
            _ => Err(errors),
        }
    }
}

fn lifetime(days: &str) -> Result<TimeDelta, String> {
    match days.parse::<i64>() {
        Ok(days) if (1..=NewToken::MAX_DAYS).contains(&days) => Ok(TimeDelta::days(days)),
        _ => Err(format!("must be a whole number of days from 1 to {}, or empty for no end", NewToken::MAX_DAYS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_faulty_field_of_a_new_token_is_named() {
        for (name, scopes, days, expected) in [
            ("ci", "read", "", &[][..]),
            ("ci", "read", " 30 ", &[]),
            ("", "", "x", &["/name", "/scopes", "/expires_in_days"]),
            ("ci", "read", "0", &["/expires_in_days"]),
            ("ci", "read", "3651", &["/expires_in_days"]),
        ] {
            let errors = NewToken::parse(name, scopes, days).err().unwrap_or_default();
            let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, expected);
        }
    }

    #[test]
    fn a_token_works_until_its_end_and_not_at_it() {
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let token = ApiToken {
            id: TokenId(1),
            name: Name::parse("ci").unwrap(),
            scopes: Scopes::parse("read").unwrap(),
            owner: Owner::CommandLine(Actor::cli("root")),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: Some(end),
            last_used_at: None,
            revoked_at: None,
        };
        assert_eq!(token.state(end - TimeDelta::milliseconds(1)), TokenState::Works);
        assert_eq!(token.state(end), TokenState::Expired);
        assert_eq!(ApiToken { revoked_at: Some(end), ..token }.state(end), TokenState::Revoked);
    }
}
