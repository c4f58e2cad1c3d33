//! Which addresses a target may have. Whoever makes a target has this program send something to wherever it leads, so that
//! what is not public is refused: the machine itself, its network, and what a provider answers on inside it. What is allowed
//! all the same stands in the configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The networks that may be reached although they are not public.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Arc<[IpNet]>);

/// An address that is not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {what}; --notify-allow lets such addresses be reached")]
pub struct Refused {
    pub address: IpAddr,
    /// What it is instead of public.
    pub what: &'static str,
}

impl Allowed {
    /// These.
    pub fn of(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Whether `address` may be reached.
    pub fn judge(&self, address: IpAddr) -> Result<(), Refused> {
        let Some(what) = not_public(address) else { return Ok(()) };
        // An address within another is allowed by either.
        let inner = match address {
            IpAddr::V6(address) => embedded(address).map(IpAddr::V4),
            IpAddr::V4(_) => None,
        };
        let is_allowed = |address: IpAddr| self.0.iter().any(|network| network.contains(&address));
        if is_allowed(address) || inner.is_some_and(is_allowed) {
            return Ok(());
        }
        Err(Refused { address, what })
    }
}

/// What an address is that is not public; `None` for one that is.
fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => of_v6(address),
    }
}

/// What stands in IANA's registry of special addresses, and what each is.
const SPECIAL_V4: [(&str, &str); 16] = [
    ("0.0.0.0/8", "of this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "of a provider's own network"),
    ("127.0.0.0/8", "of this machine"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "for documentation"),
    ("192.88.99.0/24", "a relay's"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "for measurements"),
    ("198.51.100.0/24", "for documentation"),
    ("203.0.113.0/24", "for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
];

/// Only `2000::/3` is given out for the Internet; what is told apart outside of it is for the words, and inside of it is
/// not public.
const SPECIAL_V6: [(&str, &str); 14] = [
    ("::/128", "unspecified"),
    ("::1/128", "of this machine"),
    ("64:ff9b:1::/48", "private"),
    ("100::/64", "discarded"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
    ("2001::/32", "of a tunnel"),
    ("2001:2::/48", "for measurements"),
    ("2001:10::/28", "no address but a digest"),
    ("2001:20::/28", "no address but a digest"),
    ("2001:db8::/32", "for documentation"),
    ("3fff::/20", "for documentation"),
];

fn of_v4(address: Ipv4Addr) -> Option<&'static str> {
    let is_in = |network: &str| network.parse::<Ipv4Net>().is_ok_and(|network| network.contains(&address));
    SPECIAL_V4.into_iter().find(|(network, _)| is_in(network)).map(|(_, what)| what)
}

fn of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let is_in = |network: &str| network.parse::<Ipv6Net>().is_ok_and(|network| network.contains(&address));
    if let Some((_, what)) = SPECIAL_V6.into_iter().find(|(network, _)| is_in(network)) {
        return Some(what);
    }
    match embedded(address) {
        Some(inner) => of_v4(inner),
        None if is_in("2000::/3") => None,
        None => Some("reserved"),
    }
}

/// The address of version 4 that one of version 6 leads to: mapped, compatible, translated (NAT64) or through 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let at = |index: usize| {
        let bytes = address.octets();
        Ipv4Addr::new(bytes[index], bytes[index + 1], bytes[index + 2], bytes[index + 3])
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &Allowed, address: &str, expected: Option<&str>) {
        let judged = allowed.judge(address.parse().unwrap()).err().map(|refused| refused.what);
        assert_eq!(judged, expected, "{address}");
    }

    #[test]
    fn what_is_not_public_is_refused_however_it_is_written() {
        let none = Allowed::default();
        for (address, what) in [
            ("0.0.0.0", Some("of this network")),
            ("10.1.2.3", Some("private")),
            ("100.64.0.1", Some("of a provider's own network")),
            ("127.0.0.1", Some("of this machine")),
            ("127.255.255.254", Some("of this machine")),
            ("169.254.169.254", Some("link-local")),
            ("172.16.0.1", Some("private")),
            ("172.31.255.255", Some("private")),
            ("192.0.0.8", Some("reserved")),
            ("192.0.2.1", Some("for documentation")),
            ("192.88.99.1", Some("a relay's")),
            ("192.168.1.1", Some("private")),
            ("198.18.0.1", Some("for measurements")),
            ("198.51.100.1", Some("for documentation")),
            ("203.0.113.1", Some("for documentation")),
            ("224.0.0.1", Some("multicast")),
            ("240.0.0.1", Some("reserved")),
            ("255.255.255.255", Some("broadcast")),
            ("::", Some("unspecified")),
            ("::1", Some("of this machine")),
            ("::127.0.0.1", Some("of this machine")),
            ("::ffff:127.0.0.1", Some("of this machine")),
            ("::ffff:10.0.0.1", Some("private")),
            ("::ffff:0:10.0.0.1", Some("private")),
            ("64:ff9b::a9fe:a9fe", Some("link-local")),
            ("64:ff9b:1::1", Some("private")),
            ("2002:7f00:1::", Some("of this machine")),
            ("2002:c0a8:101::1", Some("private")),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some("of a tunnel")),
            ("2001:2::1", Some("for measurements")),
            ("2001:20::1", Some("no address but a digest")),
            ("2001:db8::1", Some("for documentation")),
            ("3fff::1", Some("for documentation")),
            ("100::1", Some("discarded")),
            ("fc00::1", Some("private")),
            ("fd12:3456::1", Some("private")),
            ("fe80::1", Some("link-local")),
            ("fec0::1", Some("private")),
            ("ff02::1", Some("multicast")),
            ("5f00::1", Some("reserved")),
            ("4000::1", Some("reserved")),
            ("1.1.1.1", None),
            ("172.32.0.1", None),
            ("100.128.0.1", None),
            ("192.0.1.1", None),
            ("2606:4700::1111", None),
            ("::ffff:1.1.1.1", None),
            ("64:ff9b::101:101", None),
            ("2002:101:101::1", None),
        ] {
            check(&none, address, what);
        }
    }

    #[test]
    fn what_the_configuration_allows_is_reached() {
        let allowed = Allowed::of(&["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        for (address, what) in [
            ("10.1.2.3", None),
            ("::ffff:10.1.2.3", None),
            ("10.2.0.1", Some("private")),
            ("fd00::1", None),
            ("fc00::1", Some("private")),
            ("127.0.0.1", Some("of this machine")),
        ] {
            check(&allowed, address, what);
        }
    }

    #[test]
    fn every_network_in_the_tables_is_one() {
        assert!(SPECIAL_V4.iter().all(|(network, _)| network.parse::<Ipv4Net>().is_ok()));
        assert!(SPECIAL_V6.iter().all(|(network, _)| network.parse::<Ipv6Net>().is_ok()));
    }
}
