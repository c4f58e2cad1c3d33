//! From what commands answer to what the panel is told. A failure of the store is noted here, and told as no more than
//! that.

use crate::domain::field_error::FieldError;
use crate::server::access::password::HashError;
use crate::server::commands::CommandError;
use crate::server::commands::accounts::AccountError;
use crate::server::commands::sign_in::SignInError;
use crate::server::commands::tokens::TokenError;
use crate::server::reply::log_failure;
use crate::server::store::StoreError;
use crate::views::fault::Fault;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        log_failure(&error);
        Self::Unavailable
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Exists { what } => Self::Exists { what },
            CommandError::NotFound { what } => Self::NotFound { what },
            CommandError::Invalid(errors) => Self::Invalid { errors },
            CommandError::Refused(refusals) => {
                Self::Refused { refusals: refusals.iter().map(ToString::to_string).collect() }
            }
            CommandError::Stale { what, changes, .. } => Self::Stale { what, changes },
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<HashError> for Fault {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::TooManyAttempts { seconds: 1 },
            HashError::Failed => Self::Unavailable,
        }
    }
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Hash(error) => error.into(),
            AccountError::Command(error) => error.into(),
        }
    }
}

impl From<SignInError> for Fault {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::WrongPassword => Self::WrongPassword,
            SignInError::TooManyAttempts { seconds } => Self::TooManyAttempts { seconds },
            SignInError::Hash(error) => error.into(),
            SignInError::Store(error) => error.into(),
            SignInError::Account(error) => error.into(),
        }
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::TooMuch(_) => Self::Invalid { errors: vec![FieldError::new("/scopes", error)] },
            TokenError::Denied(denied) => Self::Denied(denied),
            TokenError::Command(error) => error.into(),
        }
    }
}
