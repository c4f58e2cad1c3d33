//! What was made, counted or taken away at one instance is so at all of them.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Answer, Client, observations, send, until};
use crate::fleet::{Fleet, PASSWORD};
use crate::postgres;

/// How long until what was changed at one is so at the others.
const AGREED_WITHIN: Duration = Duration::from_secs(1);

/// How many failed logins are free.
const FREE_ATTEMPTS: usize = 5;

/// Waits until all say so, and holds how long it took against what may pass.
async fn soon(fleet: &Fleet, what: &str, mut is_so: impl AsyncFnMut(SocketAddr) -> bool) {
    let mut waits = fleet.addresses();
    let took = until(what, async || {
        while let Some(address) = waits.first() {
            if !is_so(*address).await {
                return false;
            }
            waits.remove(0);
        }
        true
    })
    .await;
    assert!(took < AGREED_WITHIN, "{what}: {took:?}");
}

async fn with_cookie(client: &Client, method: &str, at: SocketAddr, path: &str, cookie: &str, form: &str) -> Answer {
    let request = client.anonymous(method, at, path).header("cookie", cookie).header("accept", "application/json");
    send(request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_at_one_is_so_at_all_of_them() {
    let url = postgres::database().await;
    let mut fleet = Fleet::of(1, &url).await;
    fleet.stop();
    fleet.all_the_way_up().await;
    for _ in 0..3 {
        let address = fleet.start();
        assert!(fleet.client.percentage(address).await > 99.0);
    }
    let client = fleet.client.clone();
    let leader = fleet.leader().await;
    for address in fleet.addresses() {
        assert_eq!(client.leads(address).await, address == leader, "one leads");
    }
    for (enabled, expected) in [(false, 0.0), (true, 100.0)] {
        client.enable(fleet.at(0), enabled).await.json(200);
        soon(&fleet, "a change is not seen", async |at| (client.percentage(at).await - expected).abs() < 0.01).await;
    }

    // What all flags together are is known by the same name everywhere, before and after a change.
    let mut known = String::new();
    for enabled in [false, true] {
        client.enable(fleet.at(1), enabled).await.json(200);
        let question = json!({"context": {"targetingKey": "somebody"}});
        let all = client.post(fleet.at(1), "/ofrep/v1/evaluate/flags", &question).await.unwrap();
        all.json(200);
        let etag = all.header("etag").to_owned();
        assert!(!etag.is_empty() && etag != known, "{etag} and {known}");
        known = etag;
        soon(&fleet, "the flags are called otherwise", async |at| {
            let request = client.request("POST", at, "/ofrep/v1/evaluate/flags").header("if-none-match", &known);
            let answer = send(request.json(&question)).await.unwrap();
            assert!([200, 304].contains(&answer.status), "{answer:?}");
            answer.status == 304
        })
        .await;
    }
    fleet.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_or_out_at_one_does_so_at_all_and_failed_logins_are_counted_together() {
    let fleet = Fleet::of(3, &postgres::database().await).await;
    let client = fleet.client.clone();
    for (login, role) in [("ada", "engineer"), ("grace", "viewer")] {
        fleet.create_user(login, role);
    }
    let cookie = fleet.sign_in(fleet.at(0), "ada").await;
    let is_in = async |at| {
        let answer = with_cookie(&client, "GET", at, "/panel/session", &cookie, "").await;
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    };
    for address in fleet.addresses() {
        assert!(is_in(address).await, "a session is of all instances at once");
    }
    let out = with_cookie(&client, "POST", fleet.at(1), "/panel/log-out", &cookie, "").await;
    assert_eq!(out.status, 200, "{out:?}");
    soon(&fleet, "a session goes on", async |at| !is_in(at).await).await;

    // Each instance alone would let one more through.
    let attempt =
        async |number: usize, password| fleet.try_to_sign_in(fleet.at(number % 3), "grace", password).await.status;
    for number in 0..FREE_ATTEMPTS {
        assert_eq!(attempt(number, "wrong").await, 401);
    }
    for number in 0..3 {
        assert_eq!(attempt(number, PASSWORD).await, 429, "the right password waits as well");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_counts_once_wherever_it_is_repeated_and_a_token_that_is_revoked_works_nowhere() {
    let fleet = Fleet::of(3, &postgres::database().await).await;
    let client = fleet.client.clone();
    let batch = async |at, body: &Value| {
        let request = client.request("POST", at, "/api/v1/observations").header("idempotency-key", "once");
        send(request.json(body)).await.unwrap()
    };
    let first = batch(fleet.at(0), &observations(9)).await.json(202);
    assert_eq!(first, json!({"accepted": 9, "duplicates": 0, "rejected": []}));
    for address in fleet.addresses() {
        assert_eq!(batch(address, &observations(9)).await.json(202), first, "the first answer again");
        assert_eq!(batch(address, &observations(8)).await.status, 422, "another body under the same key");
    }
    for address in fleet.addresses() {
        let status = client.get(address, "/monitoring/hybrid-status").await.unwrap().json(200);
        assert_eq!(status["performance"]["requests"]["legacy"], 9);
    }

    fleet.create_user("ada", "admin");
    let cookie = fleet.sign_in(fleet.at(0), "ada").await;
    let form = "name=ci&scopes=evaluate%2Cread&expires_in_days=";
    let made = with_cookie(&client, "POST", fleet.at(0), "/panel/create-token", &cookie, form).await.json(200);
    let program = Client::new(made["token"].as_str().unwrap().to_owned());
    for address in fleet.addresses() {
        // Known by heart from then on.
        assert_eq!(program.evaluate(address).await.unwrap().status, 200);
    }
    let tokens = with_cookie(&client, "GET", fleet.at(0), "/panel/tokens", &cookie, "").await.json(200);
    let of_ci = tokens["tokens"].as_array().unwrap().iter().find(|it| it["name"] == "ci").unwrap()["id"].clone();
    let form = format!("id={of_ci}");
    let revoked = with_cookie(&client, "POST", fleet.at(2), "/panel/revoke-token", &cookie, &form).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    soon(&fleet, "a revoked token works", async |at| {
        let [flag, page] = [program.evaluate(at).await, program.get(at, "/api/v1/features").await];
        [flag, page].map(|answer| answer.unwrap().status) == [401, 401]
    })
    .await;
}
