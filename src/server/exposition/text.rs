//! The older text format, 0.0.4, made of `OpenMetrics`: what `promtool check metrics` reads, and whoever does not ask for
//! the newer one. They differ in what a counter's family is called, and in lines that only the newer one has.

use std::collections::HashSet;

/// The media type of the newer format.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The media type of the older format.
pub const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether a header `Accept` prefers the newer format, as Prometheus does.
pub fn wants_openmetrics(accept: &str) -> bool {
    accept.split(',').any(|wanted| {
        let mut parts = wanted.split(';').map(str::trim);
        parts.next() == Some("application/openmetrics-text") && !parts.any(|part| part == "q=0" || part == "q=0.0")
    })
}

/// `openmetrics` in the older format.
pub fn plain(openmetrics: &str) -> String {
    let counters: HashSet<&str> =
        openmetrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut text = String::with_capacity(openmetrics.len());
    for line in openmetrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("EOF" | "UNIT"), ..) => continue,
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(name) => {
                text.extend(["# ", kind, " ", name, "_total ", rest]);
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counters_family_has_the_name_of_its_series_in_the_older_format() {
        let text = plain(
            "# HELP a_requests Requests of a.\n# TYPE a_requests counter\na_requests_total{b=\"# EOF\"} 1\n\
             # HELP a_seconds Time.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 2.0\n# EOF\n",
        );
        insta::assert_snapshot!(text, @r##"
        # HELP a_requests_total Requests of a.
        # TYPE a_requests_total counter
        a_requests_total{b="# EOF"} 1
        # HELP a_seconds Time.
        # TYPE a_seconds gauge
        a_seconds 2.0
        "##);
    }

    #[test]
    fn the_newer_format_is_for_those_who_ask_for_it() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("text/plain;version=0.0.4", false),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                true,
            ),
            ("text/plain, application/openmetrics-text; q=0", false),
        ] {
            assert_eq!(wants_openmetrics(accept), expected, "{accept}");
        }
    }
}
