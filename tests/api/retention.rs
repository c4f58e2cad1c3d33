//! What is no longer kept: it is removed, it is not taken in again, and pages read what is left.

use chrono::TimeDelta;
use crossfade::domain::retention::{LONGEST_STEP, Retention};
use crossfade::server::workers::retention::{Progress, tick};
use serde_json::{Value, json};

use crate::app::{Counted, TestApp};

async fn observe(app: &TestApp, id: &str, ago: TimeDelta) -> Value {
    let at = (app.now() - ago).to_rfc3339();
    let item = json!({"id": id, "at": at, "feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 7});
    app.post("/api/v1/observations", &item).await.json(202)
}

/// What is counted over so many days.
async fn over(app: &TestApp, days: i64) -> u64 {
    let from = (app.now() - TimeDelta::days(days)).format("%Y-%m-%dT%H:%M:%SZ");
    let document = app.get(&format!("/api/v1/features/kimi/metrics?from={from}")).await.json(200);
    document["points"].as_array().unwrap().iter().map(|point| point["legacy"]["requests"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn what_is_older_than_minutes_are_kept_is_refused_since_it_might_count_twice() {
    let app = TestApp::with_features().await;
    observe(&app, "a", TimeDelta::days(30) - TimeDelta::minutes(1)).await;
    app.advance(TimeDelta::minutes(2));
    tick(&app.application.state, &mut Progress::default()).await.unwrap();
    let answer = observe(&app, "a", TimeDelta::days(30) + TimeDelta::minutes(1)).await;
    assert_eq!(answer["accepted"], 0);
    insta::assert_snapshot!(
        answer["rejected"][0]["detail"].as_str().unwrap(),
        @"at lies more than 30 days in the past, which is longer than minutes are kept"
    );
}

#[tokio::test]
async fn a_page_over_sixty_days_reads_hours_of_which_the_minutes_are_gone() {
    let mut app = TestApp::with_features().await;
    app.advance(TimeDelta::hours(2));
    for day in 0..60 {
        observe(&app, &format!("day {day}"), TimeDelta::zero()).await;
        app.advance(TimeDelta::days(1));
    }
    assert_eq!(over(&app, 61).await, 60);
    let state = &app.application.state;
    tick(state, &mut Progress::default()).await.unwrap();
    let done = state.clean_ups.last();
    // A minute a day for thirty days, and an id for each.
    assert_eq!((done.ended_at, done.rows), (Some(app.now()), 60));
    assert!(done.longest_step < LONGEST_STEP * 20, "{done:?}");
    assert_eq!(over(&app, 61).await, 60);
    assert_eq!(over(&app, 20).await, 20);

    // A short range of long ago is told by the hour, and a finer step is refused.
    let begin = app.now() - TimeDelta::days(45);
    let range = |step: &str| {
        let at = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        format!("/api/v1/features/kimi/metrics?from={}&to={}{step}", at(begin), at(begin + TimeDelta::hours(3)))
    };
    assert_eq!(app.get(&range("")).await.json(200)["step_seconds"], 3_600);
    let problem = app.get(&range("&step=60")).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/step");

    // With another setting, more goes.
    let retention = Retention { minutes: TimeDelta::days(5), hours: TimeDelta::days(20) };
    app.application.state.set(|parts| parts.retention = retention);
    tick(&app.application.state, &mut Progress::default()).await.unwrap();
    app.serve_again();
    assert_eq!(over(&app, 61).await, 60, "hours since the stage was entered stay for its gate");
}

#[tokio::test]
async fn nothing_is_over_in_a_young_database() {
    let app = TestApp::with_features().await;
    observe(&app, "a", TimeDelta::zero()).await;
    let mut progress = Progress::default();
    for _ in 0..3 {
        tick(&app.application.state, &mut progress).await.unwrap();
        assert_eq!(app.application.state.clean_ups.last().rows, 0);
        app.advance(TimeDelta::minutes(1));
    }
    assert_eq!(app.counted("kimi").await, Counted::legacy(1));
}
