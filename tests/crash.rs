//! `kill -9` at random moments: whatever was acknowledged is counted exactly once after every restart, and no batch is
//! ever counted in part.
//!
//! Clients send batches to the real program while it is killed and started again. Every batch has an operation of its
//! own, so that how often each was counted can be read. `CROSSFADE_CRASH_SEED` repeats the moments of a run.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "support/random.rs"]
mod random;
#[path = "support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{RollupQuery, Span, Store as _};
use random::Random;
use serde_json::{Value, json};
use support::{Server, serve, token};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often the server is killed while it serves.
const KILLS: usize = 50;

/// How often it is killed while it starts, at random between those.
const KILLS_AT_START: usize = 10;

const CLIENTS: u64 = 6;

impl Random {
    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

/// How a client makes sure that a batch is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It repeats it with its `Idempotency-Key` until it is acknowledged.
    Keyed,
    /// It repeats it, every item with its id, until it is acknowledged.
    Identified,
    /// It does not: once sent, it is counted or not.
    Bare,
}

/// What a client knows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Acknowledged,
    /// Answered that it was not counted.
    Refused,
    /// Not answered.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    items: u64,
    manner: Manner,
    fate: Fate,
}

/// Every batch by its operation.
type Ledger = Arc<Mutex<HashMap<String, Sent>>>;

