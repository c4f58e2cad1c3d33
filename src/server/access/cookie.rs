//! The cookies that the panel sets: of the session, and of a new token on its way to the page that shows it once.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::secret::Secret;
use crate::domain::session::LONGEST;

/// Holds the secret of the session.
pub const SESSION: &str = "crossfade_session";

/// Holds a token that was just made by a form without JavaScript, until the page that it leads to shows it.
pub const NEW_TOKEN: &str = "crossfade_new_token";

/// How long the page that shows a new token may take to come, in seconds.
const NEW_TOKEN_SECONDS: i64 = 60;

/// The value of a cookie that was sent.
pub fn sent(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// Sets the session's cookie in the answer to a request with `headers`.
pub fn of_session(secret: &Secret, headers: &HeaderMap) -> Option<HeaderValue> {
    set(SESSION, secret.expose().to_owned(), LONGEST.num_seconds(), headers)
}

/// Sets the cookie that takes a new token to its page.
pub fn of_new_token(text: String, headers: &HeaderMap) -> Option<HeaderValue> {
    set(NEW_TOKEN, text, NEW_TOKEN_SECONDS, headers)
}

/// Takes a cookie back.
pub fn without(name: &'static str, headers: &HeaderMap) -> Option<HeaderValue> {
    set(name, String::new(), 0, headers)
}

fn set(name: &'static str, value: String, seconds: i64, headers: &HeaderMap) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
    let mut text = cookie.secure(!is_loopback(headers)).build().to_string();
    text.push_str("; Max-Age=");
    text.push_str(&seconds.to_string());
    HeaderValue::from_str(&text).ok()
}

/// Whether the browser has addressed its own machine, where there is no TLS and no need of it.
fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    let is_local = name == "localhost" || name.ends_with(".localhost");
    is_local || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_over_tls_only_unless_the_host_is_this_machine() {
        for (host, is_secure) in [
            ("localhost", false),
            ("localhost:3000", false),
            ("panel.localhost:3000", false),
            ("127.0.0.1:3000", false),
            ("127.8.0.1", false),
            ("[::1]:3000", false),
            ("crossfade.example.com", true),
            ("10.0.0.1:3000", true),
            ("[2001:db8::1]:3000", true),
            ("localhost.example.com", true),
            ("notlocalhost", true),
            ("", true),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
            let cookie = of_session(&Secret::new(), &headers).unwrap();
            let cookie = cookie.to_str().unwrap();
            assert_eq!(cookie.contains("; Secure"), is_secure, "{host}: {cookie}");
            for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=604800"] {
                assert!(cookie.contains(part), "{cookie}");
            }
        }
    }
}
