//! The streams: change events from where a client left off, and when to evaluate flags again.

use axum::body::Body;
use axum::http::{Request, header};
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::server::events::{MOST_MISSED, Places, catch_up, tell_figures};
use serde_json::{Value, json};

use crate::app::{TestApp, bearer};
use crate::deciding::Team;
use crate::event_stream::{Event, EventStream};

const EVENTS: &str = "/api/v1/events";

async fn listen(app: &TestApp, headers: &[(&str, &str)]) -> EventStream {
    let mut request = Request::get(EVENTS);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    EventStream::open(app.router.clone(), app.signed(request.body(Body::empty()).unwrap())).await
}

/// What changes tell, by their ids.
fn actions(events: &[Event]) -> Vec<(&str, &str)> {
    events.iter().map(|event| (event.id.as_str(), event.data["action"].as_str().unwrap())).collect()
}

async fn head(app: &TestApp) -> i64 {
    app.application.state.store.audit_head().await.unwrap().seq
}

#[tokio::test]
async fn each_commit_is_one_event_with_its_place_in_the_chain() {
    let team = Team::new().await;
    let mut stream = listen(&team.app, &[]).await;
    assert_eq!(stream.headers["cache-control"], "no-cache");
    assert!(!stream.headers.contains_key("content-encoding"));
    assert_eq!(stream.at_hand(), []);
    let seq = head(&team.app).await;
    team.overrides().await;
    let event = stream.next().await.unwrap();
    assert_eq!((event.name.as_str(), event.id), ("change", (seq + 1).to_string()));
    assert_eq!(
        event.data,
        json!({"kind": "change", "seq": seq + 1, "at": "2026-01-05T10:30:30Z", "action": "feature.advanced_by_override", "migration": "files", "feature": "kimi"})
    );
    team.set(0.5).await.json(200);
    team.set(0.25).await.json(200);
    assert_eq!(stream.at_hand().len(), 2);
    // A change that was refused is none.
    team.set(2.0).await.problem(409);
    assert_eq!(stream.at_hand(), []);
}

