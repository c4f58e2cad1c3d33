//! Telling targets of alerts: what they are sent, in which order, what happens when they do not take it, and that nothing of
//! what is secret comes out again.

mod alertmanager;
mod receiver;
mod secrecy;
mod targets;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::domain::alert_notice::{AlertId, AlertNotice, NoticeStatus, Severity};
use crossfade::domain::text::Actor;
use crossfade::server::notify::address::Allowed;
use crossfade::server::notify::{Notifier, NotifySettings};
use crossfade::server::store::{Change, Write};
use crossfade::server::workers::notifications::tick;
use serde_json::{Value, json};

use self::receiver::{Receiver, Reply};
use crate::app::{TestApp, Visitor};
use crate::deciding::ask;

const TARGETS: &str = "/api/v1/notification-targets";
const NOTIFICATIONS: &str = "/api/v1/notifications";
const KEY: &str = "0123456789abcdef-the-key";

/// How long a target may take in these tests.
const PATIENCE: Duration = Duration::from_millis(400);

/// An application that may send to this machine, with an admin who is signed in.
struct Told {
    app: TestApp,
    admin: Visitor,
}

impl Told {
    async fn new() -> Self {
        let mut app = TestApp::with_features().await;
        app.application.state.set(|parts| parts.notifier = notifier(&["127.0.0.0/8"]));
        app.serve_again();
        let admin = app.as_role(Role::Admin).await;
        Self { app, admin }
    }

    /// A webhook of this name at `receiver`.
    async fn webhook(&self, name: &str, receiver: &Receiver) -> i64 {
        self.target(json!({"name": name, "kind": "webhook", "url": receiver.url("/hook"), "secret": KEY})).await
    }

    async fn target(&self, mut body: Value) -> i64 {
        body["reason"] = json!("we want to know");
        let created = self.admin.post(TARGETS, &body).await.json(201);
        created["target"]["id"].as_i64().unwrap()
    }

    /// Has it be told that this alert fires, or that it is over.
    async fn alert(&self, notice: AlertNotice) {
        let write = Write::Notice(Box::new(notice));
        let change = Change { actor: Actor::system(), at: self.app.now(), writes: vec![write], audit: vec![] };
        self.app.application.state.commit(&change).await.unwrap();
    }

    fn firing(&self, alert: &str) -> AlertNotice {
        AlertNotice {
            alert: AlertId(alert.to_owned()),
            status: NoticeStatus::Firing,
            rule: "error_rate".to_owned(),
            severity: Severity::Critical,
            migration: Some("files".parse().unwrap()),
            feature: Some("kimi".parse().unwrap()),
            firing_since: self.app.now(),
            value: Some(0.06),
            limit: 0.05,
            lower: None,
            upper: None,
            n: 1_000,
            summary: "candidate error rate 6 %".to_owned(),
            action_taken: None,
        }
    }

    fn resolved(&self, alert: &str) -> AlertNotice {
        AlertNotice { status: NoticeStatus::Resolved { resolved_at: self.app.now() }, ..self.firing(alert) }
    }

    async fn tick(&self) {
        tick(&self.app.application.state).await.unwrap();
    }

    /// State and attempts of everything, oldest first.
    async fn states(&self) -> Vec<(String, u64)> {
        let listed = self.app.get(NOTIFICATIONS).await.json(200);
        let mut states: Vec<(String, u64)> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["state"].as_str().unwrap().to_owned(), it["attempts"].as_u64().unwrap()))
            .collect();
        states.reverse();
        states
    }

    async fn newest(&self) -> Value {
        self.app.get(NOTIFICATIONS).await.json(200)[0].take()
    }
}

fn notifier(allowed: &[&str]) -> Notifier {
    let networks: Vec<_> = allowed.iter().map(|network| network.parse().unwrap()).collect();
    Notifier::new(NotifySettings {
        allowed: Allowed::of(&networks),
        public_url: Some("https://crossfade.example".to_owned()),
        timeout: PATIENCE,
    })
}

