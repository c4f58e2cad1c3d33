//! How a webhook's letters are signed: HMAC-SHA-256 (RFC 2104) over the moment and the body, so that nobody else writes one
//! and nobody sends an old one again unnoticed.

use std::fmt::Write as _;

use hmac::Mac as _;

use crate::domain::secret_text::SecretText;
use crate::server::seal;

/// The value of the header `Crossfade-Signature` for `body`, sent at `timestamp` (seconds since the Unix epoch).
pub(super) fn sign(key: &SecretText, timestamp: i64, body: &[u8]) -> String {
    let mut signed = format!("{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    let tag = seal::mac(key.expose().as_bytes(), &signed).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    let mut text = String::from("v1=");
    for byte in tag {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        let key = SecretText::parse("0123456789abcdef", 16).unwrap();
        // printf '1767609030.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let expected = "v1=78563dd4f37fabf8df825ff96b74cc910436f57c78bda12aa6301fb684c39274";
        assert_eq!(sign(&key, 1_767_609_030, br#"{"a":1}"#), expected);
    }
}
