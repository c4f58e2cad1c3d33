//! What fills views: store → domain → views. Reads only.

pub mod alerts;
pub mod audit;
pub mod catalog;
pub mod comparison_rules;
pub mod consistency;
pub mod discrepancies;
pub mod driver;
pub mod evidence;
pub mod feature;
pub mod files;
pub mod gate;
pub mod hand_over;
pub mod metrics;
pub mod notifications;
pub mod overview;
pub mod policy;
pub mod queue;
pub mod rollbacks;
pub mod runbook;
pub mod schema;
pub mod status;
pub mod system;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::store::{RollupQuery, Span, Store, StoreError};
use crate::domain::feature::FeatureId;
use crate::domain::observed::{OBSERVED_WINDOW, Served};
use crate::domain::path::Path;
use crate::domain::rollup::Minute;

/// What each feature was served in the last five minutes: the present minute and the four before it.
pub(crate) async fn served(
    store: &dyn Store,
    feature: Option<FeatureId>,
    now: DateTime<Utc>,
) -> Result<HashMap<FeatureId, Served>, StoreError> {
    let Minute(present) = Minute::of(now);
    let span = Span::Minutes { from: Minute(present + 1 - OBSERVED_WINDOW.num_minutes()), to: Minute(present + 1) };
    let mut served: HashMap<FeatureId, Served> = HashMap::new();
    for (key, rollup) in store.observations(&RollupQuery { span, feature, operation: None }).await? {
        let feature = served.entry(key.feature).or_default();
        match key.path {
            Path::Legacy => feature.legacy += rollup.served(),
            Path::Candidate => feature.candidate += rollup.served(),
        }
    }
    Ok(served)
}

/// When the newest data of each feature was made, from whatever source.
pub(crate) async fn last_data(store: &dyn Store) -> Result<HashMap<FeatureId, DateTime<Utc>>, StoreError> {
    let mut newest: HashMap<FeatureId, DateTime<Utc>> = HashMap::new();
    for (feature, _, at) in store.last_seen().await? {
        let last = newest.entry(feature).or_insert(at);
        *last = at.max(*last);
    }
    Ok(newest)
}
