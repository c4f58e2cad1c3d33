//! The one place that turns errors into responses: RFC 9457 problem details. Clients never see SQL or a backtrace.

mod from;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::field_error::FieldError;
use crate::domain::refusal::Refusal;
use crate::server::ingest::RETRY_AFTER_SECONDS;
use crate::views::meanwhile::Meanwhile;

/// A problem: `application/problem+json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A URI reference that names the kind of problem.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What stood in the way.
    #[serde(flatten)]
    in_the_way: Box<InTheWay>,
    /// A header that says more.
    #[serde(skip)]
    header: Option<(HeaderName, HeaderValue)>,
}

/// What stood in the way of a change; kept apart, since few problems have it.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
struct InTheWay {
    /// Every unmet demand, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<String>,
    /// The present version of what was changed meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// What was changed meanwhile, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Meanwhile>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl ToString) -> Self {
        let detail = detail.to_string();
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
            in_the_way: Box::default(),
            header: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "/problems/bad-request", "the request cannot be understood", detail)
    }

    /// 401: nobody knows who asks.
    pub fn unauthorized(detail: impl ToString) -> Self {
        Self {
            header: Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            ..Self::new(StatusCode::UNAUTHORIZED, "/problems/unauthorized", "not signed in", detail)
        }
    }

    /// 403: who asks may not do that.
    pub fn forbidden(detail: impl ToString) -> Self {
        Self::new(StatusCode::FORBIDDEN, "/problems/forbidden", "not allowed", detail)
    }

    /// 404: no such thing.
    pub fn not_found(detail: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, "/problems/not-found", "not found", detail)
    }

    /// 404: an address that is nothing.
    pub fn nothing_here() -> Self {
        Self::not_found("there is nothing at this address")
    }

    /// 405: not with this method.
    pub fn method_not_allowed() -> Self {
        let detail = "see the Allow header for the methods that this address takes";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "/problems/method-not-allowed", "method not allowed", detail)
    }

    /// 408: the body did not arrive in time.
    pub fn timeout() -> Self {
        let detail = "the request did not arrive in time; nothing of it was counted";
        Self::new(StatusCode::REQUEST_TIMEOUT, "/problems/timeout", "the request took too long", detail)
    }

    /// 409: it is there already.
    pub fn conflict(detail: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, "/problems/conflict", "conflict", detail)
    }

    /// 409: demands are unmet, each of them told.
    pub fn refused(refusals: &[Refusal]) -> Self {
        let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let detail = refusals.join("; ");
        let in_the_way = Box::new(InTheWay { refusals, ..InTheWay::default() });
        Self { in_the_way, ..Self::new(StatusCode::CONFLICT, "/problems/refused", "refused", detail) }
    }

    /// 412: made against a version that is not the present one.
    pub fn stale(what: &str, version: Option<i64>, changes: Vec<Meanwhile>) -> Self {
        let detail = format!("{what} was changed meanwhile; nothing of this request was done");
        let status = StatusCode::PRECONDITION_FAILED;
        let in_the_way = Box::new(InTheWay { version, changes, ..InTheWay::default() });
        Self { in_the_way, ..Self::new(status, "/problems/stale", "changed meanwhile", detail) }
    }

    /// 413: more than is taken at once.
    pub fn too_large(detail: impl ToString) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "/problems/too-large", "too much at once", detail)
    }

    /// 415: a body of another type than the one that is taken.
    pub fn unsupported_type(detail: impl ToString) -> Self {
        let title = "the body is of a type that is not taken";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "/problems/unsupported-media-type", title, detail)
    }

    /// 415: a body that is packed in another way than those that are taken.
    pub fn unsupported_coding() -> Self {
        Self {
            header: Some((header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))),
            ..Self::unsupported_type("the body's Content-Encoding must be gzip or identity")
        }
    }

    /// 422: understood, but some fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "/problems/invalid", "some fields are invalid", detail)
        }
    }

    /// 422: an `Idempotency-Key` with another body than before.
    pub fn key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problems/idempotency-key-reused",
            "the idempotency key was used before with another body",
            "nothing of this batch was counted; send it with a key of its own",
        )
    }

    /// 429: come back later.
    pub fn busy() -> Self {
        Self {
            header: Some(retry_after()),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "/problems/busy",
                "too much is under way",
                "nothing of this request was counted; send it again after the time in Retry-After",
            )
        }
    }

    /// 500: a fault of this program; what it was is in the log.
    pub fn internal() -> Self {
        let detail = "this is a fault of the service; its log has the details";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "/problems/internal", "internal error", detail)
    }

    /// 503: come back later.
    pub fn unavailable(detail: impl ToString) -> Self {
        Self {
            header: Some(retry_after()),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "/problems/unavailable", "unavailable", detail)
        }
    }

    /// Its status, what is the matter in words, and a header that says more.
    pub fn into_parts(self) -> (StatusCode, String, Option<(HeaderName, HeaderValue)>) {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, self.detail, self.header)
    }

    /// 507: nothing more can be kept.
    pub fn storage_full(detail: impl ToString) -> Self {
        Self {
            kind: "/problems/storage-full",
            title: "the storage is full",
            status: StatusCode::INSUFFICIENT_STORAGE.as_u16(),
            ..Self::unavailable(detail)
        }
    }

    /// 422: the content is not what it was announced to be.
    pub fn checksum(detail: impl ToString) -> Self {
        let title = "the content is not what it was announced to be";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "/problems/checksum-mismatch", title, detail)
    }

    /// Its status code.
    pub const fn status(&self) -> u16 {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(self.header);
        response
    }
}

/// When to come back.
fn retry_after() -> (HeaderName, HeaderValue) {
    (header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS))
}
