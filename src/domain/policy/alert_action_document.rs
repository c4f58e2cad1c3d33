//! What an alert rule has done without anyone, read from its JSON document.

use super::alert_rule::{AlertAction, AlertKind, AutoRollback};
use super::criterion_document::choice;
use crate::domain::field_error::FieldError;
use crate::domain::fields::Fields;
use crate::domain::gradual::Pace;
use crate::domain::percentage::Percentage;

/// Reads what a rule of this kind has done; notes its faults.
pub(super) fn action(fields: &mut Fields<'_, '_>, kind: AlertKind) -> Option<AlertAction> {
    let word = match fields.get("action") {
        None => "notify",
        Some(_) => choice(fields, "action", &["notify", "hold", "roll_back"].map(|word| (word, word)))?,
    };
    match word {
        "hold" => Some(AlertAction::Hold),
        "roll_back" => {
            // The machine is not of one feature, so no feature can be rolled back for it.
            let known: &[&str] =
                if kind == AlertKind::System { &["emergency"] } else { &["feature", "gradual", "emergency"] };
            let known: Vec<(&str, &str)> = known.iter().map(|word| (*word, *word)).collect();
            match choice(fields, "rollback", &known)? {
                "feature" => Some(AlertAction::RollBack(AutoRollback::Feature)),
                "emergency" => Some(AlertAction::RollBack(AutoRollback::Emergency)),
                _ => gradual(fields).map(AlertAction::RollBack),
            }
        }
        _ => Some(AlertAction::Notify),
    }
}

fn gradual(fields: &mut Fields<'_, '_>) -> Option<AutoRollback> {
    let target = match fields.get("target") {
        None => Some(Percentage::ZERO),
        Some(_) => fields.number("target").and_then(|percent| {
            let parsed = Percentage::from_percent(percent);
            fields.parsed("target", parsed)
        }),
    };
    let step = match fields.get("step") {
        None => None,
        Some(_) => Some(fields.number("step")?),
    };
    // What is no whole number is told as one that is out of range.
    let interval = fields.get("interval_seconds").map(|value| value.as_i64().unwrap_or(-1));
    match Pace::parse(step, interval) {
        Ok(pace) => Some(AutoRollback::Gradual { target: target?, pace }),
        Err(found) => {
            for FieldError { pointer, detail } in found {
                fields.fault(pointer.trim_start_matches('/'), detail);
            }
            None
        }
    }
}
