//! Where a target is: an address over http or https. It may itself be the secret, so that nothing shows more of it than the
//! host. Whether it may be reached is not decided here.

use std::fmt;

use crate::domain::digest::sha256;

/// The address of a target, as it was given.
#[derive(Clone, PartialEq, Eq)]
pub struct TargetUrl(String);

/// Why a text is no address of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetUrlError {
    #[error("must begin with http:// or https://")]
    Scheme,
    #[error("must have at most {most} characters", most = TargetUrl::MAX_CHARS)]
    TooLong,
    #[error("must be written in ASCII, without spaces and backslashes")]
    NotVisible,
    #[error("must name a host")]
    NoHost,
    #[error("must have no user and no password in it")]
    User,
    #[error("must have no # in it")]
    Fragment,
    #[error("must have the port 80, 443 or one above 1023")]
    Port,
}

impl TargetUrl {
    /// The most characters that an address has.
    pub const MAX_CHARS: usize = 2_000;

    /// Parses an address: http or https, a host, and none of what makes programs disagree about where it leads.
    pub fn parse(text: &str) -> Result<Self, TargetUrlError> {
        let text = text.trim();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or(TargetUrlError::Scheme)?;
        if text.len() > Self::MAX_CHARS {
            return Err(TargetUrlError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(TargetUrlError::NotVisible);
        }
        if text.contains('#') {
            return Err(TargetUrlError::Fragment);
        }
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(TargetUrlError::User);
        }
        let (host, port) = apart(authority);
        if host.is_empty() {
            return Err(TargetUrlError::NoHost);
        }
        let is_fine = |port: &str| {
            let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            is_number && port.parse::<u16>().is_ok_and(|port| matches!(port, 80 | 443 | 1_024..))
        };
        if port.is_some_and(|port| !is_fine(port)) {
            return Err(TargetUrlError::Port);
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole address, for whoever sends something there.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: what may be shown.
    pub fn origin(&self) -> &str {
        let start = self.0.find("://").map_or(0, |colon| colon + 3);
        let length = self.0[start..].find(['/', '?']).unwrap_or(self.0.len() - start);
        &self.0[..start + length]
    }

    /// The first eight digits of its SHA-256, by which two addresses of one host are told apart.
    pub fn mark(&self) -> String {
        sha256(self.0.as_bytes()).chars().skip("sha256:".len()).take(8).collect()
    }
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetUrl({}/…)", self.origin())
    }
}

/// Host and port of an authority. A host in brackets has colons of its own.
fn apart(authority: &str) -> (&str, Option<&str>) {
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[after_host..].find(':') {
        Some(colon) => (&authority[..after_host + colon], Some(&authority[after_host + colon + 1..])),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_web_and_says_nothing_ambiguous() {
        for (text, expected) in [
            ("https://hooks.slack.com/services/T0/B0/secret", Ok("https://hooks.slack.com")),
            (" http://10.0.0.1:9093/alerts?a=b ", Ok("http://10.0.0.1:9093")),
            ("https://[2001:db8::1]:8443/x", Ok("https://[2001:db8::1]:8443")),
            ("https://example.com?a=b", Ok("https://example.com")),
            ("https://example.com:443", Ok("https://example.com:443")),
            ("ftp://example.com", Err(TargetUrlError::Scheme)),
            ("HTTPS://example.com", Err(TargetUrlError::Scheme)),
            ("file:///etc/passwd", Err(TargetUrlError::Scheme)),
            ("https://", Err(TargetUrlError::NoHost)),
            ("https:///path", Err(TargetUrlError::NoHost)),
            ("https://:80/path", Err(TargetUrlError::NoHost)),
            ("https://a@b.example/", Err(TargetUrlError::User)),
            ("https://a:b@c.example/", Err(TargetUrlError::User)),
            ("https://a.example\\@b.example/", Err(TargetUrlError::NotVisible)),
            ("https://a.example/ b", Err(TargetUrlError::NotVisible)),
            ("https://bücher.example/", Err(TargetUrlError::NotVisible)),
            ("https://a.example/#b", Err(TargetUrlError::Fragment)),
            ("http://a.example:22/", Err(TargetUrlError::Port)),
            ("http://a.example:65536/", Err(TargetUrlError::Port)),
            ("http://a.example:+80/", Err(TargetUrlError::Port)),
            ("http://a.example:/", Err(TargetUrlError::Port)),
        ] {
            let parsed = TargetUrl::parse(text);
            assert_eq!(parsed.as_ref().map(TargetUrl::origin), expected.as_ref().map(|origin| *origin), "{text}");
        }
        assert_eq!(TargetUrl::parse(&format!("https://a.example/{}", "b".repeat(2_000))), Err(TargetUrlError::TooLong));
    }

    #[test]
    fn nothing_but_the_host_is_shown() {
        let url = TargetUrl::parse("https://hooks.slack.com/services/T0/B0/secret").unwrap();
        assert_eq!(format!("{url:?}"), "TargetUrl(https://hooks.slack.com/…)");
        assert_eq!(url.mark(), "fdf3d470");
    }
}
