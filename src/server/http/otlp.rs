//! `POST /v1/metrics`: OpenTelemetry's protocol over HTTP, in protobuf or JSON. Answers are in the encoding of the request,
//! those of a refusal too, as the protocol has it, whoever is refused.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message;

use super::body;
use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Ingest;
use crate::server::ingest::budget::{BUDGET_BYTES, Share};
use crate::server::ingest::otlp::{self, weight};
use crate::server::ingest::wire::Context;
use crate::server::state::AppState;
use crate::server::store::{Answer, Receipt};

/// The most that a request may take once it is decoded: others must have room beside it.
const MAX_DECODED_BYTES: usize = BUDGET_BYTES / 2;

/// The most different reasons that one answer tells.
const MAX_REASONS: usize = 5;

/// How a request is encoded, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Protobuf,
    Json,
}

/// Why nothing of a request was taken in: `google.rpc.Status`.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Takes in metrics of OpenTelemetry.
#[utoipa::path(
    post,
    path = "/v1/metrics",
    tag = "ingest",
    request_body(content = Object, description = "An ExportMetricsServiceRequest, as application/x-protobuf or application/json, optionally gzip"),
    responses((status = 200, description = "Counted, and durable; `partialSuccess` tells how many points were refused and why", body = Object)),
)]
pub async fn metrics(
    allowed: Result<Allowed<Ingest>, Problem>,
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (encoding, refused) = match (Encoding::of(&headers), allowed) {
        (encoding, Err(problem)) => (encoding.unwrap_or(Encoding::Json), Some(problem)),
        (Some(encoding), Ok(_)) => (encoding, None),
        (None, Ok(_)) => {
            let detail = "Content-Type must be application/x-protobuf or application/json";
            (Encoding::Json, Some(Problem::unsupported_type(detail)))
        }
    };
    if let Some(problem) = refused {
        body::discard_all(body).await;
        return encoding.refusal(problem);
    }
    match export(&state, encoding, &headers, body).await {
        Ok(answer) => encoding.answer(&ExportMetricsServiceResponse { partial_success: partial_success(&answer) }),
        Err(problem) => encoding.refusal(problem),
    }
}

async fn export(state: &AppState, encoding: Encoding, headers: &HeaderMap, body: Body) -> Result<Answer, Problem> {
    let mut share = state.ingest.budget.share();
    let body = body::read(headers, body, body::MAX_BATCH_BYTES, &mut share).await?;
    let request = encoding.decode(body, &mut share)?;
    let context = Context::new(&state.store.features().await?, state.clock.now()).keeping(state.retention);
    let batch = otlp::batch(&request, &context).map_err(Problem::too_large)?;
    drop(request);
    match state.ingest.submit(batch, share).await? {
        Receipt::Stored(answer) | Receipt::Repeated(answer) => Ok(answer),
        // It has no key.
        Receipt::KeyReused => Err(Problem::internal()),
    }
}

fn partial_success(answer: &Answer) -> Option<ExportMetricsPartialSuccess> {
    let rejected = i64::try_from(answer.rejected.len()).unwrap_or(i64::MAX);
    let mut reasons: Vec<&str> = Vec::new();
    for rejection in &answer.rejected {
        if reasons.len() < MAX_REASONS && !reasons.contains(&rejection.detail.as_str()) {
            reasons.push(&rejection.detail);
        }
    }
    (rejected > 0)
        .then(|| ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message: reasons.join("; ") })
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match content_type.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn media_type(self) -> HeaderValue {
        match self {
            Self::Protobuf => HeaderValue::from_static("application/x-protobuf"),
            Self::Json => HeaderValue::from_static("application/json"),
        }
    }

    fn decode(self, body: Bytes, share: &mut Share) -> Result<ExportMetricsServiceRequest, Problem> {
        let weight = match self {
            Self::Protobuf => weight::protobuf(&body).map_err(Problem::bad_request)?,
            Self::Json => weight::json(&body),
        };
        if weight > MAX_DECODED_BYTES {
            return Err(Problem::too_large("the request has too many parts; send fewer data points at once"));
        }
        share.resize(body.len() + weight).map_err(|_| Problem::busy())?;
        match self {
            Self::Protobuf => ExportMetricsServiceRequest::decode(body).map_err(Problem::bad_request),
            // What stands in a list would be taken by its place.
            Self::Json if body.trim_ascii_start().first() != Some(&b'{') => {
                Err(Problem::bad_request("the body must be an object"))
            }
            Self::Json => serde_json::from_slice(&body).map_err(Problem::bad_request),
        }
    }

    fn answer<T: Message + serde::Serialize>(self, message: &T) -> Response {
        let body = match self {
            Self::Protobuf => message.encode_to_vec(),
            Self::Json => serde_json::to_vec(message).unwrap_or_default(),
        };
        ([(header::CONTENT_TYPE, self.media_type())], body).into_response()
    }

    /// A problem as the protocol tells it. What passes is told by a status after which its clients send again.
    fn refusal(self, problem: Problem) -> Response {
        let (status, message, header) = problem.into_parts();
        let status = match status {
            StatusCode::INSUFFICIENT_STORAGE | StatusCode::REQUEST_TIMEOUT => StatusCode::SERVICE_UNAVAILABLE,
            status => status,
        };
        let code = rpc_code(status);
        let mut response = self.answer(&Status { code, message });
        *response.status_mut() = status;
        response.headers_mut().extend(header.map(|(name, value): (HeaderName, HeaderValue)| (name, value)));
        response
    }
}

/// The code of gRPC that goes with a status.
fn rpc_code(status: StatusCode) -> i32 {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => 3,
        StatusCode::UNAUTHORIZED => 16,
        StatusCode::FORBIDDEN => 7,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::PAYLOAD_TOO_LARGE => 8,
        StatusCode::SERVICE_UNAVAILABLE => 14,
        _ => 13,
    }
}
