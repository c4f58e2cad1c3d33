//! That a page comes: whatever else the process does meanwhile, and in the end even when what it shows does not.

use std::time::Duration;

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::server::http;
use crossfade::server::store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::app::{TestApp, until};
use crate::stores::{Obstacle, Obstructed};

/// Longer than a page may be in the making, and not as long as a test waits for an answer.
const TOO_LONG: Duration = Duration::from_secs(31);

#[tokio::test]
async fn a_page_comes_while_other_applications_are_put_together_in_the_same_process() {
    let app = TestApp::with_features().await;
    let (state, stop) = (app.application.state.clone(), CancellationToken::new());
    let _stopped_whatever_comes = stop.clone().drop_guard();
    tokio::task::spawn_blocking(move || {
        while !stop.is_cancelled() {
            drop(http::router(state.clone(), "site".into()));
        }
    });
    for _ in 0..25 {
        for uri in ["/", "/features/kimi", "/audit"] {
            assert_eq!(app.get(uri).await.status, 200, "{uri}");
        }
    }
}

#[tokio::test]
async fn whoever_waits_for_a_page_that_does_not_come_is_told_so() {
    let (app, store) = Obstructed::app().await;
    let engineer = app.as_role(Role::Engineer).await;
    store.put_up(Obstacle::RollupsHang);
    let form = [("__call", "/panel/nothing-here"), ("__form", "Percentage")];
    let gate = "/features/kimi/gate";
    for (uri, form) in [("/", None), ("/features/kimi", None), (gate, None), (gate, Some(form))] {
        let (visitor, before) = (engineer.clone(), store.waiting());
        let page = tokio::spawn(async move {
            match form {
                None => visitor.get(uri).await,
                Some(form) => visitor.submit_form(uri, uri, &form).await,
            }
        });
        until(|| store.waiting() > before).await;
        tokio::time::pause();
        tokio::time::advance(TOO_LONG).await;
        let answer = page.await.unwrap();
        tokio::time::resume();
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "5"), "{uri}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text().contains("This page was not ready in time"), "{uri}");
        assert!(answer.header("content-security-policy").contains("style-src 'self'"), "{uri}");
    }
    store.take_down();
    assert_eq!(engineer.get("/features/kimi").await.status, 200);
}

#[tokio::test]
async fn a_page_says_as_of_when_is_decided_while_the_database_does_not_answer() {
    let (app, store) = Obstructed::app().await;
    let viewer = app.as_role(Role::Viewer).await;
    let state = &app.application.state;
    state.decisions.catalog().await.unwrap();
    let silent = || StoreError::Unavailable(sqlx::Error::PoolTimedOut);
    store.put_up(Obstacle::Reads(silent));
    state.reach.note::<()>(&Err(silent()));
    app.advance(TimeDelta::seconds(35));
    for uri in ["/", "/features/kimi", "/alerts"] {
        let page = viewer.get(uri).await;
        assert!(page.page(503).contains("as they stood at <b>2026-01-05 10:30:30"), "{uri}: {}", page.text());
    }
    store.take_down();
    state.reach.note(&Ok(()));
    assert!(!viewer.get("/alerts").await.page(200).contains("as they stood at"));
}
