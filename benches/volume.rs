//! The overview and the page of a feature with 10^4 observations behind them, and with 10^8, on both databases in one run.
//!
//! What a page costs is to follow the points that it shows and not the events behind them. So what is shown is held equal: the
//! same features, the same 125 minutes of the last day, the same operation and paths, and as many rows of each table. The
//! counts differ, 2 observations a row or 20,000, and so does whatever grows with them: latencies are drawn from one
//! log-normal distribution and units from as many users as there are, so that histograms and sketches are as narrow or as full
//! as that many observations leave them. They are told, since they are all that a page reads more of. Pages are asked for in
//! turn, so that both have the machine in the same state. Observations and comparisons go through the store's own ingest.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

#[path = "../tests/support/random.rs"]
mod random;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::author::Author;
use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::distinct_units::UnitTrace;
use crossfade::domain::feature::{Feature, NewFeature};
use crossfade::domain::latency::LatencyMs;
use crossfade::domain::observation::{Fallback, Observation, Operation, Outcome};
use crossfade::domain::origin::Origin;
use crossfade::domain::path::Path;
use crossfade::domain::rollup::Rollups;
use crossfade::server::commands::catalog;
use crossfade::server::store::Batch;
use random::Random;
use support::database::{Databases, NAMES};
use support::{Connection, Server, median, ratio, time};

const FEATURES: i64 = 20;
const MINUTES: i64 = 125;
/// Of a feature in a minute on a path.
const OBSERVATIONS: [u64; 2] = [2, 20_000];
/// How many observations of a feature a unit makes in a day, about.
const OBSERVATIONS_A_UNIT: u64 = 10;
const REQUESTS: u32 = 200;
const PAGES: [&str; 3] = ["/", "/features/f0", "/features/f0?range=30d"];

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let databases = Databases::start();
    let mut few_and_many = OBSERVATIONS.map(|observations| {
        let servers = databases.fresh(directory.path()).map(|it| Server::on(&it, directory.path(), directory.path()));
        // The same on both: what is folded names features by their numbers.
        let [features, others] = servers.each_ref().map(features);
        assert!(features.iter().map(|it| (it.id, &it.key)).eq(others.iter().map(|it| (it.id, &it.key))));
        let batches = batches(&features, servers[0].now(), observations);
        let all: u64 = batches.iter().map(|batch| batch.folded_count).sum();
        let widest = batches.iter().flat_map(|batch| batch.folded.by_hour().observations.into_values());
        let widest = widest.map(|rollup| rollup.latency.to_bytes().len()).max().unwrap_or_default();
        println!("{all} observations; the histogram of an hour has up to {widest} bytes");
        for server in &servers {
            let store = server.application.state.store.clone();
            let now = server.now();
            server.runtime.block_on(async { store.ingest(&batches, now).await.unwrap() });
        }
        servers
    });
    for database in [0, 1] {
        println!("\n{}", NAMES[database]);
        for page in PAGES {
            let [few, many] = in_turn(few_and_many.each_mut().map(|servers| &servers[database]), page);
            println!("  {page:<24} {few:>10.2?} {many:>10.2?}   many / few {:.2}", ratio(many, few));
        }
    }
    few_and_many.into_iter().flatten().for_each(Server::stop);
}

/// How long the page takes on each of `servers`.
fn in_turn(servers: [&Server; 2], page: &str) -> [Duration; 2] {
    let mut connections = servers.map(|server| Connection::open(server.address));
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..REQUESTS {
        for (index, connection) in connections.iter_mut().enumerate() {
            let request = servers[index].get(page);
            let (duration, (status, _)) = time(|| connection.exchange(&request));
            assert_eq!(status, 200, "{page}");
            times[index].push(duration);
        }
    }
    times.map(median)
}

/// Features besides those of the example.
fn features(server: &Server) -> Vec<Feature> {
    let state = &server.application.state;
    server.runtime.block_on(async {
        for index in 0..FEATURES {
            let feature = NewFeature::parse("file-management", &format!("f{index}"), "").unwrap();
            catalog::create_feature(state, feature, &Author::system()).await.unwrap();
        }
        let all = state.store.features().await.unwrap().into_iter();
        all.filter(|it| it.key.as_str().starts_with('f')).collect()
    })
}

/// What was seen of each feature, with so many observations of it in a minute on a path.
fn batches(features: &[Feature], now: DateTime<Utc>, observations: u64) -> Vec<Batch> {
    std::thread::scope(|scope| {
        let fold = |feature| scope.spawn(move || of(feature, now, observations));
        let folding: Vec<_> = features.iter().map(fold).collect();
        folding.into_iter().map(|feature| feature.join().unwrap()).collect()
    })
}

/// What was seen of a feature.
fn of(feature: &Feature, now: DateTime<Utc>, observations: u64) -> Batch {
    let operation = Operation::parse("upload").unwrap();
    let units = 2 * MINUTES.unsigned_abs() * observations / OBSERVATIONS_A_UNIT;
    let mut batch = Batch::default();
    let mut random = Random(feature.id.0.unsigned_abs());
    for minute in 0..MINUTES {
        let at = now - TimeDelta::minutes(minute * 1_440 / MINUTES);
        for path in Path::ALL {
            // Folded by itself first: looking a key up among few is quick.
            let mut seen = Rollups::default();
            for _ in 0..observations {
                let unit = random.below(units);
                seen.observe(&Observation {
                    at,
                    feature: feature.id,
                    operation: operation.clone(),
                    path,
                    outcome: if random.below(250) == 0 { Outcome::Error } else { Outcome::Ok },
                    latency: LatencyMs::new(latency_ms(&mut random)).unwrap(),
                    unit: Some(UnitTrace::of_text(&unit.to_string())),
                    fallback: Fallback::No,
                    error_kind: None,
                    origin: Origin::Caller,
                });
            }
            batch.folded.merge(&seen);
            batch.folded_count += observations;
        }
        for _ in 0..(observations / 20).max(1) {
            batch.folded.compare(&Comparison {
                at,
                feature: feature.id,
                operation: operation.clone(),
                verdict: ComparisonVerdict::Match,
                differences: Vec::new(),
                second_run: None,
                examples: Vec::new(),
                origin: Origin::Caller,
            });
        }
    }
    batch
}

/// Log-normal about 300 ms, as the times of calls over a network are (Box-Muller).
fn latency_ms(random: &mut Random) -> f64 {
    let mut fraction = || random.below(1 << 53) as f64 / (1_u64 << 53) as f64;
    let (angle, distance) = (fraction(), 1.0 - fraction());
    300.0 * (0.6 * (-2.0 * distance.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()).exp()
}
