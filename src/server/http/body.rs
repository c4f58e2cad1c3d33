//! Reading a body within its limits: of size, of memory for all bodies together, and of time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::problem::Problem;
use crate::server::ingest::budget::Share;

/// The most bytes of a body, decoded.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// How long a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes read and thrown away of a body that is too large, so that its sender gets to read the answer.
const MAX_DISCARDED_BYTES: usize = 512 << 20;

/// Reads `body` whole; what it takes of memory is charged to `share`.
pub async fn read(body: Body, share: &mut Share) -> Result<Bytes, Problem> {
    tokio::time::timeout(BODY_TIMEOUT, read_within_limits(body, share))
        .await
        .unwrap_or_else(|_| Err(Problem::timeout()))
}

async fn read_within_limits(mut body: Body, share: &mut Share) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Problem::bad_request(format!("the body is cut off or not what its headers say: {}", root_cause(&error)))
        })?;
        let Ok(chunk) = frame.into_data() else { continue };
        if whole.len() + chunk.len() > MAX_BODY_BYTES {
            drop(whole);
            discard(body).await;
            return Err(Problem::too_large(format!("a body has at most {MAX_BODY_BYTES} bytes, decoded")));
        }
        if share.grow(chunk.len()).is_err() {
            drop(whole);
            discard(body).await;
            return Err(Problem::busy());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > MAX_DISCARDED_BYTES {
            return;
        }
    }
}

fn root_cause(error: &axum::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