/// The body of a batch, and the path that it goes to.
fn batch(operation: &str, items: u64, manner: Manner, random: &mut Random) -> (&'static str, String) {
    let is_comparison = random.below(4) == 0;
    let item = |index: u64| {
        let id = (manner == Manner::Identified).then(|| format!("{operation}-{index}"));
        let mut item = json!({"feature": "kimi", "operation": operation, "id": id});
        let more = if is_comparison {
            json!({"verdict": "mismatch", "differences": [{"field": "$.size", "kind": "value"}]})
        } else {
            json!({
                "path": if index % 3 == 0 { "candidate" } else { "legacy" }, "latency_ms": index,
                "outcome": if index % 5 == 0 { "error" } else { "ok" }, "unit": operation, "error_kind": "timeout",
            })
        };
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let body: Value = (0..items).map(item).collect();
    (if is_comparison { "/api/v1/comparisons" } else { "/api/v1/observations" }, body.to_string())
}

/// Sends a batch once.
async fn post(http: &reqwest::Client, url: String, token: &str, key: Option<&str>, body: String, items: u64) -> Fate {
    let mut request = http.post(url).bearer_auth(token).body(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let Ok(answer) = request.send().await else { return Fate::Unknown };
    match answer.status().as_u16() {
        202 => {
            // An answer that is cut off after its head is no acknowledgement that a client could rely on.
            let Ok(answer) = answer.json::<Value>().await else { return Fate::Unknown };
            let [accepted, duplicates] = ["accepted", "duplicates"].map(|name| answer[name].as_u64().unwrap());
            assert_eq!((accepted + duplicates, &answer["rejected"]), (items, &json!([])), "{answer}");
            Fate::Acknowledged
        }
        429 | 503 => Fate::Refused,
        status => panic!("{status}: {:?}", answer.text().await),
    }
}

/// Sends batches to whatever server there is, until told to stop.
async fn client(
    number: u64,
    mut random: Random,
    ledger: Ledger,
    mut server: watch::Receiver<Option<String>>,
    stop: watch::Receiver<bool>,
) {
    crossfade::facade::remote::provide_tls();
    let http = reqwest::Client::new();
    let address = |base: &str| base.strip_prefix("http://").unwrap().parse().unwrap();
    for count in 0.. {
        if *stop.borrow() {
            return;
        }
        let operation = format!("{number}-{count}");
        let manner = [Manner::Keyed, Manner::Identified, Manner::Bare][usize::try_from(random.below(3)).unwrap()];
        let items = 1 + random.below(40);
        let (path, body) = batch(&operation, items, manner, &mut random);
        ledger.lock().unwrap().insert(operation.clone(), Sent { items, manner, fate: Fate::Unknown });
        loop {
            let base = server.wait_for(Option::is_some).await.unwrap().clone().unwrap();
            let key = (manner == Manner::Keyed).then_some(operation.as_str());
            let fate = post(&http, format!("{base}{path}"), &token(address(&base)), key, body.clone(), items).await;
            if fate == Fate::Acknowledged || manner == Manner::Bare {
                ledger.lock().unwrap().get_mut(&operation).unwrap().fate = fate;
                break;
            }
            tokio::time::sleep(random.millis(1, 5)).await;
        }
        tokio::time::sleep(random.millis(0, 8)).await;
    }
}

/// How many items of each operation are counted, in minutes as in hours.
async fn counted(data_dir: &Path) -> HashMap<String, u64> {
    let store = SqliteStore::open(&data_dir.join("crossfade.db")).await.unwrap();
    let mut counts = Vec::new();
    let ends = ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"].map(|end| end.parse().unwrap());
    for span in [Span::minutes(ends[0], ends[1]), Span::hours(ends[0], ends[1])] {
        let query = RollupQuery::all(span);
        let mut count: HashMap<String, u64> = HashMap::new();
        for (key, rollup) in store.observations(&query).await.unwrap() {
            assert_eq!(rollup.latency.count(), rollup.requests(), "{key:?}");
            *count.entry(key.operation.to_string()).or_default() += rollup.requests();
        }
        for (key, comparisons) in store.comparisons(&query).await.unwrap() {
            *count.entry(key.operation.to_string()).or_default() += comparisons.total();
        }
        counts.push(count);
    }
    store.close().await;
    let hours = counts.pop().unwrap();
    assert_eq!(counts.pop().unwrap(), hours, "minutes and hours");
    hours
}

/// Every batch is counted as often as its sender may expect.
async fn verify(data_dir: &Path, ledger: &Ledger) {
    let counted = counted(data_dir).await;
    let ledger = ledger.lock().unwrap();
    for (operation, sent) in ledger.iter() {
        let count = counted.get(operation).copied().unwrap_or_default();
        let is_right = match sent.fate {
            Fate::Acknowledged => count == sent.items,
            Fate::Refused => count == 0,
            Fate::Unknown => count == 0 || count == sent.items,
        };
        assert!(is_right, "batch {operation} is counted {count} times: {sent:?}");
    }
    assert!(counted.keys().all(|operation| ledger.contains_key(operation)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_counted_exactly_once_however_often_the_server_is_killed() {
    let seed = std::env::var("CROSSFADE_CRASH_SEED")
        .map_or_else(|_| RandomState::new().build_hasher().finish(), |seed| seed.parse().unwrap());
    println!("CROSSFADE_CRASH_SEED={seed}");
    let mut random = Random(seed);
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let ledger = Ledger::default();
    let (base, server_of_now) = watch::channel(None);
    let (stop, is_stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let random = Random(seed ^ (number + 1));
        clients.spawn(client(number, random, Arc::clone(&ledger), server_of_now.clone(), is_stopped.clone()));
    }

    for round in 0..=KILLS {
        if random.below(KILLS as u64) < KILLS_AT_START as u64 {
            let mut child = serve(&data_dir).spawn().unwrap();
            tokio::time::sleep(random.millis(0, 60)).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let mut server = Server::start(serve(&data_dir));
        verify(&data_dir, &ledger).await;
        // Made before any client asks, or the server might be killed under it.
        token(server.address);
        base.send_replace(Some(format!("http://{}", server.address)));
        if round == KILLS {
            stop.send_replace(true);
            while let Some(client) = clients.join_next().await {
                client.unwrap();
            }
            assert!(server.terminate().success());
        } else {
            tokio::time::sleep(random.millis(5, 150)).await;
            server.child.kill().unwrap();
            server.child.wait().unwrap();
            base.send_replace(None);
        }
        // A client that failed is a test that failed.
        while let Some(client) = clients.try_join_next() {
            client.unwrap();
        }
    }

    verify(&data_dir, &ledger).await;
    let ledger = ledger.lock().unwrap();
    let count = |manner, fate| ledger.values().filter(|sent| sent.manner == manner && sent.fate == fate).count();
    for manner in [Manner::Keyed, Manner::Identified] {
        assert_eq!(
            count(manner, Fate::Unknown) + count(manner, Fate::Refused),
            0,
            "{manner:?} are repeated until acknowledged"
        );
        assert!(count(manner, Fate::Acknowledged) > 10, "{manner:?}");
    }
    println!(
        "{} batches; of those sent once {} were acknowledged, {} refused and {} never answered",
        ledger.len(),
        count(Manner::Bare, Fate::Acknowledged),
        count(Manner::Bare, Fate::Refused),
        count(Manner::Bare, Fate::Unknown),
    );
}