#[tokio::test]
async fn other_figures_are_told_once_and_move_nobodys_place() {
    let app = TestApp::with_features().await;
    let seen = head(&app).await;
    let state = &app.application.state;
    let mut stream = listen(&app, &[]).await;
    tell_figures(state);
    assert_eq!(stream.at_hand(), []);
    let observation =
        json!({"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 1});
    for _ in 0..3 {
        app.post("/api/v1/observations", &observation).await.json(202);
    }
    tell_figures(state);
    tell_figures(state);
    let figures = Event { name: "figures".into(), id: String::new(), data: json!({"kind": "figures"}) };
    assert_eq!(stream.at_hand(), [figures]);
    app.create_user("ada", Role::Viewer).await;
    assert_eq!(stream.next().await.unwrap().id, (seen + 1).to_string());
}

#[tokio::test]
async fn a_page_names_the_last_change_that_it_shows() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    catch_up(&app.application.state).await.unwrap();
    for page in ["/", "/audit"] {
        let shown = engineer.get(page).await.page(200).to_owned();
        assert!(shown.contains(&format!("data-seen=\"{}\"", head(&app).await)), "{shown}");
    }
}

#[tokio::test]
async fn a_client_that_connects_again_gets_what_it_missed() {
    let team = Team::new().await;
    let seen = head(&team.app).await;
    team.overrides().await;
    team.set(0.5).await.json(200);
    let (first, second) = ((seen + 1).to_string(), (seen + 2).to_string());
    let both = [(first.as_str(), "feature.advanced_by_override"), (second.as_str(), "feature.percentage_set")];
    let mut stream = listen(&team.app, &[("last-event-id", &seen.to_string())]).await;
    assert_eq!(actions(&stream.at_hand()), both);
    let uri = format!("{EVENTS}?last_event_id={}", seen + 1);
    let request = team.app.signed(Request::get(uri).body(Body::empty()).unwrap());
    let mut stream = EventStream::open(team.app.router.clone(), request).await;
    assert_eq!(actions(&stream.at_hand()), both[1..]);
    // And goes on from there, each once.
    team.set(0.25).await.json(200);
    assert_eq!(stream.at_hand().len(), 1);
    for id in ["x", "", "1.5"] {
        let request = Request::get(EVENTS).header("last-event-id", id).body(Body::empty()).unwrap();
        team.app.send(request).await.problem(400);
    }
}

#[tokio::test]
async fn who_is_too_far_behind_is_told_to_fetch_everything_again() {
    let app = TestApp::with_features().await;
    let reset = |seq: i64| {
        vec![Event { name: "reset".into(), id: seq.to_string(), data: json!({"kind": "reset", "seq": seq}) }]
    };
    // Of another database.
    let mut stream = listen(&app, &[("last-event-id", "1000000")]).await;
    assert_eq!(stream.at_hand(), reset(head(&app).await));
    // One that does not read while more comes than is kept for it.
    let mut slow = listen(&app, &[]).await;
    assert_eq!(slow.at_hand(), []);
    let team = Team::of(app).await;
    team.overrides().await;
    for turn in 0..300 {
        team.set(if turn % 2 == 0 { 0.5 } else { 0.25 }).await.json(200);
    }
    assert_eq!(slow.next().await.unwrap(), reset(head(&team.app).await)[0]);
    assert_eq!(slow.at_hand(), []);
    // Whoever has seen less than what is told one by one.
    for turn in 0..MOST_MISSED - 250 {
        team.set(if turn % 2 == 0 { 0.5 } else { 0.25 }).await.json(200);
    }
    let mut stream = listen(&team.app, &[("last-event-id", "1")]).await;
    assert_eq!(stream.at_hand(), reset(head(&team.app).await));
}

#[tokio::test]
async fn what_another_process_committed_is_told_and_in_effect_at_the_next_look() {
    let team = Team::advanced(1).await;
    let app = &team.app;
    let mut stream = listen(app, &[]).await;
    let asked = async || app.post("/ofrep/v1/evaluate/flags/kimi", &json!({"context": {"targetingKey": "u"}})).await;
    assert_eq!(asked().await.json(200)["reason"], "SPLIT");
    let other = app.beside().await;
    let emergency = json!({"kind": "emergency", "reason": "it burns"});
    other.post("/api/v1/rollbacks", &emergency).await.json(201);
    assert_eq!(asked().await.json(200)["reason"], "SPLIT");
    catch_up(&app.application.state).await.unwrap();
    assert_eq!(asked().await.json(200)["reason"], "DISABLED");
    let told = stream.at_hand();
    assert!(told.iter().any(|event| event.data["action"] == "migration.emergency_rollback"), "{told:?}");
}

#[tokio::test]
async fn a_stream_ends_when_somebody_may_be_allowed_less() {
    let app = TestApp::with_features().await;
    let mut stream = listen(&app, &[]).await;
    app.create_user("ada", Role::Viewer).await;
    assert_eq!(stream.next().await.unwrap().data["action"], "user.created");
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn so_many_streams_and_no_more_are_open() {
    let mut app = TestApp::with_features().await;
    app.application.state.set(|parts| {
        parts.events.places = Places::of(2);
        parts.events.flag_places = Places::of(1);
    });
    app.serve_again();
    let streams = [listen(&app, &[]).await, listen(&app, &[]).await];
    let answer = app.get(EVENTS).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "1"));
    drop(streams);
    drop(listen(&app, &[]).await);
    let flags = flags(&app, None).await;
    assert_eq!(app.get("/ofrep/v1/events").await.json(429)["errorCode"], "GENERAL");
    drop(flags);
}

/// Where a client that has asked for all flags is to listen.
async fn address(app: &TestApp) -> String {
    let all = app.post("/ofrep/v1/evaluate/flags", &json!({})).await.json(200);
    all["eventStreams"][0]["endpoint"]["requestUri"].as_str().unwrap().to_owned()
}

