//! Errors, as the protocol has them: every one with a code that clients know and with words.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::json;
use crate::domain::decision::DecideError;
use crate::server::http::problem::Problem;
use crate::server::store::StoreError;

/// Why there is no value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepFailure)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The flag that was asked for, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    error_code: ErrorCode,
    error_details: String,
}

/// Codes of `OpenFeature`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfrepErrorCode)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    FlagNotFound,
    ParseError,
    InvalidContext,
    TargetingKeyMissing,
    General,
}

/// An answer without a value.
#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
    failure: Failure,
}

impl Refused {
    /// 404: there is no such flag.
    pub(super) fn no_flag(key: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::FlagNotFound, format!("there is no flag {key:?}"))
    }

    /// 400: the body is no question.
    pub(super) fn unreadable(error: impl ToString) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            ErrorCode::ParseError,
            format!("the body is no question: {}", error.to_string()),
        )
    }

    /// 400: the context is none.
    pub(super) fn no_context(details: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidContext, details.to_string())
    }

    fn new(status: StatusCode, error_code: ErrorCode, error_details: String) -> Self {
        Self { status, header: None, failure: Failure { key: None, error_code, error_details } }
    }

    /// Told of the flag with this key.
    pub(super) fn about(mut self, key: String) -> Self {
        self.failure.key = Some(key);
        self
    }

    /// What stands among other flags.
    pub(super) fn into_failure(self) -> Failure {
        self.failure
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = json(&self.failure);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.header);
        response
    }
}

impl From<DecideError> for Refused {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::TargetingKeyMissing => {
                Self::new(StatusCode::BAD_REQUEST, ErrorCode::TargetingKeyMissing, error.to_string())
            }
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let (status, details, header) = problem.into_parts();
        let code = if status == StatusCode::BAD_REQUEST { ErrorCode::ParseError } else { ErrorCode::General };
        Self { header, ..Self::new(status, code, details) }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}
