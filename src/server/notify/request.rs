//! A letter as a request: where it goes, what is in it, and by what the target knows who sends it.

use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, Method, Request};
use serde_json::Value;

use super::{Mail, signature};
use crate::domain::notification::target::{Access, Credential, TargetSettings};

/// The name of the letter: the same however often it is sent.
const DELIVERY: HeaderName = HeaderName::from_static("crossfade-delivery");

/// When it is sent, in seconds since the Unix epoch.
const TIMESTAMP: HeaderName = HeaderName::from_static("crossfade-timestamp");

const SIGNATURE: HeaderName = HeaderName::from_static("crossfade-signature");

/// Where an Alertmanager takes alerts.
const ALERTS: &str = "/api/v2/alerts";

/// `mail` for `target`. Only an Alertmanager takes several letters at once; of others the first is sent.
pub(super) fn build(client: &Client, target: &TargetSettings, mail: Mail<'_>) -> Result<Request, reqwest::Error> {
    let letter = mail.letters.first();
    let json = |body: Vec<u8>, url: &str| {
        let mut request = client.request(Method::POST, url).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(letter) = letter {
            request = request.header(DELIVERY, &letter.delivery.0);
        }
        request
    };
    let url = target.url.expose();
    match &target.access {
        Access::Webhook { key } => {
            let body = letter.map(|letter| serde_json::to_vec(letter).unwrap_or_default()).unwrap_or_default();
            let timestamp = mail.now.timestamp();
            let signature = signature::sign(key, timestamp, &body);
            json(body, url).header(TIMESTAMP, timestamp).header(SIGNATURE, signature).build()
        }
        Access::Slack => {
            let message = letter.map(crate::views::notice::Letter::for_slack).unwrap_or_default();
            json(message.to_string().into_bytes(), url).build()
        }
        Access::Alertmanager { credential } => {
            let alerts: Value = mail.letters.iter().map(|letter| letter.for_alertmanager(mail.ends_at)).collect();
            let base = url.trim_end_matches('/');
            let base = base.strip_suffix(ALERTS).unwrap_or(base);
            let request = json(alerts.to_string().into_bytes(), &format!("{base}{ALERTS}"));
            match credential {
                None => request,
                Some(Credential::Bearer(token)) => request.bearer_auth(token.expose()),
                Some(Credential::Basic { user, password }) => request.basic_auth(user, Some(password.expose())),
            }
            .build()
        }
    }
}
