//! Short text from outside: trimmed, bounded, without control characters. Not for keys, which are stricter.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::Login;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// Trims `text` and checks that it has 1 to `most` characters and no control characters.
pub fn parse(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text.to_owned())
}

/// A name for people, 1 to 80 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The most characters that a name has.
    pub const MAX_CHARS: usize = 80;

    /// Parses a name: 1 to 80 characters, trimmed, on one line.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        parse(text, Self::MAX_CHARS).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who did something: `user:ada`, `token:ci`, `cli:root`, `policy`, `system`. 1 to 120 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor(String);

impl Actor {
    /// Parses an actor: 1 to 120 characters, trimmed, on one line.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        parse(text, 120).map(Self)
    }

    /// The actor behind a change made in the panel before accounts exist.
    pub fn panel() -> Self {
        Self("panel".to_owned())
    }

    /// The actor behind a change made over REST before tokens exist.
    pub fn rest() -> Self {
        Self("rest".to_owned())
    }

    /// A person who is signed in.
    pub fn user(login: &Login) -> Self {
        Self(format!("user:{login}"))
    }

    /// A program with the token of this name.
    pub fn token(name: &Name) -> Self {
        Self(format!("token:{name}"))
    }

    /// Whoever runs the program on the command line; `unknown` when the name is not fit for the record.
    pub fn cli(user: &str) -> Self {
        parse(user, 100).map_or_else(|_| Self("cli:unknown".to_owned()), |user| Self(format!("cli:{user}")))
    }

    /// A migration's policy, which has something done that nobody asked for at that moment.
    pub fn policy() -> Self {
        Self("policy".to_owned())
    }

    /// The program itself.
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// The actor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
