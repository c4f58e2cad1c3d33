//! A Crossfade somewhere else: decisions over OFREP, reports to the two ingest routes. Not what is done with either.

mod decisions;
mod rule;
mod tls;
mod transport;

pub use self::decisions::{DecisionSettings, OfrepDecisions};
pub use self::tls::provide as provide_tls;
pub use self::transport::HttpTransport;

use std::time::Duration;

/// Where a Crossfade is, and what lets this program in.
#[derive(Clone)]
pub struct Crossfade {
    base: reqwest::Url,
    token: String,
}

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("must be an address such as http://127.0.0.1:3000")]
    Address,
    #[error("must have a token of visible characters")]
    Token,
}

impl Crossfade {
    /// The one at `base`, where `token` has the scopes `evaluate` and `ingest`.
    pub fn new(base: &str, token: &str) -> Result<Self, AddressError> {
        let mut base = reqwest::Url::parse(base).map_err(|_| AddressError::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(AddressError::Address);
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AddressError::Token);
        }
        // What follows the last slash would be replaced by what is joined.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { base, token: token.to_owned() })
    }

    fn at(&self, path: &str) -> reqwest::Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path()));
        url
    }
}

/// A client that waits for an answer no longer than `timeout`.
fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    provide_tls();
    reqwest::Client::builder().timeout(timeout).build()
}

#[cfg(test)]
mod tests;
