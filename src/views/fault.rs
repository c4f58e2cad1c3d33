//! Why a command was not carried out, told without the server's own errors. Not in words for people: that is in
//! `server_fns`.

use crate::domain::access::Denied;
use crate::domain::field_error::FieldError;
use crate::views::meanwhile::Meanwhile;

/// What came in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something of this name exists.
    Exists { what: String },
    /// What it is about is not there.
    NotFound { what: String },
    /// Some fields cannot be taken as they are.
    Invalid { errors: Vec<FieldError> },
    /// Demands are unmet: all of them, in words.
    Refused { refusals: Vec<String> },
    /// Somebody else changed it meanwhile.
    Stale { what: String, changes: Vec<Meanwhile> },
    /// The login or the password is wrong.
    WrongPassword,
    /// Too many attempts to sign in have failed.
    TooManyAttempts { seconds: i64 },
    /// Whoever asks may not.
    Denied(Denied),
    /// The store failed; it is in the log.
    Unavailable,
}
