//! The digest of a document: what a sign-off is bound to and what an audit event is chained by. Not a signature.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A document that has no canonical JSON: one of its keys is not a text.
#[derive(Debug, thiserror::Error)]
#[error("no canonical JSON: {0}")]
pub struct NotCanonical(String);

/// `sha256:` and the 64 hexadecimal digits of the SHA-256 of the document's canonical JSON (RFC 8785), so that spaces and
/// the order of keys make no difference.
pub fn canonical_sha256<T: Serialize + ?Sized>(document: &T) -> Result<String, NotCanonical> {
    // By way of a value, which knows no numbers that JSON has not.
    let value = serde_json::to_value(document).map_err(|error| NotCanonical(error.to_string()))?;
    let canonical = serde_json_canonicalizer::to_vec(&value).map_err(|error| NotCanonical(error.to_string()))?;
    Ok(sha256(&canonical))
}

/// `sha256:` and the 64 hexadecimal digits of the SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_order_of_keys_and_the_way_of_writing_numbers_make_no_difference() {
        let one: Value = serde_json::from_str(r#"{"b": 1.0, "a": [1e2, "ü"]}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":[100,"\u00fc"],"b":1}"#).unwrap();
        assert_eq!(canonical_sha256(&one).unwrap(), canonical_sha256(&other).unwrap());
        assert_ne!(canonical_sha256(&one).unwrap(), canonical_sha256(&json!({"b": 1})).unwrap());
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert_eq!(sha256(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(canonical_sha256(&json!({})).unwrap(), sha256(b"{}"));
    }
}
