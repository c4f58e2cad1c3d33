//! Numbers and times as people read them. The same on server and browser, so nothing here asks for a locale or a zone.

use chrono::{DateTime, TimeDelta, Utc};

use super::chart::ChartKind;
use crate::domain::data_state::DataState;

/// What stands where there is no number.
pub const NO_DATA: &str = "no data";

/// A count with thousands separated: `31,240`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with the word for it: `1 file`, `31,240 files`.
pub fn number_of(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", self::count(count), if count == 1 { one } else { many })
}

/// A rate (0 to 1) in per cents with the digits that matter: `0.38 %`, `12.5 %`, `0 %`.
pub fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| NO_DATA.to_owned(), |rate| percent(rate * 100.0))
}

/// Per cents with the digits that matter: `9.8 %`.
pub fn percent(percent: f64) -> String {
    let text = match percent.abs() {
        p if p == 0.0 || p >= 99.995 => format!("{percent:.0}"),
        p if p < 0.01 => "< 0.01".to_owned(),
        p if p < 10.0 => trimmed(format!("{percent:.2}")),
        _ => trimmed(format!("{percent:.1}")),
    };
    format!("{text} %")
}

/// A number of bytes with its unit: `999 B`, `1.5 KiB`, `32 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 1_023.95 {
            break;
        }
        value /= 1_024.0;
        unit = next;
    }
    format!("{} {unit}", if value < 100.0 { trimmed(format!("{value:.1}")) } else { format!("{value:.0}") })
}

/// A latency in milliseconds with its unit: `0.85 ms`, `928 ms`, `2.35 s`, `4.1 min`.
pub fn latency(ms: Option<f64>) -> String {
    let Some(ms) = ms else { return NO_DATA.to_owned() };
    match ms {
        ms if ms < 0.001 => format!("{:.0} ns", ms * 1e6),
        ms if ms < 1.0 => format!("{} µs", significant(ms * 1_000.0)),
        ms if ms < 999.5 => format!("{} ms", significant(ms)),
        ms if ms < 120_000.0 => format!("{} s", significant(ms / 1_000.0)),
        ms => format!("{} min", significant(ms / 60_000.0)),
    }
}

/// A value of a chart as its table shows it; see [`super::chart::values`] for its unit.
pub fn chart_value(kind: ChartKind, value: Option<f64>) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts that were turned to floats")]
    match kind {
        ChartKind::Requests | ChartKind::Comparisons => {
            value.map_or_else(|| NO_DATA.to_owned(), |value| count(value as u64))
        }
        ChartKind::ErrorRate => rate(value),
        ChartKind::LatencyP50 | ChartKind::LatencyP95 | ChartKind::LatencyP99 => latency(value),
        ChartKind::Rollout => value.map_or_else(|| NO_DATA.to_owned(), percent),
    }
}

/// How long ago `then` was: `4 s ago`, `31 h ago`; `just now` within a second or when it lies ahead.
pub fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let passed = now - then;
    if passed < TimeDelta::seconds(1) { "just now".to_owned() } else { format!("{} ago", duration(passed)) }
}

/// A length of time in its largest sensible unit: `4 s`, `12 min`, `31 h`, `9 d`.
pub fn duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A length of time exactly, to the second, in its two largest units: `45 s`, `1 min 30 s`, `2 h 5 min`.
pub fn length(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let (large, small) = match seconds {
        ..60 => return format!("{seconds} s"),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    if small.0 == 0 {
        format!("{} {}", large.0, large.1)
    } else {
        format!("{} {} {} {}", large.0, large.1, small.0, small.1)
    }
}

/// What is known of a feature's data, in a word and what there is to add: `no data`, `stale` and `last data 31 h ago`,
/// `data 4 s ago`.
pub fn data_state(state: DataState, now: DateTime<Utc>) -> (String, Option<String>) {
    match state {
        DataState::NoData => (NO_DATA.to_owned(), None),
        DataState::Stale { last_at } => ("stale".to_owned(), Some(format!("last data {}", ago(last_at, now)))),
        DataState::Fresh { last_at } => (format!("data {}", ago(last_at, now)), None),
    }
}

/// A moment to the minute: `2026-01-05 10:00 UTC`.
pub fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment to the second: `2026-01-05 10:00:12 UTC`.
pub fn second(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Three significant digits, no trailing zeros after the point.
fn significant(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => trimmed(format!("{v:.1}")),
        v => trimmed(format!("{v:.2}")),
    }
}

fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_the_largest_unit_that_they_fill() {
        for (given, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (102_400, "100 KiB"),
            (1_048_575, "1 MiB"),
            (32 << 20, "32 MiB"),
            (1 << 30, "1 GiB"),
            (5_000 << 40, "5000 TiB"),
        ] {
            assert_eq!(bytes(given), expected, "{given}");
        }
        assert_eq!([number_of(1, "file", "files"), number_of(1_000, "file", "files")], ["1 file", "1,000 files"]);
    }

    #[test]
    fn counts_have_their_thousands_separated() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (31_240, "31,240"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn rates_show_the_digits_that_matter_and_never_turn_absence_into_zero() {
        for (number, expected) in [
            (None, "no data"),
            (Some(0.0), "0 %"),
            (Some(0.000_05), "< 0.01 %"),
            (Some(0.0038), "0.38 %"),
            (Some(0.01), "1 %"),
            (Some(0.125), "12.5 %"),
            (Some(1.0), "100 %"),
        ] {
            assert_eq!(rate(number), expected);
        }
    }

    #[test]
    fn latencies_have_three_digits_and_a_fitting_unit() {
        for (ms, expected) in [
            (None, "no data"),
            (Some(0.000_5), "500 ns"),
            (Some(0.25), "250 µs"),
            (Some(0.85), "850 µs"),
            (Some(928.055), "928 ms"),
            (Some(999.9), "1 s"),
            (Some(2_348.2), "2.35 s"),
            (Some(364_923.9), "6.08 min"),
        ] {
            assert_eq!(latency(ms), expected);
        }
    }

    #[test]
    fn absence_staleness_and_freshness_have_their_own_words() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (last_seconds_ago, word, detail) in [
            (None, "no data", None),
            (Some(31 * 3_600), "stale", Some("last data 31 h ago")),
            (Some(4), "data 4 s ago", None),
        ] {
            let last_at = last_seconds_ago.map(|seconds| now - TimeDelta::seconds(seconds));
            let (told, more) = data_state(DataState::of(last_at, now), now);
            assert_eq!((told.as_str(), more.as_deref()), (word, detail));
        }
    }

    #[test]
    fn lengths_of_time_are_exact() {
        for (seconds, expected) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (90, "1 min 30 s"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(length(TimeDelta::seconds(seconds)), expected);
        }
    }

    #[test]
    fn ages_are_in_their_largest_sensible_unit() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (seconds, expected) in [
            (0, "just now"),
            (-60, "just now"),
            (4, "4 s ago"),
            (600, "10 min ago"),
            (31 * 3_600, "31 h ago"),
            (9 * 86_400, "9 d ago"),
        ] {
            assert_eq!(ago(now - TimeDelta::seconds(seconds), now), expected);
        }
    }
}
