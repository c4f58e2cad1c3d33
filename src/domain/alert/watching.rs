//! Whether there is anything to watch of a feature, and since when its candidate is to serve.

use chrono::{DateTime, Utc};

use crate::domain::effective::{effective, shadow};
use crate::domain::percentage::Percentage;
use crate::domain::policy::AlertKind;
use crate::domain::snapshot::Snapshot;

/// Why there is nothing to watch by a rule of this kind, in words; `None` while there is.
pub fn nothing_to_watch(kind: AlertKind, snapshot: &Snapshot, now: DateTime<Utc>) -> Option<String> {
    let Snapshot { migration, feature, .. } = snapshot;
    if feature.is_complete() {
        return Some("the feature is complete".to_owned());
    }
    if let Err(refusal) = snapshot.stage() {
        return Some(refusal.to_string());
    }
    if kind.is_of_candidate() {
        let effective = effective(migration, feature, now);
        if effective.percentage > Percentage::ZERO {
            return None;
        }
        let words: Vec<&str> = effective.blocked_by.iter().map(|block| block.in_words()).collect();
        return Some(if words.is_empty() { "the feature is at 0 %".to_owned() } else { words.join(" and ") });
    }
    (kind != AlertKind::System && !shadow(migration, feature).is_on()).then(|| "shadow is off".to_owned())
}

/// Since when the candidate is to serve, as far as it is known: the entry into the stage, or the last time that the stage
/// came into effect.
pub fn serving_since(snapshot: &Snapshot) -> DateTime<Utc> {
    let (_, running_since) = snapshot.feature.clock.to_parts();
    running_since.map_or(snapshot.feature.entered_at, |since| since.max(snapshot.feature.entered_at))
}