/// A stream of changed flags, opened as a browser does: with nothing but an address.
async fn follow(app: &TestApp, address: &str, last_event_id: Option<&str>) -> EventStream {
    let mut request = Request::get(address).header(header::ACCEPT, "text/event-stream");
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    EventStream::open(app.router.clone(), request.body(Body::empty()).unwrap()).await
}

async fn flags(app: &TestApp, last_event_id: Option<&str>) -> EventStream {
    follow(app, &address(app).await, last_event_id).await
}

#[tokio::test]
async fn clients_are_told_to_evaluate_again_when_what_is_evaluated_changed_and_only_then() {
    let team = Team::advanced(3).await;
    let app = &team.app;
    let mut stream = flags(app, None).await;
    assert_eq!(stream.at_hand(), []);
    team.set(40.0).await.json(200);
    let event = stream.next().await.unwrap();
    assert_eq!((event.name.as_str(), &event.data["type"]), ("message", &json!("refetchEvaluation")));
    assert_eq!((&event.data["etag"], &event.data["lastModified"]), (&json!(event.id), &json!(app.now().timestamp())));
    // Nothing that flags depend on.
    app.create_user("ada", Role::Viewer).await;
    team.sign_off(&team.manager, "rejected").await.json(201);
    assert_eq!(stream.at_hand(), []);
    // Many changes that nobody read are one.
    team.set(30.0).await.json(200);
    team.set(20.0).await.json(200);
    assert_eq!(stream.at_hand().len(), 1);
    // Steps of a gradual rollback come with the clock.
    team.roll_back(json!({"kind": "gradual", "feature": "kimi", "target": 0, "reason": "errors"})).await.json(201);
    assert_eq!(stream.at_hand().len(), 1);
    app.advance(TimeDelta::minutes(5));
    catch_up(&app.application.state).await.unwrap();
    assert_eq!(stream.at_hand().len(), 1);
}

#[tokio::test]
async fn a_change_between_the_answer_and_the_stream_is_not_missed() {
    let team = Team::advanced(1).await;
    let address = address(&team.app).await;
    team.set(0.5).await.json(200);
    let mut stream = follow(&team.app, &address, None).await;
    let event = stream.next().await.unwrap();
    // As a browser connects again that has been told.
    assert_eq!(follow(&team.app, &address, Some(&event.id)).await.at_hand(), []);
    team.set(0.25).await.json(200);
    assert_eq!(follow(&team.app, &address, Some(&event.id)).await.at_hand().len(), 1);
}

#[tokio::test]
async fn a_ticket_is_good_for_its_time_and_its_token_and_nothing_else() {
    let app = TestApp::with_features().await;
    let open = async |uri: String| {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        EventStream::try_open(app.router.clone(), request).await.map(drop).map_err(|answer| answer.json(401))
    };
    let address = address(&app).await;
    let ticket = address.split_once("ticket=").unwrap().1.split('&').next().unwrap().to_owned();
    assert!(!address.contains(&app.token));
    open(address.clone()).await.unwrap();
    open(address.replace("ticket=", "ticket=1")).await.unwrap_err();
    open("/ofrep/v1/events?ticket=".to_owned()).await.unwrap_err();
    open("/ofrep/v1/events".to_owned()).await.unwrap_err();
    let program = app.anonymous().with(header::AUTHORIZATION, &bearer(&ticket));
    assert_eq!(program.get("/api/v1/features").await.status, 401);
    app.advance(TimeDelta::hours(2));
    open(address).await.unwrap_err();
    let fresh = super::streams::address(&app).await;
    open(fresh.clone()).await.unwrap();
    app.execute("UPDATE api_tokens SET revoked_at = 1").await;
    let refused: Value = open(fresh).await.unwrap_err();
    assert!(refused["errorDetails"].as_str().unwrap().contains("ticket"), "{refused}");
}