#[tokio::test]
async fn a_webhook_gets_both_ends_of_an_alert_in_order_and_signed() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    told.webhook("on call", &receiver).await;
    told.alert(told.firing("a")).await;
    told.alert(told.resolved("a")).await;
    told.tick().await;
    let letters = receiver.letters();
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        let timestamp = letter.header("crossfade-timestamp");
        assert_eq!(timestamp, told.app.now().timestamp().to_string());
        assert_eq!(letter.header("crossfade-signature"), receiver::signature(KEY, timestamp, &letter.body));
        assert_eq!(letter.json()["delivery"], letter.header("crossfade-delivery"));
        assert_eq!(letter.json()["link"], "https://crossfade.example/features/kimi");
    }
    let statuses: Vec<Value> = letters.iter().map(|letter| letter.json()["notice"]["status"].take()).collect();
    assert_eq!(json!(statuses), json!(["firing", "resolved"]));
    assert_eq!(told.states().await, [("delivered".to_owned(), 1), ("delivered".to_owned(), 1)]);
    told.tick().await;
    assert_eq!(receiver.letters().len(), 2, "what was delivered is not sent again");
    let target = told.app.get(TARGETS).await.json(200)[0].take();
    assert_eq!((&target["health"], &target["last_error"]), (&json!("works"), &Value::Null));
}

#[tokio::test]
async fn what_fails_is_tried_again_and_nothing_overtakes_it() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    told.webhook("on call", &receiver).await;
    receiver.answer([Reply::Status(500), Reply::RetryAfter(429, 120), Reply::Status(200)]);
    told.alert(told.firing("a")).await;
    told.alert(told.resolved("a")).await;
    told.tick().await;
    told.tick().await;
    assert_eq!(receiver.letters().len(), 1, "it is not tried before its time");
    assert_eq!(told.states().await, [("queued".to_owned(), 1), ("queued".to_owned(), 0)]);
    told.app.advance(TimeDelta::seconds(5));
    told.tick().await;
    // The target asked for two minutes.
    told.app.advance(TimeDelta::seconds(119));
    told.tick().await;
    assert_eq!(receiver.letters().len(), 2);
    told.app.advance(TimeDelta::seconds(1));
    told.tick().await;
    let letters = receiver.letters();
    let statuses: Vec<Value> = letters.iter().map(|letter| letter.json()["notice"]["status"].take()).collect();
    assert_eq!(json!(statuses), json!(["firing", "firing", "firing", "resolved"]));
    assert_eq!(letters[0].header("crossfade-delivery"), letters[2].header("crossfade-delivery"));
    assert_ne!(letters[0].header("crossfade-timestamp"), letters[2].header("crossfade-timestamp"));
    assert_eq!(told.states().await, [("delivered".to_owned(), 3), ("delivered".to_owned(), 1)]);
}

#[tokio::test]
async fn a_target_that_hangs_holds_up_none() {
    let (told, hanging, well) = (Told::new().await, Receiver::start().await, Receiver::start().await);
    told.webhook("hanging", &hanging).await;
    told.webhook("well", &well).await;
    hanging.answer([Reply::Never]);
    told.alert(told.firing("a")).await;
    let state = told.app.application.state.clone();
    let ticked = tokio::spawn(async move { tick(&state).await });
    // Told while the other still hangs: nothing but the letter's coming is waited for.
    well.arrived(1).await;
    assert!(!ticked.is_finished());
    ticked.await.unwrap().unwrap();
    let targets = told.app.get(TARGETS).await.json(200);
    let health = json!([targets[0]["health"], targets[0]["last_error"]["error"], targets[1]["health"]]);
    assert_eq!(health, json!(["fails", "did not answer in time", "works"]));
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let (told, receiver, inside) = (Told::new().await, Receiver::start().await, Receiver::start().await);
    told.webhook("on call", &receiver).await;
    receiver.answer([Reply::Redirect(inside.url("/latest/meta-data?token=1"))]);
    told.alert(told.firing("a")).await;
    told.tick().await;
    let error = told.newest().await["last_error"]["error"].as_str().unwrap().to_owned();
    let expected = format!("answered 307 Temporary Redirect to {}; redirects are not followed", inside.url(""));
    assert_eq!(error, expected);
    assert!(inside.letters().is_empty());
}

