//! Numbers in the words of a reason. Not for pages, which have their own formats.

use chrono::{DateTime, SecondsFormat, Utc};

/// What is counted, as one and as many.
#[derive(Clone, Copy)]
pub struct Noun(pub &'static str, pub &'static str);

pub const ERROR: Noun = Noun("error", "errors");
pub const FALLBACK: Noun = Noun("fallback", "fallbacks");
pub const MISMATCH: Noun = Noun("mismatch", "mismatches");
pub const SHADOW_ERROR: Noun = Noun("shadow error", "shadow errors");
pub const REQUEST: Noun = Noun("request", "requests");
pub const FINDING: Noun = Noun("finding is", "findings are");
pub const COMPARISON: Noun = Noun("comparison", "comparisons");

/// `1 error`, `12,000 errors`.
pub fn count(number: u64, noun: Noun) -> String {
    format!("{} {}", thousands(number), if number == 1 { noun.0 } else { noun.1 })
}

/// `without an error`.
pub fn without(noun: Noun) -> String {
    let article = if noun.0.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("without {article} {}", noun.0)
}

/// A count with thousands separated: `12,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A fraction in per cents, to three significant digits: `0.0307 %`.
pub fn percent(fraction: f64) -> String {
    format!("{} %", number(fraction * 100.0, 3))
}

/// A limit in per cents, as it was set.
pub fn limit(fraction: f64) -> String {
    format!("{} %", number(fraction * 100.0, 9))
}

/// A change in per cents with its sign: `+2 %`, `−4.1 %`.
pub fn change(fraction: f64) -> String {
    let sign = if fraction < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(fraction.abs()))
}

/// To so many significant digits, without zeros at the end.
pub fn number(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the order of magnitude of a finite number")]
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = usize::try_from((digits - 1 - magnitude).max(0)).unwrap_or_default();
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A length of time in its largest sensible unit, rounded up: `4 s`, `12 min`, `31 h`, `9 d`.
pub fn duration(seconds: i64) -> String {
    let up = |unit: i64| seconds / unit + i64::from(seconds % unit > 0);
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", up(60)),
        7_200..172_800 => format!("{} h", up(3_600)),
        _ => format!("{} d", up(86_400)),
    }
}

/// A moment to the second.
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        for (text, expected) in [
            (percent(0.000_307), "0.0307 %"),
            (percent(0.011_018), "1.1 %"),
            (percent(0.0), "0 %"),
            (percent(1.0), "100 %"),
            (percent(12.346), "1235 %"),
            (limit(0.005), "0.5 %"),
            (limit(0.000_001), "0.0001 %"),
            (change(-0.041), "−4.1 %"),
            (change(0.02), "+2 %"),
            (count(1, ERROR), "1 error"),
            (count(0, MISMATCH), "0 mismatches"),
            (without(ERROR), "without an error"),
            (without(MISMATCH), "without a mismatch"),
            (count(1_234_567, REQUEST), "1,234,567 requests"),
            (duration(119), "119 s"),
            (duration(5_400), "90 min"),
            (duration(86_399), "24 h"),
            (duration(200_000), "3 d"),
        ] {
            assert_eq!(text, expected);
        }
    }
}
