//! `kill -9` in the middle of a gradual rollback, again and again: what is configured never rises, the rollback ends at
//! its target, and the audit chain holds.
//!
//! `CROSSFADE_CRASH_SEED` repeats the moments of a run.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "support/mod.rs"]
mod support;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crossfade::domain::audit::Verifier;
use crossfade::domain::feature::Feature;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::text::Actor;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{AuditOrder, AuditQuery, Change, Store as _, Write};
use serde_json::{Value, json};
use support::{Server, serve, token};

/// How often the server is killed.
const KILLS: u64 = 6;

/// How long the rollback may take in all, which has ten steps of a second each.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gradual_rollback_ends_at_its_target_however_often_the_server_is_killed() {
    let seed = std::env::var("CROSSFADE_CRASH_SEED")
        .map_or_else(|_| RandomState::new().build_hasher().finish(), |seed| seed.parse().unwrap());
    println!("CROSSFADE_CRASH_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    assert!(Server::start(serve(&data_dir)).terminate().success());
    all_the_way_up(&data_dir).await;

    crossfade::facade::remote::provide_tls();
    let http = reqwest::Client::new();
    let mut server = Server::start(serve(&data_dir));
    let body = json!({"kind": "gradual", "feature": "kimi", "target": 5, "step": 10, "interval_seconds": 1});
    let request = http.post(format!("http://{}/api/v1/rollbacks", server.address)).bearer_auth(token(server.address));
    let made = request.json(&body).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let id = made.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let mut percentages = vec![100.0];
    for kill in 1..=KILLS {
        // From a tenth of a second to two, at other moments of a step every time.
        let moment = 100 + (seed.rotate_left(u32::try_from(kill * 7).unwrap()) ^ seed) % 1_900;
        let until = Instant::now() + Duration::from_millis(moment);
        while Instant::now() < until {
            percentages.push(configured(&http, server.address).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        server = Server::start(serve(&data_dir));
    }
    loop {
        percentages.push(configured(&http, server.address).await);
        let rollback = get(&http, server.address, &format!("/api/v1/rollbacks/{id}")).await;
        if rollback["progress"] == "in_effect" {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "it does not end: {rollback}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    percentages.push(configured(&http, server.address).await);
    assert!(percentages.is_sorted_by(|earlier, later| earlier >= later), "{percentages:?}");
    assert_eq!(percentages.last(), Some(&5.0));
    assert!(server.terminate().success());

    let store = SqliteStore::open(&data_dir.join("crossfade.db")).await.unwrap();
    let mut verifier = Verifier::default();
    for row in store.audit_events(&AuditQuery::any(AuditOrder::OldestFirst, None, 10_000)).await.unwrap() {
        verifier.step(&row.body, &row.hash).unwrap();
    }
    verifier.finish(&store.audit_head().await.unwrap()).unwrap();
    // Each step goes on from where the one before had left it, whatever was killed in between.
    let (_, kimi) = store.feature(&"kimi".parse().unwrap()).await.unwrap().unwrap();
    let history = store.rollout_history(kimi.id, None, 100).await.unwrap();
    let steps: Vec<_> = history.iter().rev().filter(|change| change.rollback.is_some()).collect();
    assert!(steps.windows(2).all(|pair| pair[1].from == Some(pair[0].to) && pair[1].to < pair[0].to), "{steps:?}");
    assert_eq!(kimi.gradual, None);
    store.close().await;
}

/// `kimi` at 100 %, which nobody would wait for.
async fn all_the_way_up(data_dir: &Path) {
    let store = SqliteStore::open(&data_dir.join("crossfade.db")).await.unwrap();
    let (_, kimi) = store.feature(&"kimi".parse().unwrap()).await.unwrap().unwrap();
    let feature =
        Feature { configured: Percentage::FULL, stage: "100%".to_owned(), version: kimi.version + 1, ..kimi.clone() };
    let writes = vec![Write::Feature { feature, expected: kimi.version }];
    let change = Change { actor: Actor::system(), at: kimi.created_at, writes, audit: Vec::new() };
    store.commit(&change).await.unwrap();
    store.close().await;
}

async fn configured(http: &reqwest::Client, address: SocketAddr) -> f64 {
    let kimi = get(http, address, "/api/v1/features/kimi").await;
    let [configured, effective] = ["configured", "effective"].map(|name| kimi[name].as_f64().unwrap());
    assert!(effective <= configured, "{kimi}");
    configured
}

async fn get(http: &reqwest::Client, address: SocketAddr, path: &str) -> Value {
    let request = http.get(format!("http://{address}{path}")).bearer_auth(token(address));
    request.send().await.unwrap().json().await.unwrap()
}
