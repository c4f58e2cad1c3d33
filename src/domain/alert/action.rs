//! Holding a stage: its clock stands still and nobody goes on while an alert fires that says so. Not taking traffic back,
//! which is a rollback as any other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::episode::Episode;
use crate::domain::alert_notice::AlertId;
use crate::domain::effective::pace;
use crate::domain::feature::Feature;
use crate::domain::policy::AlertAction;
use crate::domain::snapshot::Snapshot;

/// What holds a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub alert: AlertId,
    /// The name of its rule.
    pub rule: String,
}

impl Hold {
    /// Why the stage clock stands still, as a half sentence.
    pub fn in_words(&self) -> String {
        format!("the alert {} holds the stage", self.rule)
    }
}

/// The feature as it is from now on, held by the oldest of `alerts` that fires and holds it, or by none; `None` when that
/// is as it was.
pub fn hold<'a>(
    snapshot: &Snapshot,
    alerts: impl IntoIterator<Item = &'a Episode>,
    now: DateTime<Utc>,
) -> Option<Feature> {
    let feature = &snapshot.feature;
    let holds =
        |alert: &&Episode| alert.is_firing() && alert.action == AlertAction::Hold && alert.subject.is_of(feature);
    let oldest = alerts.into_iter().filter(holds).min_by_key(|alert| (alert.state.fired_at(), alert.id.clone()));
    let hold = oldest
        .filter(|_| !feature.is_complete())
        .map(|alert| Hold { alert: alert.id.clone(), rule: alert.rule.clone() });
    if hold == feature.hold {
        return None;
    }
    let mut held = Feature { hold, version: feature.version + 1, ..feature.clone() };
    if let Ok(stage) = snapshot.stage() {
        held.clock = held.clock.set(pace(&snapshot.migration, &held, stage.percentage, now), now);
    }
    Some(held)
}
