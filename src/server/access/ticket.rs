//! Tickets to the stream that tells of changed flags. A browser's `EventSource` can send no headers, and a token must not
//! stand in an address, where logs and proxies keep it: so an evaluation hands out an address with a ticket, which names
//! the token, is good for an hour or two, is sealed, and opens nothing but that stream.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::Mac as _;

use crate::domain::token::TokenId;
use crate::server::seal;
use crate::server::state::AppState;
use crate::server::store::StoreError;

/// All tickets made within one of these are the same: an address that stays as it is does not make a client connect anew.
const WINDOW_SECONDS: i64 = 3_600;

/// Keeps what is sealed here from being taken for anything else that is sealed.
const PURPOSE: &str = "ofrep-event-stream";

/// A ticket for whoever has this token.
pub async fn make(state: &AppState, token: TokenId) -> Result<String, StoreError> {
    let key = seal::key(state).await?;
    let end = (state.clock.now().timestamp() / WINDOW_SECONDS + 2) * WINDOW_SECONDS;
    Ok(format!("{}.{end}.{}", token.0, URL_SAFE_NO_PAD.encode(tag(&key, token, end).unwrap_or_default())))
}

/// The token that `ticket` was made for; `None` when it was not made here or its time is over.
pub async fn open(state: &AppState, ticket: &str) -> Result<Option<TokenId>, StoreError> {
    let key = seal::key(state).await?;
    Ok(verify(&key, ticket, state.clock.now()))
}

fn verify(key: &[u8], ticket: &str, now: DateTime<Utc>) -> Option<TokenId> {
    let mut parts = ticket.splitn(3, '.');
    let (token, end, shown) = (parts.next()?, parts.next()?, parts.next()?);
    let (token, end) = (TokenId(token.parse().ok()?), end.parse().ok()?);
    let shown = URL_SAFE_NO_PAD.decode(shown).ok()?;
    // Compares in constant time.
    seal::mac(key, &text(token, end))?.verify_slice(&shown).ok()?;
    (now.timestamp() < end).then_some(token)
}

fn tag(key: &[u8], token: TokenId, end: i64) -> Option<Vec<u8>> {
    Some(seal::mac(key, &text(token, end))?.finalize().into_bytes().to_vec())
}

fn text(token: TokenId, end: i64) -> Vec<u8> {
    format!("{PURPOSE}:{}:{end}", token.0).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_that_was_altered_or_is_over_opens_nothing() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let ticket = |end: i64| format!("7.{end}.{}", URL_SAFE_NO_PAD.encode(tag(b"key", TokenId(7), end).unwrap()));
        let good = ticket(1_800_000_001);
        assert_eq!(verify(b"key", &good, now), Some(TokenId(7)));
        for bad in [
            ticket(1_800_000_000),
            good.replacen("7.", "8.", 1),
            good.replacen("1800000001", "1900000001", 1),
            good[..good.len() - 1].to_owned(),
            format!("{good}."),
            "7.1800000001.".to_owned(),
            "7".to_owned(),
            String::new(),
        ] {
            assert_eq!(verify(b"key", &bad, now), None, "{bad}");
        }
        assert_eq!(verify(b"other", &good, now), None);
    }
}
