//! What a server function answers when it cannot do what it was asked, in words for people.

use std::collections::BTreeMap;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::domain::access::{Denied, Permission};
use crate::domain::field_error::FieldError;
use crate::views::fault::Fault;
use crate::views::meanwhile::Meanwhile;

/// The one error of all server functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PanelError {
    /// Some fields cannot be taken as they are.
    #[error("some of this needs another look")]
    Invalid {
        /// What is wrong with which field.
        errors: Vec<FieldError>,
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// Something of this name exists.
    #[error("{what} exists already")]
    Conflict {
        what: String,
        /// The field that names it.
        field: String,
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// Demands are unmet.
    #[error("{}", refusals.join("; "))]
    Refused {
        /// All of them, in words.
        refusals: Vec<String>,
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// Somebody else changed it meanwhile.
    #[error("{what} was changed meanwhile")]
    Stale {
        what: String,
        /// What was changed since it was shown, newest first.
        changes: Vec<Meanwhile>,
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// Nothing of this name exists.
    #[error("there is no {what}")]
    NotFound { what: String },
    /// Nobody is signed in.
    #[error("you must sign in first")]
    NotSignedIn,
    /// Whoever is signed in may not do that.
    #[error("this needs the permission {needs}")]
    Forbidden { needs: Permission },
    /// A token was shown where a person is needed.
    #[error("this is for people who are signed in, not for tokens")]
    NotForPrograms,
    /// Signing in failed; which of the two is wrong is not told.
    #[error("the login or the password is wrong")]
    WrongPassword {
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// Signing in failed too often to be tried again at once.
    #[error("too many attempts have failed; try again in {}", in_words(*seconds))]
    TooManyAttempts {
        /// How long to wait.
        seconds: i64,
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// The server runs but cannot reach its data.
    #[error("the database cannot be reached at the moment")]
    Unavailable {
        /// What was given, by field, for a form to show it again.
        given: BTreeMap<String, String>,
    },
    /// The request or the answer was lost or not understood on the way.
    #[error("the server did not answer as expected")]
    Transport {
        /// For the browser's console and bug reports, not for the page.
        detail: String,
    },
}

impl PanelError {
    /// `fields` as they were given, for a form to show it again.
    pub fn given<const N: usize>(fields: [(&str, &str); N]) -> BTreeMap<String, String> {
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// What is wrong with the field called `name`.
    pub fn of_field(&self, name: &str) -> Option<String> {
        match self {
            Self::Invalid { errors, .. } => errors
                .iter()
                .find(|error| error.pointer.strip_prefix('/') == Some(name))
                .map(|error| error.detail.clone()),
            Self::Conflict { field, .. } if field == name => Some(self.to_string()),
            Self::Conflict { .. }
            | Self::NotFound { .. }
            | Self::NotSignedIn
            | Self::Forbidden { .. }
            | Self::NotForPrograms
            | Self::WrongPassword { .. }
            | Self::TooManyAttempts { .. }
            | Self::Refused { .. }
            | Self::Stale { .. }
            | Self::Unavailable { .. }
            | Self::Transport { .. } => None,
        }
    }

    /// What was given for the field called `name`.
    pub fn given_for(&self, name: &str) -> Option<String> {
        match self {
            Self::Invalid { given, .. }
            | Self::Conflict { given, .. }
            | Self::WrongPassword { given }
            | Self::TooManyAttempts { given, .. }
            | Self::Refused { given, .. }
            | Self::Stale { given, .. }
            | Self::Unavailable { given } => given.get(name).cloned(),
            Self::NotFound { .. }
            | Self::NotSignedIn
            | Self::Forbidden { .. }
            | Self::NotForPrograms
            | Self::Transport { .. } => None,
        }
    }

    /// Whether asking again may help, so that what was shown before may stay for a while.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Transport { .. })
    }

    /// The HTTP status of an answer that says so.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } | Self::Refused { .. } => 409,
            Self::Stale { .. } => 412,
            Self::NotSignedIn | Self::WrongPassword { .. } => 401,
            Self::Forbidden { .. } | Self::NotForPrograms => 403,
            Self::TooManyAttempts { .. } => 429,
            Self::NotFound { .. } => 404,
            Self::Unavailable { .. } => 503,
            Self::Transport { .. } => 500,
        }
    }
}

impl PanelError {
    /// What became of a command; `field` names what it was to create.
    pub fn of(fault: Fault, field: &str, given: BTreeMap<String, String>) -> Self {
        match fault {
            Fault::Exists { what } => Self::Conflict { what, field: field.to_owned(), given },
            Fault::NotFound { what } => Self::NotFound { what },
            Fault::Invalid { errors } => Self::Invalid { errors, given },
            Fault::Refused { refusals } => Self::Refused { refusals, given },
            Fault::Stale { what, changes } => Self::Stale { what, changes, given },
            Fault::WrongPassword => Self::WrongPassword { given },
            Fault::TooManyAttempts { seconds } => Self::TooManyAttempts { seconds, given },
            Fault::Denied(denied) => Self::from(denied),
            Fault::Unavailable => Self::Unavailable { given },
        }
    }
}

impl From<Denied> for PanelError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotSignedIn => Self::NotSignedIn,
            Denied::Forbidden { needs } => Self::Forbidden { needs },
            Denied::NotForPrograms => Self::NotForPrograms,
            Denied::Unavailable => Self::Unavailable { given: BTreeMap::new() },
        }
    }
}

/// A wait, rounded up.
fn in_words(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_euclid(60) + i64::from(seconds % 60 > 0)),
    }
}

impl FromServerFnError for PanelError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Transport { detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_finds_each_fault_and_what_was_given() {
        let given = PanelError::given([("slug", "Files"), ("name", "")]);
        let invalid = PanelError::Invalid {
            errors: vec![FieldError::new("/name", "must not be empty"), FieldError::new("/slug", "must be small")],
            given: given.clone(),
        };
        assert_eq!(invalid.of_field("slug").as_deref(), Some("must be small"));
        assert_eq!(invalid.of_field("key"), None);
        assert_eq!(invalid.given_for("slug").as_deref(), Some("Files"));

        let conflict = PanelError::Conflict { what: "migration files".to_owned(), field: "slug".to_owned(), given };
        assert_eq!(conflict.of_field("slug").as_deref(), Some("migration files exists already"));
        assert_eq!(conflict.of_field("name"), None);
        assert_eq!(conflict.given_for("slug").as_deref(), Some("Files"));
    }

    #[test]
    fn an_error_survives_the_address_that_leads_back_to_a_form() {
        let error = PanelError::Unavailable { given: PanelError::given([("name", "ü \"<b>\"")]) };
        assert_eq!(PanelError::de(error.ser()), error);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_too() {
        assert!(matches!(PanelError::de("<html>".into()), PanelError::Transport { .. }));
    }
}
