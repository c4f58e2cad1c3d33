//! What every rule reads now: for the worker, which draws the consequences, and for the page, which shows it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::alert::{
    Seen, Subject, nothing_to_watch, read_decisions_age, read_load, read_measured, read_no_traffic, serving_since,
};
use crate::domain::evidence::{Evidence, LastSeen};
use crate::domain::instance::Instance;
use crate::domain::policy::{AlertRule, Watch};
use crate::domain::snapshot::Snapshot;
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::StoreError;

/// One rule, looked at.
#[derive(Clone, Debug)]
pub struct Look {
    pub rule: AlertRule,
    /// The version of the policy that the rule is from.
    pub policy_version: i64,
    pub subject: Subject,
    pub seen: Seen,
    /// What was counted in the rule's window.
    pub evidence: Option<Evidence>,
}

/// Looks at a feature by all rules that watch it.
pub async fn of_feature(
    state: &AppState,
    snapshot: &Snapshot,
    newest: LastSeen,
    now: DateTime<Utc>,
) -> Result<Vec<Look>, StoreError> {
    let Snapshot { migration, feature, policy } = snapshot;
    let subject = Subject { migration: migration.id, feature: Some(feature.id), entry: Some(feature.entry) };
    // Rules with the same window share what is in it.
    let mut windows: HashMap<u32, Option<Evidence>> = HashMap::new();
    let mut looks = Vec::new();
    for rule in policy.policy.alert_rules().iter().filter(|rule| rule.is_of(&feature.key)) {
        let mut look = Look {
            rule: rule.clone(),
            policy_version: policy.version,
            subject,
            seen: Seen::Nothing(String::new()),
            evidence: None,
        };
        let nothing = nothing_to_watch(rule.kind(), snapshot, now);
        look.seen = match (&rule.watch, nothing) {
            (_, Some(why)) => Seen::Nothing(why),
            (Watch::System { .. } | Watch::DecisionsAge { .. }, None) => continue,
            (Watch::NoTraffic { hours }, None) => {
                Seen::Reading(read_no_traffic(*hours, serving_since(snapshot), newest.candidate, now))
            }
            (Watch::Measured { criterion, window_minutes }, None) => {
                if !windows.contains_key(window_minutes) {
                    let store = state.store.as_ref();
                    let counted = evidence::window(store, snapshot, *window_minutes, newest, now).await?;
                    windows.insert(*window_minutes, counted);
                }
                let Some(counted) = windows.get(window_minutes).cloned().flatten() else { continue };
                let reading = read_measured(criterion, *window_minutes, &counted);
                look.evidence = Some(counted);
                Seen::Reading(reading)
            }
        };
        looks.push(look);
    }
    Ok(looks)
}

/// Looks at the machine, and at the instances of the program, by all rules of the migration that `snapshot` is of.
pub fn of_machine(state: &AppState, snapshot: &Snapshot, instances: &[Instance], now: DateTime<Utc>) -> Vec<Look> {
    let subject = Subject { migration: snapshot.migration.id, feature: None, entry: None };
    let load = state.system.last().shares();
    let rules = snapshot.policy.policy.alert_rules().iter();
    rules
        .filter_map(|rule| {
            let reading = match rule.watch {
                Watch::System { limit } => read_load(limit, &load),
                Watch::DecisionsAge { seconds } => read_decisions_age(seconds, instances, now),
                Watch::Measured { .. } | Watch::NoTraffic { .. } => return None,
            };
            let (policy_version, seen) = (snapshot.policy.version, Seen::Reading(reading));
            Some(Look { rule: rule.clone(), policy_version, subject, seen, evidence: None })
        })
        .collect()
}
