//! The way out to targets: a client that follows no redirect, uses no proxy, looks names up by itself, and connects only to
//! addresses that may be reached. A name is judged each time that it is looked up, so that one that leads elsewhere by the
//! time it is used leads nowhere.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use super::address::{Allowed, Refused};
use crate::facade::remote::provide_tls;

/// A host that has no address that may be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the name {host} leads to nothing")]
    Nothing { host: String },
    #[error("the name {host} could not be looked up: {error}")]
    LookUp { host: String, error: std::io::Error },
    #[error("is no address that can be sent to")]
    NoHost,
}

/// A client that waits no longer than `timeout` for a whole exchange.
pub(super) fn build(allowed: Allowed, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    provide_tls();
    reqwest::Client::builder()
        .user_agent(concat!("Crossfade/", env!("CARGO_PKG_VERSION")))
        .timeout(timeout)
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Judging(allowed))
        // A connection that was judged once is not kept to be used without being judged.
        .pool_max_idle_per_host(0)
        .build()
}

/// The address that `url` leads to when it has one itself, or one of those that its name leads to now.
pub(super) async fn look(allowed: &Allowed, url: &Url) -> Result<(), Unreachable> {
    match url.host().map(|host| host.to_string()) {
        None => Err(Unreachable::NoHost),
        Some(host) => match literal(&host) {
            Some(address) => Ok(allowed.judge(address)?),
            None => resolve(allowed, &host).await.map(drop),
        },
    }
}

/// An address that stands where a name could: what the client would connect to without looking anything up.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Those of a name's addresses that may be reached.
async fn resolve(allowed: &Allowed, host: &str) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = tokio::net::lookup_host((host, 0)).await;
    let found = found.map_err(|error| Unreachable::LookUp { host: host.to_owned(), error })?;
    let mut refused = None;
    let mut reachable = Vec::new();
    for address in found {
        match allowed.judge(address.ip()) {
            Ok(()) => reachable.push(address),
            Err(error) => refused = Some(error),
        }
    }
    match (reachable.is_empty(), refused) {
        (false, _) => Ok(reachable),
        (true, Some(refused)) => Err(refused.into()),
        (true, None) => Err(Unreachable::Nothing { host: host.to_owned() }),
    }
}

/// Looks names up for the client.
struct Judging(Allowed);

impl Resolve for Judging {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let found = resolve(&allowed, name.as_str()).await;
            let found = found.map_err(|error| -> Box<dyn Error + Send + Sync> { Box::new(error) })?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_judged_however_the_url_writes_it() {
        let none = Allowed::default();
        for (url, expected) in [
            ("http://127.0.0.1/", Some("127.0.0.1 is of this machine")),
            ("http://127.1/", Some("127.0.0.1 is of this machine")),
            ("http://2130706433/", Some("127.0.0.1 is of this machine")),
            ("http://0x7f.0.0.1/", Some("127.0.0.1 is of this machine")),
            ("http://0177.0.0.1/", Some("127.0.0.1 is of this machine")),
            ("http://[::1]:8080/", Some("::1 is of this machine")),
            ("http://[::ffff:7f00:1]/", Some("::ffff:127.0.0.1 is of this machine")),
            ("http://169.254.169.254/latest/meta-data/", Some("169.254.169.254 is link-local")),
            ("http://localhost:8080/", Some("is of this machine")),
            ("http://1.1.1.1/", None),
        ] {
            let judged = look(&none, &url.parse().unwrap()).await.err().map(|error| error.to_string());
            let is_expected = match (&judged, expected) {
                (Some(error), Some(part)) => error.contains(part),
                (None, None) => true,
                _ => false,
            };
            assert!(is_expected, "{url}: {judged:?}");
        }
    }

    #[tokio::test]
    async fn the_client_does_not_connect_to_what_a_name_leads_to() {
        let client = build(Allowed::default(), Duration::from_secs(10)).unwrap();
        let error = client.get("http://localhost:1/").send().await.unwrap_err();
        let mut causes = std::iter::successors(error.source(), |error| (*error).source());
        assert!(causes.any(|cause| cause.to_string().contains("is of this machine")), "{error:?}");
    }
}
