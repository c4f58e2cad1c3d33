//! Those who decide, and what they ask for: an engineer, a manager and an admin, each with their own account.

use axum::body::Body;
use axum::http::{Method, Request, header};
use chrono::TimeDelta;
use crossfade::domain::access::{Principal, Role};
use crossfade::domain::audit::{AuditEvent, Verifier};
use crossfade::server::store::{AuditOrder, AuditQuery};
use crossfade::server::workers::rollbacks;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{TestApp, Visitor, bearer, new_token};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

/// An application with people who decide. Engineer and manager work by tokens of their own, the admin signs in.
pub struct Team {
    pub app: TestApp,
    pub engineer: Visitor,
    pub manager: Visitor,
}

impl Team {
    pub async fn new() -> Self {
        Self::of(TestApp::with_features().await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let engineer = program_of(&app, "mary", Role::Engineer, "read,ingest,operate").await;
        let manager = program_of(&app, "grace", Role::Manager, "read,sign_off").await;
        app.create_user("admin", Role::Admin).await;
        Self { app, engineer, manager }
    }

    /// With `kimi` in the stage that is so many advances away, by overrides of the engineer's friend, the admin.
    pub async fn advanced(steps: usize) -> Self {
        let team = Self::new().await;
        for _ in 0..steps {
            team.overrides().await;
        }
        team
    }

    /// The admin, signed in just now.
    pub async fn admin(&self) -> Visitor {
        self.app.signed_in("admin").await
    }

    pub async fn overrides(&self) {
        let body = json!({"reason": "to begin there", "override": true});
        self.admin().await.post("/api/v1/features/kimi/advance", &body).await.json(200);
    }

    pub async fn advance(&self) -> Answer {
        self.engineer.post("/api/v1/features/kimi/advance", &json!({"reason": "on we go"})).await
    }

    pub async fn sign_off(&self, by: &Visitor, decision: &str) -> Answer {
        by.post("/api/v1/features/kimi/sign-offs", &json!({"decision": decision, "comment": "seen"})).await
    }

    pub async fn gate(&self) -> Value {
        self.app.get("/api/v1/features/kimi/gate").await.json(200)
    }

    pub async fn kimi(&self) -> Value {
        self.app.get("/api/v1/features/kimi").await.json(200)
    }

    /// `[stage, configured, effective]` of `kimi`.
    pub async fn state(&self) -> Value {
        let kimi = self.kimi().await;
        json!([kimi["stage"], kimi["configured"], kimi["effective"]])
    }

    pub async fn set(&self, percentage: f64) -> Answer {
        let body = json!({"percentage": percentage, "reason": "by hand"});
        ask(&self.engineer, "PUT", "/api/v1/features/kimi/percentage", &[], &body).await
    }

    pub async fn roll_back(&self, body: Value) -> Answer {
        self.engineer.post("/api/v1/rollbacks", &body).await
    }

    /// The rollback of this id, as it is now.
    pub async fn rollback(&self, id: &str) -> Value {
        self.app.get(&format!("/api/v1/rollbacks/{id}")).await.json(200)
    }

    /// The worker looks once.
    pub async fn tick(&self) {
        rollbacks::tick(&self.app.application.state).await.unwrap();
    }

    /// So many requests of `kimi` on both paths now, all well, 100 ms by legacy and 90 by the candidate.
    pub async fn served(&self, legacy: usize, candidate: usize) {
        let mut items = vec![observation(&json!({})); legacy];
        items.extend(vec![observation(&json!({"path": "candidate", "latency_ms": 90.0})); candidate]);
        for items in items.chunks(5_000) {
            self.engineer.post(OBSERVATIONS, &json!(items)).await.json(202);
        }
    }

    /// So many requests of the candidate that failed.
    pub async fn failed(&self, candidate: usize) {
        let items = vec![observation(&json!({"path": "candidate", "outcome": "error"})); candidate];
        self.engineer.post(OBSERVATIONS, &json!(items)).await.json(202);
    }

    /// So many comparisons in which both sides agree.
    pub async fn compared(&self, count: usize) {
        self.engineer.post(COMPARISONS, &json!(vec![comparison(&json!({})); count])).await.json(202);
    }

    pub fn wait(&self, seconds: i64) {
        self.app.advance(TimeDelta::seconds(seconds));
    }

    /// All events, oldest first; the chain of them holds.
    pub async fn events(&self) -> Vec<AuditEvent> {
        let store = &self.app.application.state.store;
        let rows = store.audit_events(&AuditQuery::any(AuditOrder::OldestFirst, None, 10_000)).await.unwrap();
        let mut verifier = Verifier::default();
        let events = rows.iter().map(|row| verifier.step(&row.body, &row.hash).unwrap()).collect();
        verifier.finish(&store.audit_head().await.unwrap()).unwrap();
        events
    }

    /// The actions of the newest events, newest first.
    pub async fn told(&self, count: usize) -> Vec<String> {
        self.events().await.into_iter().rev().take(count).map(|event| event.action).collect()
    }

    /// Everything that a refused request must leave as it was.
    pub async fn untouched(&self) -> Value {
        let head = self.app.application.state.store.audit_head().await.unwrap();
        let mut all = vec![json!(head)];
        for uri in [
            "/api/v1/features/kimi",
            "/api/v1/features/kimi/history",
            "/api/v1/features/kimi/sign-offs",
            "/api/v1/migrations/files",
            "/api/v1/migrations/files/policies",
            "/api/v1/rollbacks",
        ] {
            all.push(self.app.get(uri).await.json(200));
        }
        json!(all)
    }
}

/// A program with a token of somebody who has this role.
pub async fn program_of(app: &TestApp, login: &str, role: Role, scopes: &str) -> Visitor {
    app.create_user(login, role).await;
    let state = &app.application.state;
    let users = state.store.users().await.unwrap();
    let user = users.iter().find(|user| user.login.as_str() == login).unwrap();
    let token = new_token(state, &format!("of {login}"), scopes, &Principal::user(user)).await;
    app.anonymous().with(header::AUTHORIZATION, &bearer(&token))
}

/// A request of any method with a JSON body.
pub async fn ask(by: &Visitor, method: &str, uri: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    raw(by, method, uri, headers, body.to_string()).await
}

/// A request of any method with any body, said to be JSON unless a header says otherwise.
pub async fn raw(by: &Visitor, method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    request.headers_mut().entry(header::CONTENT_TYPE).or_insert("application/json".parse().unwrap());
    by.send(request).await
}

/// The refusals of a 409.
pub fn refusals(answer: &Answer) -> Vec<String> {
    let problem = answer.problem(409);
    problem["refusals"].as_array().unwrap().iter().map(|refusal| refusal.as_str().unwrap().to_owned()).collect()
}
