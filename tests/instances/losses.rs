//! Batches, a gradual rollback and letters go on while the leader and a follower are killed, the leader stands still and comes
//! back, and the database is stopped and started: nothing is lost, and nothing is doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossfade::domain::audit::Verifier;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::{AuditOrder, AuditQuery, InstanceStore as _, RollupQuery, Span, Store as _};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::client::{Client, observations, send, until};
use crate::fleet::Fleet;
use crate::postgres::Cluster;
use crate::receiver::{Letters, Receiver};

/// How long timed work may stand still when who does it is gone.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

/// How many observations are in a batch.
const ITEMS: u64 = 7;

/// How many rules watch the machine, all of which fire at once.
const RULES: usize = 4;

const POLICY: &str = "/api/v1/migrations/file-management/policy";

/// Goes on asking whoever is there until it is to stop.
struct Restless {
    client: Client,
    there: Arc<Mutex<Vec<SocketAddr>>>,
    stop: watch::Receiver<bool>,
    turn: usize,
}

impl Restless {
    fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// The next of those that are there, once there is one.
    async fn next(&mut self) -> SocketAddr {
        loop {
            self.turn += 1;
            let there = self.there.lock().unwrap().clone();
            if let Some(address) = there.get(self.turn % there.len().max(1)) {
                return *address;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends batches with their keys, each until it is acknowledged by any; how many were.
    async fn send_batches(mut self) -> u64 {
        let body = observations(usize::try_from(ITEMS).unwrap());
        for batch in 0_u64.. {
            if self.is_over() {
                return batch;
            }
            loop {
                let at = self.next().await;
                let request = self.client.request("POST", at, "/api/v1/observations").json(&body);
                match send(request.header("idempotency-key", format!("batch-{batch}"))).await {
                    Ok(answer) if answer.status == 202 => break,
                    Ok(answer) if ![429, 503].contains(&answer.status) => panic!("{answer:?}"),
                    Ok(_) | Err(_) => sleep(Duration::from_millis(20)).await,
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        unreachable!("there are more batches than anyone sends")
    }

    /// Has alerts of the machine fire and end, again and again; counts in `rounds` how often all of them did.
    async fn alarm(mut self, calm: Value, rounds: Arc<AtomicUsize>) {
        let rule = |number| {
            json!({"name": format!("rule-{number}"), "kind": "system", "limit": 0.000_1, "for_minutes": 0,
                "keep_firing_minutes": 0, "severity": "critical", "action": "notify"})
        };
        let mut alarmed = calm.clone();
        alarmed["alerts"] = (0..RULES).map(rule).collect();
        while !self.is_over() {
            self.set_policy(&alarmed).await;
            self.until_firing(RULES).await;
            self.set_policy(&calm).await;
            self.until_firing(0).await;
            rounds.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until so many of the alerts fire, as whoever answers tells it.
    async fn until_firing(&mut self, many: usize) {
        loop {
            let at = self.next().await;
            let path = "/api/v1/alerts?migration=file-management&state=firing";
            if let Ok(answer) = self.client.get(at, path).await
                && answer.status == 200
            {
                let firing = answer.json(200);
                let is_ours = |alert: &&Value| alert["rule"].as_str().unwrap().starts_with("rule-");
                if firing["alerts"].as_array().unwrap().iter().filter(is_ours).count() == many {
                    return;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn set_policy(&mut self, policy: &Value) {
        let body = json!({"policy": policy, "reason": "a test of several instances"});
        loop {
            let at = self.next().await;
            match send(self.client.request("PUT", at, POLICY).json(&body)).await {
                Ok(answer) if answer.status == 200 => return,
                // It was made, though the answer was lost.
                Ok(answer) if answer.body.contains("in force already") => return,
                Ok(answer) if ![409, 412, 429, 503].contains(&answer.status) => panic!("{answer:?}"),
                Ok(_) | Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whoever_is_killed_stands_still_or_is_away() {
    let cluster = Cluster::start(&[]);
    cluster.execute("CREATE DATABASE crossfade".to_owned()).await;
    let mut fleet = Fleet::of(1, &cluster.url("crossfade")).await;
    let client = fleet.client.clone();
    fleet.stop();
    fleet.all_the_way_up().await;
    fleet.create_user("ada", "admin");
    for _ in 0..3 {
        fleet.start();
    }
    let receiver = Receiver::start().await;
    let cookie = fleet.sign_in(fleet.at(0), "ada").await;
    let target = json!({
        "name": "hook", "kind": "webhook", "url": format!("http://{}/hook", receiver.address), "reason": "a test",
    });
    let request = client.anonymous("POST", fleet.at(0), "/api/v1/notification-targets").header("cookie", cookie);
    send(request.json(&target)).await.unwrap().json(201);
    let calm = client.get(fleet.at(1), POLICY).await.unwrap().json(200)["policy"].take();

    let (stop, stopped) = watch::channel(false);
    let restless =
        || Restless { client: client.clone(), there: Arc::clone(&fleet.there), stop: stopped.clone(), turn: 0 };
    let sending = tokio::spawn(restless().send_batches());
    let rounds = Arc::new(AtomicUsize::new(0));
    let alarming = tokio::spawn(restless().alarm(calm, Arc::clone(&rounds)));
    let order = json!({
        "kind": "gradual", "feature": "kimi", "target": 5, "step": 5, "interval_seconds": 1, "reason": "a test",
    });
    let made = client.post(fleet.at(1), "/api/v1/rollbacks", &order).await.unwrap();
    let rollback = made.json(201)["id"].as_str().unwrap().to_owned();

    // Whoever leads is killed.
    until("no step is made", async || configured(&fleet).await < 95.0).await;
    let before = configured(&fleet).await;
    let leader = fleet.leader().await;
    fleet.kill(leader);
    let took = until("nobody took over", async || configured(&fleet).await < before - 5.0).await;
    assert!(took < TAKEN_OVER_WITHIN, "{took:?}");
    fleet.start();

    // One that follows is killed, which nothing waits for.
    let follower = fleet.follower().await;
    fleet.kill(follower);
    fleet.start();

    // Whoever leads stands still, and goes on when another leads.
    let paused = fleet.leader().await;
    fleet.signal(paused, Signal::STOP);
    let others: Vec<_> = fleet.addresses().into_iter().filter(|address| *address != paused).collect();
    let took = until("nobody took over", async || client.leads(others[0]).await || client.leads(others[1]).await).await;
    assert!(took < TAKEN_OVER_WITHIN, "{took:?}");
    fleet.signal(paused, Signal::CONT);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        assert!(!client.leads(paused).await, "it goes on with what another does");
    }

    // The database goes and comes back.
    cluster.ask(&["--mode=fast", "stop"]);
    sleep(Duration::from_secs(1)).await;
    cluster.ask(&["start"]);
    let before = rounds.load(Ordering::SeqCst);
    until("no alert fires and ends any more", async || rounds.load(Ordering::SeqCst) > before + 1).await;

    let progress = async || {
        let at = fleet.at(0);
        let answer = client.get(at, &format!("/api/v1/rollbacks/{rollback}")).await;
        answer.ok().filter(|it| it.status == 200).map(|it| it.json(200)["progress"].as_str().unwrap().to_owned())
    };
    until("the rollback does not end", async || progress().await.as_deref() == Some("in_effect")).await;
    let leading = fleet.leader().await;
    stop.send(true).unwrap();
    let batches = sending.await.unwrap();
    alarming.await.unwrap();
    assert!(batches > 100, "{batches}");
    let episodes = over(&client, leading).await;
    until("letters are kept back", async || receiver.letters().len() >= 2 * episodes.len()).await;
    // Whatever would come twice under another name has had its time.
    sleep(Duration::from_secs(2)).await;
    check_letters(&receiver.letters(), &episodes);
    fleet.stop();
    verify(&fleet.url, batches).await;
}

/// The percentage of `kimi`, from whoever tells it.
async fn configured(fleet: &Fleet) -> f64 {
    loop {
        for address in fleet.addresses() {
            if let Some(configured) = fleet.client.configured(address).await {
                return configured;
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The alerts that fired, once all of them are over.
async fn over(client: &Client, at: SocketAddr) -> Vec<Value> {
    let mut alerts = Vec::new();
    until("an alert does not end", async || {
        alerts.clear();
        let mut before = String::new();
        loop {
            let path = format!("/api/v1/alerts?migration=file-management&before={before}");
            let mut page = client.get(at, &path).await.unwrap().json(200);
            let Value::Array(some) = page["alerts"].take() else { panic!("{page}") };
            // Not those of the machine that runs this test.
            alerts.extend(some.into_iter().filter(|alert| alert["rule"].as_str().unwrap().starts_with("rule-")));
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut before),
                None => break,
            }
        }
        alerts.iter().all(|alert| alert["state"] == "resolved")
    })
    .await;
    alerts.retain(|alert| alert["firing_since"].is_string());
    alerts
}

/// Of each episode both ends are told, each under one name, and an episode ends before the next one of its rule begins.
fn check_letters(letters: &Letters, episodes: &[Value]) {
    let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, letter) in letters.values() {
        let of = |name: &str| letter["notice"][name].as_str().unwrap().to_owned();
        *told.entry((of("alert"), of("status"))).or_default() += 1;
    }
    let mut expected = BTreeMap::new();
    let mut by_rule: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for episode in episodes {
        let of = |name: &str| episode[name].as_str().unwrap();
        for status in ["firing", "resolved"] {
            expected.insert((of("id").to_owned(), status.to_owned()), 1);
        }
        by_rule.entry(of("rule")).or_default().push((of("firing_since"), of("resolved_at")));
    }
    assert_eq!(told, expected);
    assert!(episodes.len() >= 2 * RULES, "{}", episodes.len());
    for (rule, mut episodes) in by_rule {
        episodes.sort_unstable();
        assert!(episodes.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{rule}: {episodes:?}");
    }
    let names: BTreeSet<&String> = letters.keys().collect();
    assert_eq!(names.len(), 2 * episodes.len());
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
