//! How the program and its machine do: what was measured last, and what is counted in a moment.

use super::notifications;
use crate::domain::instance::Instance;
use crate::domain::retention::SETTLED;
use crate::server::ingest::QUEUE_BATCHES;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::system::{GroupRow, InstanceRow, InstanceState, SILENT_AFTER, SystemView};

/// What `/system` shows.
pub async fn load(state: &AppState) -> Result<SystemView, StoreError> {
    let (measured, pool) = (state.system.last(), state.store.pool_status());
    let files = state.store.store_files().await?;
    let file_tasks = state.store.queue_length().await?.tasks;
    let untold = notifications::untold(state).await?;
    let cleaned = state.clean_ups.last();
    let (minutes, hours) = (state.retention.minutes.num_days(), state.retention.hours.num_days());
    let kept = |group: &str| match group {
        "minutes" => format!("{minutes} days"),
        "hours" | "examples" => format!("{hours} days"),
        "ids" => format!("{minutes} days; batch keys a day, cumulative series two"),
        "notifications" | "checks of files" => format!("{} days once settled", SETTLED.num_days()),
        _ => "for good".to_owned(),
    };
    let (measured_at, sizes) = cleaned.sizes.map_or((None, Vec::new()), |(at, sizes)| (Some(at), sizes));
    let groups = sizes.into_iter().map(|size| GroupRow {
        name: in_words(size.group).to_owned(),
        kept: kept(size.group),
        rows: size.rows,
        bytes: size.bytes,
    });
    Ok(SystemView {
        at: state.clock.now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: state.started_at,
        cpu: measured.cpu,
        memory: measured.memory,
        disk: measured.disk.map(|disk| disk.used),
        disk_free_bytes: measured.disk.map(|disk| disk.free_bytes),
        process_bytes: measured.process.map(|process| process.resident_bytes),
        pool_in_use: pool.in_use,
        pool_size: pool.size,
        ingest_queued: state.ingest.queued(),
        ingest_places: QUEUE_BATCHES as u64,
        file_tasks,
        notifications_queued: untold.queued,
        notifications_dead: untold.dead,
        streams: state.events.places.taken() + state.events.flag_places.taken(),
        database_bytes: files.database_bytes,
        free_bytes: files.free_bytes,
        wal_bytes: files.wal_bytes,
        groups: groups.collect(),
        measured_at,
        keep_minutes_days: minutes,
        keep_hours_days: hours,
        cleaned_at: cleaned.ended_at,
        removed_rows: cleaned.rows,
        longest_step_ms: cleaned.longest_step.as_secs_f64() * 1_000.0,
        instances: instances(state).await?,
    })
}

/// What a group of tables holds.
fn in_words(group: &'static str) -> &'static str {
    match group {
        "minutes" => "figures by the minute",
        "hours" => "figures by the hour",
        "ids" => "ids, so that nothing counts twice",
        "examples" => "examples of differences",
        "history" => "history, sign-offs, alerts and audit",
        "settings" => "settings, accounts and runbooks",
        other => other,
    }
}

async fn instances(state: &AppState) -> Result<Vec<InstanceRow>, StoreError> {
    let (instances, lease) = (state.store.instances().await?, state.store.lease().await?);
    let now = state.clock.now();
    let leader = instances.iter().find(|instance| lease.holder.as_ref() == Some(&instance.id));
    let files = leader.and_then(|leader| leader.files.as_ref());
    let row = |instance: &Instance| {
        let is_silent = instance.age_of_decisions(now) > SILENT_AFTER;
        let is_apart = files.is_some_and(|files| instance.files.as_ref() != Some(files));
        let is_replaced = instances.iter().any(|other| other.takes_the_place_of(instance));
        InstanceRow {
            name: instance.name.clone(),
            version: instance.version.clone(),
            started_at: instance.started_at,
            leads: leader.is_some_and(|leader| leader.id == instance.id),
            decides_as_of: instance.decides_as_of(),
            state: match (is_replaced, is_silent, is_apart) {
                (true, ..) => InstanceState::Replaced,
                (false, true, _) => InstanceState::Silent,
                (false, false, true) => InstanceState::Apart,
                (false, false, false) => InstanceState::Fine,
            },
        }
    };
    Ok(instances.iter().map(row).collect())
}