#[tokio::test]
async fn an_address_is_judged_again_each_time() {
    let (mut told, receiver) = (Told::new().await, Receiver::start().await);
    let url = receiver.url("/hook").replace("127.0.0.1", "localhost");
    told.target(json!({"name": "on call", "kind": "webhook", "url": url})).await;
    // What the name leads to is not allowed any more, as after a name that was made to lead elsewhere.
    told.app.application.state.set(|parts| parts.notifier = notifier(&[]));
    told.alert(told.firing("a")).await;
    told.tick().await;
    let error = told.newest().await["last_error"]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("is of this machine; --notify-allow"), "{error}");
    assert!(receiver.letters().is_empty());
    assert_eq!(told.states().await, [("queued".to_owned(), 1)]);
}

#[tokio::test]
async fn what_is_refused_or_fails_for_a_day_is_dead_until_somebody_has_it_sent_again() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    told.webhook("on call", &receiver).await;
    receiver.answer([Reply::Status(400)]);
    told.alert(told.firing("a")).await;
    told.tick().await;
    told.app.advance(TimeDelta::days(2));
    told.tick().await;
    assert_eq!(told.states().await, [("dead".to_owned(), 1)]);

    let engineer = told.app.with_token("operate").await;
    let id = told.newest().await["id"].as_str().unwrap().to_owned();
    let retry = format!("{NOTIFICATIONS}/{id}/retry");
    let again = engineer.post(&retry, &json!({"reason": "it was mended"})).await.json(200);
    assert_eq!((&again["state"], &again["attempts"]), (&json!("queued"), &json!(0)));
    engineer.post(&retry, &json!({})).await.problem(409);
    told.tick().await;
    assert_eq!(told.states().await, [("delivered".to_owned(), 1)]);
    assert_eq!(receiver.letters()[1].header("crossfade-delivery"), id);

    // Another fails for a day; what comes after it is told, and so it is not sent again any more.
    receiver.answer(vec![Reply::Status(503); 100]);
    told.alert(told.firing("b")).await;
    for _ in 0..60 {
        told.app.advance(TimeDelta::minutes(30));
        told.tick().await;
    }
    assert_eq!(told.newest().await["state"], "dead");
    let dead = told.newest().await["id"].as_str().unwrap().to_owned();
    receiver.answer([]);
    told.alert(told.resolved("b")).await;
    told.tick().await;
    let refused = engineer.post(&format!("{NOTIFICATIONS}/{dead}/retry"), &json!({})).await.problem(409);
    assert!(refused["detail"].as_str().unwrap().contains("told something newer"), "{refused}");
    let drop = format!("{NOTIFICATIONS}/{dead}/drop");
    engineer.post(&drop, &json!({})).await.problem(422);
    let dropped = engineer.post(&drop, &json!({"reason": "it is over"})).await.json(200);
    assert_eq!(dropped["state"], "dropped");
    engineer.post(&format!("{NOTIFICATIONS}/nothing/drop"), &json!({"reason": "a"})).await.problem(404);
}

