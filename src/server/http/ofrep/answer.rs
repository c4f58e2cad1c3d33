//! What clients are told, as the protocol has it. Every value comes with `variant` and `reason`: some clients break
//! without them.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::refused::Failure;
use crate::domain::bucket::Bucket;
use crate::domain::decision::{Decision, Reason, ShadowDecision};
use crate::domain::digest::sha256;
use crate::domain::migration::SampleRate;
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;

/// How long a page that nobody looks at keeps its stream open.
const INACTIVITY_SECONDS: u32 = 120;

/// Room for one flag's answer.
const USUAL_BYTES: usize = 256;

/// A flag's value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepFlag)]
pub struct FlagAnswer {
    key: String,
    /// Whether the candidate is taken, or the other side run too.
    value: bool,
    /// `candidate` or `legacy`, `on` or `off`.
    variant: &'static str,
    reason: Reason,
    metadata: Metadata,
}

/// What the value follows from. Flat, since clients drop all else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepMetadata)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    /// The stage that the feature is in.
    stage: String,
    /// The effective percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage: Option<Percentage>,
    /// Where the unit falls, 0 to 9999.
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<u16>,
    /// Whether a failed candidate call is to be answered by legacy.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<bool>,
    /// The share of calls that are run on both sides, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<f64>,
}

impl FlagAnswer {
    /// Which path is taken.
    pub(super) fn path(key: String, decision: Decision) -> Self {
        let (value, variant) = match decision.path {
            Path::Candidate => (true, "candidate"),
            Path::Legacy => (false, "legacy"),
        };
        let metadata = Metadata {
            stage: decision.stage,
            percentage: Some(decision.percentage),
            bucket: decision.bucket.map(Bucket::index),
            fallback: Some(decision.fallback.is_on()),
            sample_rate: None,
        };
        Self { key, value, variant, reason: decision.reason, metadata }
    }

    /// Whether the other side is run too.
    pub(super) fn shadow(key: String, decision: ShadowDecision, stage: &str) -> Self {
        let value = decision.run.is_on();
        let metadata = Metadata {
            stage: stage.to_owned(),
            percentage: None,
            bucket: decision.bucket.map(Bucket::index),
            fallback: None,
            sample_rate: Some(decision.rate.map_or(0.0, SampleRate::fraction)),
        };
        Self { key, value, variant: if value { "on" } else { "off" }, reason: decision.reason, metadata }
    }
}

/// Every flag.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepFlags)]
#[serde(rename_all = "camelCase")]
pub struct AllFlags {
    flags: Vec<OneOfAll>,
    /// Where it is told that something changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_streams: Vec<EventStream>,
    metadata: FlagSet,
}

/// A flag among others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepOneOfAll)]
#[serde(untagged)]
pub(super) enum OneOfAll {
    Value(FlagAnswer),
    Failure(Failure),
}

/// Of all flags together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepFlagSet)]
struct FlagSet {
    /// Whose flags they are.
    provider: &'static str,
}

impl AllFlags {
    /// Without a stream.
    pub(super) const fn new(flags: Vec<OneOfAll>) -> Self {
        Self { flags, event_streams: Vec::new(), metadata: FlagSet { provider: "crossfade" } }
    }

    /// The `ETag` of these flags for a client that was given this ticket.
    pub(super) fn etag(&self, ticket: Option<&str>) -> String {
        let mut bytes = serde_json::to_vec(&self.flags).unwrap_or_default();
        bytes.extend_from_slice(ticket.unwrap_or_default().as_bytes());
        format!("\"{}\"", sha256(&bytes).trim_start_matches("sha256:"))
    }
}

/// A stream that tells when to ask again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepEventStream)]
#[serde(rename_all = "camelCase")]
pub struct EventStream {
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: Endpoint,
    inactivity_delay_sec: u32,
}

/// Where a stream is. Without an origin: it is the one that the client asked, which a program behind a proxy does not know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepEndpoint)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    request_uri: String,
}

impl EventStream {
    /// For whoever has this ticket and has been told the flags of this configuration.
    pub(super) fn new(ticket: &str, etag: &str) -> Self {
        let request_uri = format!("/ofrep/v1/events?ticket={ticket}&since={etag}");
        Self { kind: "sse", endpoint: Endpoint { request_uri }, inactivity_delay_sec: INACTIVITY_SECONDS }
    }
}

/// `value` as the body of an answer.
pub(super) fn json(value: &impl Serialize) -> Response {
    let mut body = Vec::with_capacity(USUAL_BYTES);
    // Writing into memory cannot fail, and nothing of an answer has no form in JSON.
    let _ = serde_json::to_writer(&mut body, value);
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
