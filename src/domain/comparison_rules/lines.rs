//! The rules as lines, for people: `ignore $.files[].etag`, `tolerance $.score 1 %`. Programs send the document.

use std::fmt::Write as _;

use super::document::{fault_of, too_many};
use super::{ComparisonRules, MAX_RULES, Tolerance, ToleranceRule};
use crate::domain::field_error::FieldError;
use crate::domain::field_pattern::FieldPattern;

/// Where the faults of a line are noted: the field of the form.
const POINTER: &str = "/rules";

pub(super) fn parse(text: &str) -> Result<ComparisonRules, Vec<FieldError>> {
    let mut rules = ComparisonRules::default();
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Err(fault) = add(line.trim(), &mut rules) {
            errors.push(FieldError::new(POINTER, format!("line {}: {fault}", index + 1)));
        }
    }
    if rules.len() > MAX_RULES {
        errors.push(FieldError::new(POINTER, too_many()));
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

pub(super) fn write(rules: &ComparisonRules) -> String {
    let mut text = String::new();
    let mut line = |word: &str, field: &FieldPattern, by: &str| {
        let _ = writeln!(text, "{word} {field}{by}");
    };
    for field in &rules.ignore {
        line("ignore", field, "");
    }
    for rule in &rules.tolerance {
        let by = match rule.by {
            Tolerance::Absolute(by) => format!(" {by}"),
            Tolerance::Relative(by) => format!(" {} %", percent(by)),
            Tolerance::Milliseconds(by) => format!(" {by} ms"),
        };
        line("tolerance", &rule.field, &by);
    }
    for field in &rules.unordered {
        line("unordered", field, "");
    }
    for field in &rules.redact {
        line("redact", field, "");
    }
    text
}

/// A share in per cent as short as it can be written and still be read as the same share.
fn percent(share: f64) -> f64 {
    let rounded = (share * 1e11).round() / 1e9;
    #[expect(clippy::float_cmp, reason = "whether the shorter number is read as the very same share")]
    let is_same = rounded / 100.0 == share;
    if is_same { rounded } else { share * 100.0 }
}

fn add(line: &str, rules: &mut ComparisonRules) -> Result<(), String> {
    if line.is_empty() {
        return Ok(());
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let (field, by) = split_field(rest.trim());
    let parsed = || FieldPattern::parse(field).map_err(|error| format!("the field {error}"));
    let list = match word {
        "ignore" => &mut rules.ignore,
        "unordered" => &mut rules.unordered,
        "redact" => &mut rules.redact,
        "tolerance" => {
            rules.tolerance.push(ToleranceRule { field: parsed()?, by: tolerance(by)? });
            return Ok(());
        }
        _ => return Err("must begin with ignore, tolerance, unordered or redact".to_owned()),
    };
    if !by.is_empty() {
        return Err(format!("has {by:?} after the field, where nothing is expected"));
    }
    list.push(parsed()?);
    Ok(())
}

/// The field, which ends at the first space outside quotation marks, and what comes after.
fn split_field(text: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (offset, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if char.is_whitespace() && !quoted => return (&text[..offset], text[offset..].trim()),
            _ => {}
        }
    }
    (text, "")
}

fn tolerance(text: &str) -> Result<Tolerance, String> {
    let number = |text: &str| text.trim().parse::<f64>().unwrap_or(f64::NAN);
    let by = if let Some(percent) = text.strip_suffix('%') {
        Tolerance::Relative(number(percent) / 100.0)
    } else if let Some(milliseconds) = text.strip_suffix("ms") {
        Tolerance::Milliseconds(number(milliseconds))
    } else {
        Tolerance::Absolute(number(text))
    };
    let examples = "write by how much after the field: 0.5, or 1 %, or 250 ms";
    match fault_of(by) {
        Some(_) if text.is_empty() => Err(examples.to_owned()),
        Some(fault) => Err(format!("{text:?} {fault}; {examples}")),
        None => Ok(by),
    }
}
