//! A feature on its way: shadow passed and signed off, advanced, and a rejection in the next stage.

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, Visitor};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

/// What somebody wrote who means no good.
pub const NASTY: &str =
    "no | <script>alert(1)</script>\n# x [a](http://evil.example) ![b](c) `d` **e** www.evil.example";

/// An application with what was decided in it.
pub struct Story {
    pub app: TestApp,
    pub manager: Visitor,
    pub engineer: Visitor,
    pub admin: Visitor,
    /// The approval of shadow.
    pub approval: String,
    /// The rejection of `1%`.
    pub rejection: String,
    /// The advance out of shadow.
    pub advance: i64,
}

impl Story {
    pub async fn told() -> Self {
        let app = TestApp::with_features().await;
        compare(&app, 250).await;
        // Longer than a session lasts.
        app.advance(TimeDelta::hours(25));
        let manager = app.as_role(Role::Manager).await;
        let engineer = app.as_role(Role::Engineer).await;
        let admin = app.as_role(Role::Admin).await;
        compare(&app, 60).await;
        let approval = sign_off(&manager, &json!({"decision": "approved", "comment": "looks well"})).await;
        engineer.post("/api/v1/features/kimi/advance", &json!({"reason": "on we go"})).await.json(200);
        app.advance(TimeDelta::minutes(3));
        serve(&app, 40).await;
        let rejection = sign_off(&manager, &json!({"decision": "rejected", "comment": NASTY})).await;
        let changes = app.get("/api/v1/features/kimi/history").await.json(200);
        let advance = changes["changes"].as_array().unwrap().iter().find(|it| it["kind"] == "advanced").unwrap();
        let advance = advance["id"].as_i64().unwrap();
        Self { app, manager, engineer, admin, approval, rejection, advance }
    }

    /// Takes the feature past all gates that are left.
    pub async fn completed(&self) {
        while self.app.get("/api/v1/features/kimi").await.json(200)["stage"] != "complete" {
            self.app.advance(TimeDelta::hours(1));
            serve(&self.app, 5).await;
            let order = json!({"reason": NASTY, "override": true});
            self.admin.post("/api/v1/features/kimi/advance", &order).await.json(200);
        }
    }
}

/// Gives a sign-off and its name.
pub async fn sign_off(who: &Visitor, body: &Value) -> String {
    let given = who.post("/api/v1/features/kimi/sign-offs", body).await.json(201);
    given["id"].as_str().unwrap().to_owned()
}

async fn compare(app: &TestApp, count: usize) {
    let items: Vec<Value> = vec![comparison(&json!({})); count];
    app.post(COMPARISONS, &items.into()).await.json(202);
    let items: Vec<Value> = vec![observation(&json!({})); count];
    app.post(OBSERVATIONS, &items.into()).await.json(202);
}

async fn serve(app: &TestApp, count: usize) {
    let candidate = json!({"path": "candidate", "latency_ms": 90.0, "operation": "=delete, all"});
    let mut items: Vec<Value> = vec![observation(&candidate); count];
    items.extend(vec![observation(&json!({})); 3 * count]);
    items.push(observation(&json!({"path": "candidate", "outcome": "error"})));
    app.post(OBSERVATIONS, &items.into()).await.json(202);
}
