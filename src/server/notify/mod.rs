//! Sending letters to targets: as each kind takes them, over a way out that reaches only what may be reached. What is sent,
//! when, and what comes of it is of [`crate::server::workers::notifications`].

pub mod address;
mod client;
mod request;
mod signature;

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use self::address::Allowed;
use crate::domain::notification::retry::Obstacle;
use crate::domain::notification::target::TargetSettings;
use crate::domain::notification::target_url::TargetUrl;
use crate::views::notice::Letter;

/// The most bytes that are read of an answer, to tell why it was no.
const MOST_ANSWER_BYTES: usize = 4_096;

/// The most characters that are told of an answer.
const MOST_TOLD: usize = 200;

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct NotifySettings {
    /// What may be reached although it is not public.
    pub allowed: Allowed,
    /// Where the panel is for those who get letters.
    pub public_url: Option<String>,
    /// How long one exchange may take, as a whole.
    pub timeout: Duration,
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self { allowed: Allowed::default(), public_url: None, timeout: Duration::from_secs(10) }
    }
}

/// Sends letters; cheap to clone.
#[derive(Clone, Default)]
pub struct Notifier {
    settings: Arc<NotifySettings>,
    /// Made when it is first needed.
    client: Arc<OnceLock<reqwest::Client>>,
}

/// What a target answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub status: u16,
    pub took: Duration,
}

/// Why a target did not take a letter. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct NotTaken {
    pub error: String,
    pub obstacle: Obstacle,
}

/// A letter, or several at once for an Alertmanager.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    pub letters: &'a [Letter],
    pub now: DateTime<Utc>,
    /// When what fires is over without another letter, for an Alertmanager; it decides itself when there is none.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Notifier {
    /// With these settings.
    pub fn new(settings: NotifySettings) -> Self {
        Self { settings: Arc::new(settings), client: Arc::default() }
    }

    /// Where the panel is for those who get letters.
    pub fn public_url(&self) -> Option<&str> {
        self.settings.public_url.as_deref()
    }

    /// Why nothing can be sent to `url`; `None` when it can, as far as is known now.
    pub async fn refusal(&self, url: &TargetUrl) -> Option<String> {
        match url.expose().parse::<Url>() {
            Ok(url) => client::look(&self.settings.allowed, &url).await.err().map(|error| error.to_string()),
            Err(error) => Some(format!("is no address: {error}")),
        }
    }

    /// Sends `mail` to a target.
    pub async fn send(&self, target: &TargetSettings, mail: Mail<'_>) -> Result<Taken, NotTaken> {
        // Looking a name up counts as well, which the client's own limit does not cover.
        let sent = tokio::time::timeout(self.settings.timeout, self.exchange(target, mail)).await;
        sent.unwrap_or_else(|_| Err(passing("did not answer in time".to_owned())))
    }

    async fn exchange(&self, target: &TargetSettings, mail: Mail<'_>) -> Result<Taken, NotTaken> {
        let began = Instant::now();
        if let Some(refusal) = self.refusal(&target.url).await {
            return Err(passing(refusal));
        }
        let client = self.client().map_err(|error| passing(told(&error)))?;
        let request = request::build(client, target, mail)
            .map_err(|error| NotTaken { error: told(&error), obstacle: Obstacle::Lasting })?;
        let response = client.execute(request).await.map_err(|error| passing(told(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Taken { status: status.as_u16(), took: began.elapsed() });
        }
        Err(refused(target, response, mail.now).await)
    }

    fn client(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client::build(self.settings.allowed.clone(), self.settings.timeout)?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn passing(error: String) -> NotTaken {
    NotTaken { error, obstacle: Obstacle::Passing { retry_after: None } }
}

/// What an answer that is no success means.
async fn refused(target: &TargetSettings, response: Response, now: DateTime<Utc>) -> NotTaken {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    if status.is_redirection() {
        // Where it leads is told without what may be secret in it.
        let to =
            header(LOCATION).and_then(|to| response.url().join(to).ok()).map(|to| to.origin().ascii_serialization());
        let error = format!("answered {status} to {}; redirects are not followed", to.as_deref().unwrap_or("nowhere"));
        return passing(error);
    }
    let retry_after = header(RETRY_AFTER).and_then(|value| wait(value, now));
    let obstacle = match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Obstacle::Passing { retry_after },
        _ if status.is_client_error() => Obstacle::Lasting,
        _ => Obstacle::Passing { retry_after },
    };
    let said = said(target, response).await;
    let error = if said.is_empty() { format!("answered {status}") } else { format!("answered {status}: {said}") };
    NotTaken { error, obstacle }
}

/// The beginning of what an answer says, on one line and without what the target knows us by.
async fn said(target: &TargetSettings, mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < MOST_ANSWER_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(MOST_ANSWER_BYTES);
    let mut text = String::from_utf8_lossy(&body).into_owned();
    let url = target.url.expose();
    let path = &url[target.url.origin().len()..];
    let secret = target.access.parts().1.map(crate::domain::secret_text::SecretText::expose);
    for secret in [Some(url), Some(path), secret].into_iter().flatten().filter(|secret| secret.len() > 1) {
        text = text.replace(secret, "…");
    }
    let line: Vec<&str> = text.split(|char: char| char.is_whitespace() || char.is_control()).collect();
    let line = line.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(MOST_TOLD).collect()
}

/// What a `Retry-After` asks for: seconds, or a moment.
fn wait(value: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    if let Ok(seconds) = value.trim().parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    DateTime::parse_from_rfc2822(value.trim()).ok().map(|at| at.with_timezone(&Utc) - now)
}

/// An error of the client with its causes, and without the address, which may be a secret.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "did not answer in time".to_owned();
    }
    // The outermost names the address; the innermost says what happened.
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    let last = causes.last().map_or_else(|| "the request could not be made".to_owned(), ToString::to_string);
    if error.is_connect() { format!("no connection: {last}") } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_asks_for_a_wait_in_seconds_or_until_a_moment() {
        let now = "2026-01-05T10:30:30Z".parse().unwrap();
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 05 Jan 2026 10:31:00 GMT", Some(30)),
            ("Mon, 05 Jan 2026 10:30:00 GMT", Some(-30)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(wait(value, now).map(|wait| wait.num_seconds()), expected, "{value}");
        }
    }
}
