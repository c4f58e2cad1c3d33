//! Three instances on one PostgreSQL: what is changed on one is so on the others, one of them drives a gradual rollback, and
//! neither `kill -9` of it nor a database that is away loses or doubles anything of it or of what was sent.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crossfade::domain::audit::Verifier;
use crossfade::domain::feature::Feature;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::text::Actor;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::{
    AuditOrder, AuditQuery, Change, InstanceStore as _, RollupQuery, Span, Store as _, Write,
};
use serde_json::{Value, json};
use support::{Server, serve, token};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::sleep;

/// How long may pass for what should take a moment.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long timed work may stand still when who does it is gone.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

/// How many observations are in a batch.
const ITEMS: u64 = 7;

/// Whoever asks instances.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    token: String,
}

impl Client {
    async fn post(&self, at: SocketAddr, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        let request = self.http.post(format!("http://{at}{path}")).bearer_auth(&self.token);
        request.json(body).send().await
    }

    /// The percentage that decisions for `kimi` are made by.
    async fn percentage(&self, at: SocketAddr) -> f64 {
        let question = json!({"context": {"targetingKey": "somebody"}});
        let answer = self.post(at, "/ofrep/v1/evaluate/flags/kimi", &question).await.unwrap();
        assert_eq!(answer.status(), 200, "flags are answered whatever else is");
        answer.json::<Value>().await.unwrap()["metadata"]["percentage"].as_f64().unwrap()
    }

