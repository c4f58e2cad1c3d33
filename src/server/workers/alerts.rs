//! Watches every feature by the rules of its policy, and the machine: alerts begin, fire, act and end here.
//!
//! All it knows is in the store, so a restart neither fires nor tells anything again. What is said to whom is not its
//! business: it yields notices, and writes what is to be written of them with the change that they are of.

mod audit;
mod round;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::round::Round;
use crate::domain::alert_notice::AlertNotice;
use crate::domain::migration::MigrationId;
use crate::domain::snapshot::Snapshot;
use crate::server::queries::alerts::looks;
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{StoreError, Write};

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(2);

/// Looks every two seconds until `stop`, while this instance leads.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while state.leadership.turn(&mut ticks, &stop).await {
        // What is cut off was written whole or not at all.
        if let Some(Err(error)) = state.leadership.hold_briefly(&stop, Box::pin(tick(&state))).await {
            tracing::error!(error = &error as &dyn std::error::Error, "alerts could not be looked at");
        }
    }
}

/// Looks once at everything; what people are told of it. A feature that cannot be looked at keeps no other waiting.
pub async fn tick(state: &AppState) -> Result<Vec<AlertNotice>, StoreError> {
    let now = state.clock.now();
    let store = state.store.as_ref();
    let snapshots = snapshots(state).await?;
    let newest = evidence::newest(store).await?;
    let instances = store.instances().await?;
    let mut round = Round::begin(state, snapshots, now).await?;
    for index in 0..round.snapshots.len() {
        let snapshot = round.snapshots[index].clone();
        let seen = newest.get(&snapshot.feature.id).copied().unwrap_or_default();
        let feature = &snapshot.feature.key;
        match looks::of_feature(state, &snapshot, seen, now).await {
            Ok(looks) => round.draw(Some(snapshot.feature.id), snapshot.migration.id, looks).await,
            Err(error) => {
                tracing::error!(%feature, error = &error as &dyn std::error::Error, "a feature could not be watched");
            }
        }
    }
    let mut migrations: Vec<MigrationId> = Vec::new();
    for snapshot in round.snapshots.clone() {
        let migration = snapshot.migration.id;
        if !migrations.contains(&migration) {
            migrations.push(migration);
            let looks = looks::of_machine(state, &snapshot, &instances, now);
            round.draw(None, migration, looks).await;
        }
    }
    Ok(round.end().await)
}

/// What is written with the change that a notice is of, so that it is told exactly once whatever happens.
pub(super) fn writes_for(notice: &AlertNotice) -> Vec<Write> {
    vec![Write::Notice(Box::new(notice.clone()))]
}

/// All features. One that cannot be read, or whose policy cannot, is left out.
async fn snapshots(state: &AppState) -> Result<Vec<Snapshot>, StoreError> {
    match state.store.snapshots().await {
        Err(StoreError::Corrupt { table, column, detail }) => {
            tracing::error!(table, column, detail, "not every feature can be watched");
        }
        read => return read,
    }
    let mut readable = Vec::new();
    for feature in state.store.features().await? {
        if let Ok(Some(snapshot)) = state.store.snapshot(&feature.key).await {
            readable.push(snapshot);
        }
    }
    Ok(readable)
}
