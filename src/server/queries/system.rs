//! How the program and its machine do: what was measured last, and what is counted in a moment.

use crate::domain::retention::SETTLED;
use crate::server::ingest::QUEUE_BATCHES;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::system::{GroupRow, SystemView};

/// What `/system` shows.
pub async fn load(state: &AppState) -> Result<SystemView, StoreError> {
    let (measured, pool) = (state.system.last(), state.store.pool_status());
    let files = state.store.store_files().await?;
    let file_tasks = state.store.queue_length().await?.tasks;
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
        name: size.group.to_owned(),
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
    })
}
