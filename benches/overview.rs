//! The overview page with 30 days of rollups of 20 features on both databases, beside a static file of the same size, in one
//! run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::time::Duration;

use chrono::TimeDelta;
use crossfade::domain::author::Author;
use crossfade::domain::feature::NewFeature;
use crossfade::domain::latency::LatencyMs;
use crossfade::domain::observation::{Fallback, Observation, Operation, Outcome};
use crossfade::domain::origin::Origin;
use crossfade::domain::path::Path;
use crossfade::server::commands::catalog;
use crossfade::server::store::Batch;
use support::database::{Databases, NAMES};
use support::{Connection, Server, median, ratio, time};

const FEATURES: usize = 20;
const DAYS: i64 = 30;
const REQUESTS: u32 = 200;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let databases = Databases::start();
    let servers =
        databases.fresh(directory.path()).map(|database| Server::on(&database, directory.path(), directory.path()));
    println!("{FEATURES} features, {DAYS} days of minutes");
    let [sqlite, postgres] = [0, 1].map(|database| {
        let server = &servers[database];
        fill(server);
        let mut connection = Connection::open(server.address);
        let (status, page) = connection.exchange(&server.get("/"));
        assert_eq!(status, 200);
        std::fs::write(directory.path().join("page.html"), &page).unwrap();
        println!("\n{}; the page has {} bytes", NAMES[database], page.len());
        let file = measured(server, &mut connection, "/page.html");
        let overview = measured(server, &mut connection, "/");
        let feature = measured(server, &mut connection, "/features/f0?range=30d");
        println!("static file of that size  {file:>10.2?}");
        println!("overview page             {overview:>10.2?}  {:>6.1} times the file", ratio(overview, file));
        println!("feature page over 30 days {feature:>10.2?}  {:>6.1} times the file", ratio(feature, file));
        [overview, feature]
    });
    println!("\n{} / {}", NAMES[1], NAMES[0]);
    println!("overview page             {:>10.2}", ratio(postgres[0], sqlite[0]));
    println!("feature page over 30 days {:>10.2}", ratio(postgres[1], sqlite[1]));
    servers.into_iter().for_each(Server::stop);
}

fn measured(server: &Server, connection: &mut Connection, path: &str) -> Duration {
    let request = server.get(path);
    let time = |_| {
        let (duration, (status, _)) = time(|| connection.exchange(&request));
        assert_eq!(status, 200, "{path}");
        duration
    };
    median((0..REQUESTS).map(time).collect())
}

/// One observation a minute and path of every feature: as many rollups as any number of observations would leave.
fn fill(server: &Server) {
    let state = &server.application.state;
    server.runtime.block_on(async {
        for index in 0..FEATURES {
            let feature = NewFeature::parse("file-management", &format!("f{index}"), "").unwrap();
            catalog::create_feature(state, feature, &Author::system()).await.unwrap();
        }
        let features: Vec<_> =
            state.store.features().await.unwrap().into_iter().filter(|it| it.key.as_str().starts_with('f')).collect();
        let now = server.now();
        let operation = Operation::parse("upload").unwrap();
        for day in 0..DAYS {
            let mut batch = Batch::default();
            for minute in 0..1_440 {
                for feature in &features {
                    for path in Path::ALL {
                        let latency = 100.0 + ((minute * 37 + feature.id.0 * 11) % 400) as f64;
                        batch.folded.observe(&Observation {
                            at: now - TimeDelta::minutes(day * 1_440 + minute),
                            feature: feature.id,
                            operation: operation.clone(),
                            path,
                            outcome: if minute % 97 == 0 { Outcome::Error } else { Outcome::Ok },
                            latency: LatencyMs::new(latency).unwrap(),
                            unit: None,
                            fallback: Fallback::No,
                            error_kind: None,
                            origin: Origin::Caller,
                        });
                        batch.folded_count += 1;
                    }
                }
            }
            state.store.ingest(&[batch], now).await.unwrap();
        }
    });
}
