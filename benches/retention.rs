//! How long a batch waits for its commit while a big clean-up goes on, beside how long without one.
//!
//! A database with forty days of minutes and an id for each observation is cleaned up to its last day, while one batch after
//! another is sent. Told are the longest step of the clean-up, which no batch may wait for longer than 50 ms, and the
//! longest commit with and without it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::retention::{LONGEST_STEP, Retention};
use crossfade::server::ingest::items::{self, Format};
use crossfade::server::ingest::wire::{Context, ObservationWire};
use crossfade::server::state::AppState;
use crossfade::server::workers::retention::{Progress, tick};
use support::Server;

const DAYS: i64 = 40;
const A_MINUTE: i64 = 8;
const COMMITS: usize = 200;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), directory.path());
    let mut state = server.application.state.clone();
    state.set(|parts| parts.retention = Retention { minutes: TimeDelta::days(60), hours: TimeDelta::days(365) });
    server.runtime.block_on(async {
        let now = state.clock.now();
        for day in (0..DAYS).rev() {
            take_in(&state, now - TimeDelta::days(day + 1), 1_440).await;
        }
        let mut quiet = Duration::ZERO;
        for _ in 0..COMMITS {
            quiet = quiet.max(take_in(&state, now, 1).await);
        }
        state.set(|parts| parts.retention.minutes = TimeDelta::days(1));
        let is_done = AtomicBool::new(false);
        let busy = async {
            let mut longest = Duration::ZERO;
            while !is_done.load(Ordering::Relaxed) {
                longest = longest.max(take_in(&state, now, 1).await);
            }
            longest
        };
        let cleaned = async {
            let began = Instant::now();
            tick(&state, &mut Progress::default()).await.unwrap();
            is_done.store(true, Ordering::Relaxed);
            began.elapsed()
        };
        let (busy, took) = tokio::join!(busy, cleaned);
        let done = state.clean_ups.last();
        println!("{} rows removed in {:.1} s", done.rows, took.as_secs_f64());
        println!("  longest step        {:>7.1} ms (at most {})", ms(done.longest_step), LONGEST_STEP.as_millis());
        println!("  longest commit      {:>7.1} ms", ms(busy));
        println!("  longest without it  {:>7.1} ms", ms(quiet));
        println!("  with / without      {:>7.2}", ms(busy) / ms(quiet));
    });
    drop(state);
    server.stop();
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Takes in some observations a minute from `from` on, each with an id, and gives how long that took.
async fn take_in(state: &AppState, from: DateTime<Utc>, minutes: i64) -> Duration {
    let features = state.store.features().await.unwrap();
    let mut longest = Duration::ZERO;
    for hour in 0..(minutes + 59) / 60 {
        let lines: String = (hour * 60..minutes.min((hour + 1) * 60))
            .flat_map(|minute| (0..A_MINUTE).map(move |n| line(from + TimeDelta::minutes(minute), n)))
            .collect();
        let context = Context::new(&features, state.clock.now()).keeping(state.retention);
        let batch =
            items::batch(items::parse::<ObservationWire<'_>>(lines.as_bytes(), Format::Ndjson).unwrap(), &context);
        assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
        let began = Instant::now();
        state.ingest.submit(batch, state.ingest.budget.share()).await.unwrap();
        longest = longest.max(began.elapsed());
    }
    longest
}

fn line(at: DateTime<Utc>, n: i64) -> String {
    let (operation, path) =
        (["upload", "download"][usize::from(n % 2 == 0)], ["legacy", "candidate"][usize::from(n % 4 < 2)]);
    let (at_text, id) = (at.to_rfc3339(), uuid(at, n));
    format!(
        "{{\"id\":\"{id}\",\"at\":\"{at_text}\",\"feature\":\"kimi\",\"operation\":\"{operation}\",\"path\":\"{path}\",\"outcome\":\"ok\",\"latency_ms\":{n}}}\n"
    )
}

/// An id that is in no order, as most are, and new each time.
fn uuid(at: DateTime<Utc>, n: i64) -> String {
    static NUMBER: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mixed = (at.timestamp() ^ n ^ number.wrapping_mul(0x5851_f42d_4c95_7f2d)).wrapping_mul(0x1405_7b7e_f767_814f);
    format!("{mixed:016x}{number}")
}
