//! The account of a person: login, name, role, password. Not how passwords are hashed: that costs, and is the server's.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Role;
use super::feature::Switch;
use super::field_error::{FieldError, collect};
use super::text::Name;

/// The store's number for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub i64);

/// The name that a person signs in with: `[a-z][a-z0-9._-]*`, 2 to 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error("must have 2 to 40 characters")]
    Length,
    #[error("must start with a small letter a to z")]
    FirstCharacter,
    #[error("must contain only a to z, 0 to 9, and . _ -")]
    Character,
}

impl Login {
    /// Parses a login.
    pub fn parse(text: &str) -> Result<Self, LoginError> {
        let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        if !(2..=40).contains(&text.chars().count()) {
            Err(LoginError::Length)
        } else if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
            Err(LoginError::FirstCharacter)
        } else if !text.bytes().all(is_part) {
            Err(LoginError::Character)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The login as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Login {
    type Error = LoginError;

    fn try_from(text: String) -> Result<Self, LoginError> {
        Self::parse(&text)
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

impl std::str::FromStr for Login {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        Self::parse(text)
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password that may be set. It is never shown, not even in a debugger's output.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("must have 12 characters or more")]
    TooShort,
    #[error("must have at most 200 characters")]
    TooLong,
    #[error("must not be the login")]
    Login,
}

impl Password {
    /// The fewest characters.
    pub const MIN_CHARS: usize = 12;

    /// The most characters.
    pub const MAX_CHARS: usize = 200;

    /// Checks a password to be set for `login`. Nothing is trimmed: a space is as good as a letter.
    pub fn parse(text: &str, login: &str) -> Result<Self, PasswordError> {
        match text.chars().count() {
            chars if chars < Self::MIN_CHARS => Err(PasswordError::TooShort),
            chars if chars > Self::MAX_CHARS => Err(PasswordError::TooLong),
            _ if text.eq_ignore_ascii_case(login) => Err(PasswordError::Login),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The password itself, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub login: Login,
    pub name: Name,
    pub role: Role,
    /// Off: the person cannot sign in, and none of their tokens works.
    pub enabled: Switch,
    pub created_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// An account to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    pub login: Login,
    pub name: Name,
    pub role: Role,
    pub password: Password,
}

impl NewUser {
    /// Parses what a person asks for; an empty `name` is taken from the login. Every faulty field is named.
    pub fn parse(login: &str, name: &str, role: &str, password: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let login = login.trim();
        let parsed_login = collect(&mut errors, "/login", Login::parse(login));
        let name = if name.trim().is_empty() { login } else { name };
        // A login's faults are told at the login, not once more at the name that was taken from it.
        let name = match Name::parse(name) {
            Err(_) if parsed_login.is_none() && name == login => None,
            parsed => collect(&mut errors, "/name", parsed),
        };
        let role = collect(&mut errors, "/role", Role::parse(role.trim()));
        let password = collect(&mut errors, "/password", Password::parse(password, login));
        match (parsed_login, name, role, password) {
            (Some(login), Some(name), Some(role), Some(password)) => Ok(Self { login, name, role, password }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_short_and_plain() {
        for (text, expected) in [
            ("ada", Ok(())),
            ("a1", Ok(())),
            ("ada.lovelace_1-x", Ok(())),
            (&"a".repeat(40), Ok(())),
            ("a", Err(LoginError::Length)),
            (&"a".repeat(41), Err(LoginError::Length)),
            ("", Err(LoginError::Length)),
            ("Ada", Err(LoginError::FirstCharacter)),
            ("1a", Err(LoginError::FirstCharacter)),
            ("äa", Err(LoginError::FirstCharacter)),
            ("a b", Err(LoginError::Character)),
            ("aDa", Err(LoginError::Character)),
            ("a:b", Err(LoginError::Character)),
        ] {
            assert_eq!(Login::parse(text).map(|_| ()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_the_login() {
        for (text, expected) in [
            ("123456789012", Ok(())),
            ("ünïcödé wörd", Ok(())),
            (&"x".repeat(200), Ok(())),
            ("12345678901", Err(PasswordError::TooShort)),
            (&"x".repeat(201), Err(PasswordError::TooLong)),
            ("ada.lovelace", Err(PasswordError::Login)),
            ("Ada.Lovelace", Err(PasswordError::Login)),
        ] {
            assert_eq!(Password::parse(text, "ada.lovelace").map(|_| ()), expected, "{text:?}");
        }
        assert_eq!(format!("{:?}", Password::parse("123456789012", "ada").unwrap()), "Password(…)");
    }

    #[test]
    fn every_faulty_field_of_a_new_user_is_named_once() {
        for (login, name, role, password, expected) in [
            ("ada", "", "viewer", "123456789012", &[][..]),
            ("", "", "", "", &["/login", "/role", "/password"]),
            ("Ada", "a\u{7}b", "viewer", "123456789012", &["/login", "/name"]),
        ] {
            let errors = NewUser::parse(login, name, role, password).err().unwrap_or_default();
            let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, expected);
        }
        assert_eq!(NewUser::parse("ada", " ", "viewer", "123456789012").unwrap().name.as_str(), "ada");
    }
}