#[tokio::test]
async fn a_target_that_is_off_waits_and_one_that_is_removed_is_told_nothing() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let id = told.webhook("on call", &receiver).await;
    let at = format!("{TARGETS}/{id}");
    told.alert(told.firing("a")).await;
    let set = async |enabled: bool| {
        let body = json!({"enabled": enabled, "reason": "it is so"});
        ask(&told.admin, "PATCH", &at, &[], &body).await.json(200)
    };
    assert_eq!(set(false).await["health"], "disabled");
    told.alert(told.firing("b")).await;
    told.tick().await;
    assert!(receiver.letters().is_empty());
    set(true).await;
    told.tick().await;
    assert_eq!(receiver.letters().len(), 1, "what was queued before is told, what came meanwhile is not");

    told.alert(told.firing("c")).await;
    let stale = ask(&told.admin, "DELETE", &at, &[("if-match", "\"1\"")], &json!({})).await;
    stale.problem(412);
    assert_eq!(ask(&told.admin, "DELETE", &at, &[("if-match", "\"3\"")], &json!({})).await.status, 204);
    told.tick().await;
    assert_eq!(receiver.letters().len(), 1);
    assert_eq!(told.newest().await["state"], "dropped");
    assert_eq!(told.newest().await["target_name"], Value::Null);
    assert_eq!(told.app.get(TARGETS).await.json(200), json!([]));
    ask(&told.admin, "DELETE", &at, &[], &json!({})).await.problem(404);
}

#[tokio::test]
async fn what_waits_over_a_restart_is_told_once() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    told.webhook("on call", &receiver).await;
    told.alert(told.firing("a")).await;
    told.tick().await;
    told.alert(told.resolved("a")).await;
    let Told { app, admin } = told;
    drop(admin);
    let mut app = app.restarted().await;
    app.application.state.set(|parts| parts.notifier = notifier(&["127.0.0.0/8"]));
    tick(&app.application.state).await.unwrap();
    tick(&app.application.state).await.unwrap();
    let letters = receiver.letters();
    let mut names: Vec<&str> = letters.iter().map(|letter| letter.header("crossfade-delivery")).collect();
    names.dedup();
    assert_eq!((letters.len(), names.len()), (2, 2));
}

#[tokio::test]
async fn an_alertmanager_is_told_every_minute_what_still_fires() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    told.target(json!({
        "name": "alertmanager", "kind": "alertmanager", "url": receiver.url("/am/"), "username": "ada",
        "secret": "password",
    }))
    .await;
    let since = told.app.now();
    told.alert(told.firing("a")).await;
    told.alert(told.firing("b")).await;
    told.tick().await;
    // Each on its own, and then all that fire together.
    let sizes = |from: usize| -> Vec<usize> {
        receiver.letters()[from..].iter().map(|letter| letter.json().as_array().unwrap().len()).collect()
    };
    assert_eq!(sizes(0), [1, 1, 2]);
    let letter = &receiver.letters()[0];
    assert_eq!((letter.path.as_str(), letter.header("authorization")), ("/am/api/v2/alerts", "Basic YWRhOnBhc3N3b3Jk"));
    assert_eq!(letter.json()[0]["startsAt"], since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    assert_eq!(letter.json()[0].get("endsAt"), None);
    told.app.advance(TimeDelta::seconds(59));
    told.tick().await;
    assert_eq!(sizes(3), [0; 0]);
    told.app.advance(TimeDelta::seconds(1));
    told.alert(AlertNotice { firing_since: since, ..told.resolved("a") }).await;
    told.tick().await;
    assert_eq!(sizes(3), [1, 1]);
    let end = receiver.letters()[3].json()[0].take();
    assert_eq!(end["endsAt"], told.app.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    assert_eq!(end["labels"], letter.json()[0]["labels"]);
}

#[tokio::test]
async fn slack_gets_a_message_and_says_why_not() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let url = receiver.url("/services/T0/B0/secret");
    told.target(json!({"name": "#rollouts", "kind": "slack", "url": url})).await;
    receiver.answer([Reply::Text(403, "invalid_token\n/services/T0/B0/secret")]);
    told.alert(told.firing("a")).await;
    told.tick().await;
    let newest = told.newest().await;
    assert_eq!(newest["last_error"]["error"], "answered 403 Forbidden: invalid_token …");
    let message = receiver.letters()[0].json();
    assert_eq!(message["blocks"][0]["text"]["text"], "Firing: error_rate of kimi");
}

/// Shared by the receiver and those who look at what came.
type Shared<T> = Arc<std::sync::Mutex<T>>;
