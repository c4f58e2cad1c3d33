//! What a call costs: the implementation alone, through the facade without shadow, and through the crate `scientisto`,
//! which does less; in one run.
//!
//! The implementation hashes 4 KiB, which takes some microseconds, as little as anything takes that is worth moving; the
//! cost of a call itself is that of an implementation that does nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossfade::domain::decision::{Decision, Reason};
use crossfade::domain::feature::Switch;
use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::observation::Operation as Name;
use crossfade::domain::path::Path;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::unit::Unit;
use crossfade::facade::batch::{Batch, BatchReporter, BatchSettings, SendError, Sent, Transport};
use crossfade::facade::{Closures, Facade, Fixed, Reporter, Settings, Unreported};
use scientisto::AsyncExperiment;
use sha2::{Digest as _, Sha256};

const CALLS: u32 = 20_000;
const ROUNDS: usize = 15;

/// Takes batches and throws them away, so that gathering and writing them is measured and not the network.
struct Nowhere;

impl Transport for Nowhere {
    async fn send(&self, batch: &Batch) -> Result<Sent, SendError> {
        black_box(batch.body.len());
        Ok(Sent::default())
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for (what, bytes) in [("nothing", 0), ("hashing 4 KiB", 4 << 10)] {
            measure(what, Arc::new(vec![7; bytes])).await;
        }
    });
}

async fn work(content: Arc<Vec<u8>>) -> Result<u8, String> {
    if content.is_empty() {
        return Ok(0);
    }
    Ok(Sha256::digest(&*content)[0])
}

async fn measure(what: &str, content: Arc<Vec<u8>>) {
    let reporter = BatchReporter::start(Nowhere, BatchSettings::default());
    let (silent, reporting) = (facade(Unreported), facade(reporter.clone()));
    let operation = Arc::new(Closures::new(Name::parse("hash").unwrap(), work, work));
    let feature: FeatureKey = "kimi".parse().unwrap();
    let unit = Unit::parse("user123").unwrap();

    // In turns, so that all see the same machine.
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(work(Arc::clone(&content)).await).unwrap();
        }
        times[0].push(start.elapsed() / CALLS);

        let start = Instant::now();
        for _ in 0..CALLS {
            let request = Arc::clone(&content);
            black_box(silent.call(&operation, &feature, Some(&unit), request).await.result).unwrap();
        }
        times[1].push(start.elapsed() / CALLS);

        let start = Instant::now();
        for _ in 0..CALLS {
            let request = Arc::clone(&content);
            black_box(reporting.call(&operation, &feature, Some(&unit), request).await.result).unwrap();
        }
        times[2].push(start.elapsed() / CALLS);

        let start = Instant::now();
        for _ in 0..CALLS {
            let experiment = AsyncExperiment::new("hash")
                .control(work(Arc::clone(&content)))
                .experiment(work(Arc::clone(&content)))
                .publish(|observation: &scientisto::Observation<_, _>| {
                    black_box(observation.is_matching());
                });
            black_box(experiment.run_if(|| false).await).unwrap();
        }
        times[3].push(start.elapsed() / CALLS);
    }
    reporter.shutdown(Duration::from_secs(10)).await;

    let direct = median(&mut times[0]);
    println!("{what}: {direct:.2?} a call");
    for (name, times) in
        ["facade, unreported", "facade, reported", "scientisto, control only"].iter().zip(&mut times[1..])
    {
        let time = median(times);
        let ratio = time.as_secs_f64() / direct.as_secs_f64();
        println!("  {name:<26} {time:>9.2?}  {:>9.2?} more, {ratio:>6.2} times", time.saturating_sub(direct));
    }
}

fn facade<R: Reporter>(reporter: R) -> Facade<Fixed, R> {
    let decision = Decision {
        path: Path::Candidate,
        reason: Reason::Split,
        stage: "50%".to_owned(),
        percentage: Percentage::from_whole(50),
        bucket: None,
        shadow: None,
        fallback: Switch::On,
    };
    Facade::new(Fixed(Ok(decision)), reporter, Settings::default())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