    /// The value of a series without labels; `None` in the moment in which it is found out that the database is away.
    async fn gauge(&self, at: SocketAddr, name: &str) -> Option<f64> {
        let request = self.http.get(format!("http://{at}/metrics")).bearer_auth(&self.token);
        let text = request.send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    async fn leads(&self, at: SocketAddr) -> bool {
        self.gauge(at, "crossfade_instance_leading").await.unwrap() > 0.0
    }

    /// Sends batches with their keys, each until it is acknowledged by any of `instances`; how many were.
    async fn send_batches(self, instances: Vec<SocketAddr>, stop: watch::Receiver<bool>) -> u64 {
        let mut turn = 0;
        for batch in 0_u64.. {
            if *stop.borrow() {
                return batch;
            }
            let item =
                json!({"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 1});
            let body = Value::from(vec![item; usize::try_from(ITEMS).unwrap()]);
            loop {
                turn += 1;
                let at = instances[turn % instances.len()];
                let request = self.http.post(format!("http://{at}/api/v1/observations")).bearer_auth(&self.token);
                let sent = request.header("idempotency-key", format!("batch-{batch}")).json(&body).send().await;
                match sent.map(|answer| answer.status().as_u16()) {
                    Ok(202) => break,
                    Ok(429 | 503) | Err(_) => sleep(Duration::from_millis(20)).await,
                    Ok(status) => panic!("{status}"),
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        unreachable!("there are more batches than anyone sends")
    }
}

/// Waits until `is_so`, and says how long it took.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_lose_and_double_nothing_when_one_is_killed_or_the_database_is_away() {
    crossfade::facade::remote::provide_tls();
    let url = postgres::database().await;
    let folder = tempfile::tempdir().unwrap();
    let start = |name: &str| start(&folder, name, &url);
    assert!(start("first").terminate().success());
    all_the_way_up(&url).await;

    let mut servers = [start("a"), start("b"), start("c")];
    let addresses = servers.each_ref().map(|server| server.address);
    let client = Client { http: reqwest::Client::new(), token: token(addresses[0]) };
    until("nobody leads", async || client.leads(addresses[0]).await).await;
    for address in &addresses[1..] {
        assert!(!client.leads(*address).await, "one leads");
        // Known to each from now on.
        assert!(client.percentage(*address).await > 99.0);
    }

    // What is changed on one is so on the others.
    for (path, expected) in [("false", 0.0), ("true", 100.0)] {
        let request = client.http.patch(format!("http://{}/api/v1/features/kimi", addresses[0]));
        let change = json!({"enabled": path == "true", "reason": "a test of several instances"});
        let changed = request.bearer_auth(&client.token).json(&change).send().await.unwrap();
        assert_eq!(changed.status(), 200, "{:?}", changed.text().await);
        for address in addresses {
            let is_so = async || (client.percentage(address).await - expected).abs() < 0.01;
            let took = until("a change is not seen", is_so).await;
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
    }

    // Whoever leads is killed while batches come in and traffic is taken back.
    let (stop, stopped) = watch::channel(false);
    let sender = tokio::spawn(client.clone().send_batches(addresses.to_vec(), stopped));
    let order = json!({
        "kind": "gradual", "feature": "kimi", "target": 5, "step": 10, "interval_seconds": 1, "reason": "a test",
    });
    let made = client.post(addresses[1], "/api/v1/rollbacks", &order).await.unwrap();
    assert_eq!(made.status(), 201);
    let rollback = made.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    until("no step is made", async || configured(&client, addresses[1]).await < 90.0).await;
    let before = configured(&client, addresses[1]).await;
    servers[0].child.kill().unwrap();
    servers[0].child.wait().unwrap();
    let took = until("nobody took over", async || configured(&client, addresses[1]).await < before - 10.0).await;
    assert!(took < TAKEN_OVER_WITHIN, "{took:?}");
    let others = [addresses[1], addresses[2]];
    let leads = [client.leads(others[0]).await, client.leads(others[1]).await];
    assert!(leads[0] != leads[1], "{leads:?}");
    let progress = async || {
        let request = client.http.get(format!("http://{}/api/v1/rollbacks/{rollback}", others[0]));
        let answer = request.bearer_auth(&client.token).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["progress"].as_str().unwrap().to_owned()
    };
    until("the rollback does not end", async || progress().await == "in_effect").await;

    // The database goes and comes back.
    pg_ctl(&url, &["--mode=fast", "stop"]);
    for address in others {
        let observation = json!([{"feature": "kimi", "path": "legacy", "outcome": "ok", "latency_ms": 1}]);
        until("batches are not refused at once", async || {
            let began = Instant::now();
            let refused = client.post(address, "/api/v1/observations", &observation).await.unwrap();
            assert_eq!(
                (refused.status(), refused.headers().contains_key("retry-after")),
                (503.try_into().unwrap(), true)
            );
            began.elapsed() < Duration::from_millis(500)
        })
        .await;
        assert!((client.percentage(address).await - 5.0).abs() < 0.01, "decisions go on");
        until("it does not get older", async || {
            client.gauge(address, "crossfade_decisions_age_seconds").await.is_some_and(|age| age > 1.0)
        })
        .await;
    }
    pg_ctl(&url, &["start"]);
    for address in others {
        let ready = async || client.http.get(format!("http://{address}/readyz")).send().await.unwrap().status() == 200;
        until("it does not recover", ready).await;
        until("it stays old", async || {
            client.gauge(address, "crossfade_decisions_age_seconds").await.is_some_and(|age| age < 1.0)
        })
        .await;
    }
    until("nobody leads", async || client.leads(others[0]).await || client.leads(others[1]).await).await;
    stop.send(true).unwrap();
    let batches = sender.await.unwrap();
    assert!(batches > 20, "{batches}");
    assert!(servers[1].terminate().success());
    assert!(servers[2].terminate().success());
    verify(&url, batches).await;
}

/// Every batch counted once, every step made once, and the audit chain whole.
async fn verify(url: &str, batches: u64) {
    let store = PostgresStore::open(url).await.unwrap();
    let [from, to] = ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"].map(|end| end.parse().unwrap());
    for span in [Span::minutes(from, to), Span::hours(from, to)] {
        let counted = store.observations(&RollupQuery::all(span)).await.unwrap();
        let uploads = counted.iter().filter(|(key, _)| key.operation.as_str() == "upload");
        assert_eq!(uploads.map(|(_, rollup)| rollup.requests()).sum::<u64>(), batches * ITEMS);
    }
    let (_, kimi) = store.feature(&"kimi".parse().unwrap()).await.unwrap().unwrap();
    let history = store.rollout_history(kimi.id, None, 100).await.unwrap();
    let steps: Vec<_> = history.iter().rev().filter(|change| change.rollback.is_some()).collect();
    assert!(steps.windows(2).all(|pair| pair[1].from == Some(pair[0].to) && pair[1].to < pair[0].to), "{steps:?}");
    let mut verifier = Verifier::default();
    for row in store.audit_events(&AuditQuery::any(AuditOrder::OldestFirst, None, 10_000)).await.unwrap() {
        verifier.step(&row.body, &row.hash).unwrap();
    }
    verifier.finish(&store.audit_head().await.unwrap()).unwrap();
    assert_eq!(store.lease().await.unwrap().holder, None, "it was given up in order");
    store.close().await;
}

fn start(folder: &TempDir, name: &str, url: &str) -> Server {
    let mut command = serve(&folder.path().join(name));
    command.args(["--database", url]);
    Server::start(command)
}

async fn configured(client: &Client, at: SocketAddr) -> f64 {
    let request = client.http.get(format!("http://{at}/api/v1/features/kimi")).bearer_auth(&client.token);
    request.send().await.unwrap().json::<Value>().await.unwrap()["configured"].as_f64().unwrap()
}

/// `kimi` at 100 %, which nobody would wait for.
async fn all_the_way_up(url: &str) {
    let store = PostgresStore::open(url).await.unwrap();
    let (_, kimi) = store.feature(&"kimi".parse().unwrap()).await.unwrap().unwrap();
    let feature =
        Feature { configured: Percentage::FULL, stage: "100%".to_owned(), version: kimi.version + 1, ..kimi.clone() };
    let writes = vec![Write::Feature { feature, expected: kimi.version }];
    let change = Change { actor: Actor::system(), at: kimi.created_at, writes, audit: Vec::new() };
    store.commit(&change).await.unwrap();
    store.close().await;
}

/// Stops or starts the server that `url` is of, as `scripts/postgres` does.
fn pg_ctl(url: &str, arguments: &[&str]) {
    let folder = url.split_once("host=").unwrap().1;
    let script = "
        bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        [ -n \"$bin\" ] || bin=$(dirname \"$(command -v initdb)\")
        folder=$1; shift
        set -- \"$bin/pg_ctl\" --pgdata=\"$folder/data\" --log=\"$folder/log\" --silent --wait \
            --options=\"-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=300 -c fsync=off\" \"$@\"
        if [ \"$(id -u)\" = 0 ]; then set -- setpriv --reuid=postgres --regid=postgres --clear-groups \"$@\"; fi
        cd \"$folder\" && exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", folder]).args(arguments);
    assert!(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
}
