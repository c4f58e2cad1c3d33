//! Secrets that the program makes: of sessions, tokens and the set-up link.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::server::store::SecretDigest;

/// What tokens start with, so that they are known where they should not be.
const TOKEN_MARK: &str = "cf_";

/// A text that only its holder has. It is not shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits.
    pub fn new() -> Self {
        Self(random())
    }

    /// 256 random bits that tell what they are for.
    pub fn new_token() -> Self {
        Self(format!("{TOKEN_MARK}{}", random()))
    }

    /// A secret as somebody shows it, be it one or not.
    pub fn shown(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, for its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.0)
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[expect(clippy::expect_used, reason = "a system without randomness can keep no secrets")]
fn random() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}
