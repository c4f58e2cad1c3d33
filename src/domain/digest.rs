//! SHA-256 of what must not change unseen: texts, and documents in their canonical form.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of `bytes` in hex, 64 characters.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `sha256:` and the SHA-256 of `document` as RFC 8785 canonical JSON, which does not depend on the order of its fields.
pub fn canonical_sha256<T: Serialize>(document: &T) -> Result<String, serde_json::Error> {
    Ok(format!("sha256:{}", sha256_hex(&serde_json_canonicalizer::to_vec(document)?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_digest_is_of_the_canonical_form() {
        // FIPS 180-2's example.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let expected = format!("sha256:{}", sha256_hex(br#"{"a":1,"b":[1.5,"x"]}"#));
        assert_eq!(canonical_sha256(&json!({"b": [1.50, "x"], "a": 1})).unwrap(), expected);
    }
}
