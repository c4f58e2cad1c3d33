//! The address that somebody wanted before they were asked to sign in, and goes on to afterwards: one of this panel, never
//! one elsewhere.

use std::fmt::Write as _;

/// Where to go on to: `next` if it is an address of this panel, or else its first page.
pub fn local(next: &str) -> &str {
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // `//host` is an address elsewhere, and browsers take a backslash for a slash.
    let is_local = next.starts_with('/') && !next.starts_with("//");
    let is_short = next.len() <= 2_000;
    // To sign in is not what anyone wanted.
    let leads_on = next.split(['?', '#']).next() != Some("/login");
    if is_plain && is_local && is_short && leads_on { next } else { "/" }
}

/// The address of the page at `log_in` that leads on to `wanted`.
pub fn log_in(log_in: &str, wanted: &str) -> String {
    match local(wanted) {
        "/" => log_in.to_owned(),
        wanted => format!("{log_in}?next={}", encoded(wanted)),
    }
}

/// Where the query of such an address leads on to.
pub fn wanted(query: &str) -> String {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("next=")).unwrap_or_default();
    local(&decoded(value)).to_owned()
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        if let (b'%', Some(byte)) = (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_panel_are_led_on_to() {
        for next in
            ["/", "/features/kimi", "/features/kimi?range=24h&from=a", "/#files", "/login-history", "/%2F%2Fevil"]
        {
            assert_eq!(local(next), next);
            assert_eq!(wanted(&format!("a=b&next={}", encoded(next))), next);
        }
        for next in [
            "",
            "features",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            " /",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/ü",
            "/login",
            "/login?next=/login",
            &format!("/{}", "a".repeat(2_000)),
        ] {
            assert_eq!(local(next), "/", "{next:?}");
            assert_eq!(wanted(&format!("next={}", encoded(next))), "/", "{next:?}");
        }
        assert_eq!(wanted("next=%2f%2fevil.example"), "/");
        assert_eq!(wanted("next=%zz%2"), "/");
    }

    #[test]
    fn the_way_to_sign_in_keeps_what_was_wanted() {
        assert_eq!(log_in("/login", "/"), "/login");
        assert_eq!(
            log_in("/login", "/features/kimi?range=1h&to=a"),
            "/login?next=/features/kimi%3Frange%3D1h%26to%3Da"
        );
    }
}
