//! Batches over HTTP.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Deserialize;

use super::Crossfade;
use crate::facade::batch::{Batch, SendError, Sent, Transport};

/// Takes batches to the routes `/api/v1/observations` and `/api/v1/comparisons`.
#[derive(Clone)]
pub struct HttpTransport {
    crossfade: Crossfade,
    client: reqwest::Client,
}

impl HttpTransport {
    /// To `crossfade`; an answer may take `timeout`.
    pub fn new(crossfade: Crossfade, timeout: Duration) -> Result<Self, reqwest::Error> {
        Ok(Self { crossfade, client: super::client(timeout)? })
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    rejected: Vec<Rejection>,
}

#[derive(Deserialize)]
struct Rejection {
    detail: String,
}

impl Transport for HttpTransport {
    async fn send(&self, batch: &Batch) -> Result<Sent, SendError> {
        let response = self
            .client
            .post(self.crossfade.at(&format!("api/v1/{}", batch.kind.as_str())))
            .bearer_auth(&self.crossfade.token)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &batch.key)
            .body(batch.body.clone())
            .send()
            .await
            .map_err(|error| later(error.to_string()))?;
        let status = response.status();
        if status.is_success() {
            let answer: Answer = response.json().await.map_err(|error| later(error.to_string()))?;
            let detail = answer.rejected.first().map(|rejection| rejection.detail.clone());
            return Ok(Sent { refused: answer.rejected.len() as u64, detail });
        }
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let reason = format!("crossfade answered {status}");
        Err(match status {
            // The batch itself is at fault. Anything else may be set right: a token, a proxy, a disk.
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                SendError::Refused(reason)
            }
            _ => SendError::Later { reason, after: after.map(Duration::from_secs) },
        })
    }
}

fn later(reason: String) -> SendError {
    SendError::Later { reason, after: None }
}
