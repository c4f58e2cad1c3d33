//! Evidence on its way through a form and back: what a reviewer was shown, sealed with a secret of this installation, so
//! that it comes back as it went out. HMAC-SHA-256 (RFC 2104).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::access::secret::Secret;
use super::state::AppState;
use super::store::StoreError;
use crate::domain::evidence::Evidence;

/// Why what came back is not what went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not what this installation showed; load the page again")]
pub struct BrokenSeal;

/// Seals `evidence` for a form.
pub async fn seal(state: &AppState, evidence: &Evidence) -> Result<String, StoreError> {
    let key = key(state).await?;
    let text = serde_json::to_vec(evidence).unwrap_or_default();
    let tag = mac(&key, &text).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(tag)))
}

/// What was sealed.
pub async fn open(state: &AppState, sealed: &str) -> Result<Result<Evidence, BrokenSeal>, StoreError> {
    let key = key(state).await?;
    Ok(verify(&key, sealed).ok_or(BrokenSeal))
}

fn verify(key: &[u8], sealed: &str) -> Option<Evidence> {
    let (text, tag) = sealed.split_once('.')?;
    let text = URL_SAFE_NO_PAD.decode(text).ok()?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    // Compares in constant time.
    mac(key, &text)?.verify_slice(&tag).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The seal of `text`, before it is made or checked.
pub(super) fn mac(key: &[u8], text: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac)
}

/// The secret that this installation seals with.
pub(super) async fn key(state: &AppState) -> Result<Vec<u8>, StoreError> {
    let key = state
        .secrets
        .seal
        .get_or_try_init(|| async { state.store.secret("seal", Secret::new().expose().as_bytes()).await });
    key.await.cloned()
}
