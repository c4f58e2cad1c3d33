//! An instance whose database is stopped, hangs, or is behind a network that swallows everything: evaluations go on as if
//! nothing were, all else is refused at once, and it recovers by itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Answer, Client, observations, send, until};
use crate::fleet::Fleet;
use crate::postgres::Cluster;
use crate::proxy::Proxy;

/// How long until it is found out that the database is away; whoever asks meanwhile may wait so long.
const FOUND_OUT_WITHIN: Duration = Duration::from_millis(3_500);

/// How long a refusal takes from then on, on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(500);

/// How long an evaluation takes, but for one of a hundred.
const EVALUATED_WITHIN: Duration = Duration::from_millis(100);

/// How long until all goes on as before when the database is back.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// How long stopping may take when the database hangs; a service manager waits for half a minute.
const STOPPED_WITHIN: Duration = Duration::from_secs(22);

/// What is done at an instance every few milliseconds, by so many at once.
const EVALUATORS: usize = 4;

/// Asks for decisions without a pause until `stop`; how long each took.
async fn evaluate(client: Client, at: SocketAddr, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let answer = client.evaluate(at).await.unwrap();
        assert_eq!(answer.status, 200, "flags are answered whatever else is: {answer:?}");
        took.push(answer.took);
        sleep(Duration::from_millis(5)).await;
    }
    took
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 503 && !answer.header("retry-after").is_empty()
}

/// What needs the database, each by a request of its own.
async fn all_that_needs_it(client: &Client, at: SocketAddr, cookie: &str) -> Vec<(&'static str, Answer)> {
    let change = json!({"enabled": true, "reason": "a test"});
    let (form, page) = ("application/x-www-form-urlencoded", "text/html");
    let requests = [
        ("a batch", client.request("POST", at, "/api/v1/observations").json(&observations(1))),
        ("metrics of OpenTelemetry", client.request("POST", at, "/v1/metrics").json(&json!({"resourceMetrics": []}))),
        ("a change", client.request("PATCH", at, "/api/v1/features/kimi").json(&change)),
        ("a rollback", client.request("POST", at, "/api/v1/rollbacks").json(&json!({"kind": "emergency"}))),
        ("a read", client.request("GET", at, "/api/v1/features")),
        ("alerts", client.request("GET", at, "/api/v1/alerts")),
        ("the status", client.request("GET", at, "/monitoring/hybrid-status")),
        ("readiness", client.anonymous("GET", at, "/readyz")),
        ("signing in", {
            let request = client.anonymous("POST", at, "/panel/log-in").header("content-type", form);
            request.header("accept", "application/json").body("login=ada&password=correct+horse+battery")
        }),
        ("the overview", client.anonymous("GET", at, "/").header("accept", page).header("cookie", cookie)),
        ("a page", client.anonymous("GET", at, "/audit").header("accept", page).header("cookie", cookie)),
    ];
    let mut answers = JoinSet::new();
    for (what, request) in requests {
        answers.spawn(async move { (what, send(request).await.unwrap()) });
    }
    answers.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_decisions_go_on_and_all_else_is_refused_at_once() {
    let cluster = Cluster::start(&[]);
    cluster.execute("CREATE DATABASE crossfade".to_owned()).await;
    let proxy = Proxy::to(&cluster).await;
    let mut fleet = Fleet::of(1, &proxy.url("crossfade")).await;
    let (at, client) = (fleet.at(0), fleet.client.clone());
    fleet.create_user("ada", "admin");
    let cookie = fleet.sign_in(at, "ada").await;
    let mut enabled = true;
    for way in ["cut off", "hung", "stopped"] {
        client.post(at, "/api/v1/observations", &observations(1)).await.unwrap().json(202);
        until("nobody leads", async || client.leads(at).await).await;
        let stop = Arc::new(AtomicBool::new(false));
        let mut evaluating = JoinSet::new();
        for _ in 0..EVALUATORS {
            evaluating.spawn(evaluate(client.clone(), at, Arc::clone(&stop)));
        }
        let began = Instant::now();
        match way {
            "cut off" => proxy.cut_or_mend(),
            "hung" => cluster.ask(&["pause"]),
            _ => cluster.ask(&["--mode=immediate", "stop"]),
        }
        // Whoever asks before it is found out waits for that and no longer, however many they are.
        let mut early = JoinSet::new();
        while began.elapsed() < FOUND_OUT_WITHIN {
            let (client, cookie) = (client.clone(), cookie.clone());
            early.spawn(async move { all_that_needs_it(&client, at, &cookie).await });
            sleep(Duration::from_millis(200)).await;
        }
        for (what, answer) in early.join_all().await.into_iter().flatten() {
            assert!(answer.took < FOUND_OUT_WITHIN, "{way}: {what}: {answer:?}");
        }
        for (what, answer) in all_that_needs_it(&client, at, &cookie).await {
            assert!(answer.took < AT_ONCE, "{way}: {what}: {answer:?}");
            if what.contains("page") || what.contains("overview") {
                assert!(answer.status == 503 || answer.body.contains("cannot reach its data"), "{way}: {answer:?}");
            } else {
                assert!(is_refused(&answer), "{way}: {what}: {answer:?}");
            }
        }
        let age = async || client.gauge(at, "crossfade_decisions_age_seconds").await;
        assert!(age().await.unwrap() > 1.0, "{way}: it does not get older");

        match way {
            "cut off" => proxy.cut_or_mend(),
            "hung" => cluster.ask(&["resume"]),
            _ => cluster.ask(&["start"]),
        }
        let began = Instant::now();
        let ready = async || send(client.anonymous("GET", at, "/readyz")).await.unwrap().status == 200;
        until("it does not recover", ready).await;
        until("it stays old", async || age().await.is_some_and(|age| age < 1.0)).await;
        until("batches are not taken in", async || {
            client.post(at, "/api/v1/observations", &observations(1)).await.unwrap().status == 202
        })
        .await;
        enabled = !enabled;
        client.enable(at, enabled).await.json(200);
        until("nobody leads", async || client.leads(at).await).await;
        assert!(began.elapsed() < BACK_WITHIN, "{way}: {:?}", began.elapsed());
        stop.store(true, Ordering::SeqCst);
        let mut took: Vec<Duration> = evaluating.join_all().await.into_iter().flatten().collect();
        took.sort_unstable();
        let p99 = took[took.len() * 99 / 100];
        assert!(p99 < EVALUATED_WITHIN, "{way}: {p99:?} of {}", took.len());
    }
    // It stops in order although nobody answers it.
    cluster.ask(&["pause"]);
    let began = Instant::now();
    fleet.stop();
    assert!(began.elapsed() < STOPPED_WITHIN, "{:?}", began.elapsed());
}
