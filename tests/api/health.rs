//! `/healthz` and `/readyz`.

use crossfade::server::store::StoreError;

use crate::app::TestApp;
use crate::stores::{Obstacle, Obstructed};

#[tokio::test]
async fn a_program_that_runs_is_alive_and_ready() {
    let app = TestApp::empty().await;
    for (uri, expected) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = app.get(uri).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, expected), "{uri}");
    }
}

#[tokio::test]
async fn a_program_on_another_schema_is_alive_and_not_ready() {
    for sql in [
        "UPDATE _sqlx_migrations SET checksum = substr(checksum, 2)",
        "DELETE FROM _sqlx_migrations",
        "DROP TABLE _sqlx_migrations",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'of a newer program', TRUE, checksum, 1 FROM _sqlx_migrations LIMIT 1",
    ] {
        let app = TestApp::empty().await;
        app.execute(sql).await;
        app.get("/readyz").await.problem(503);
        assert_eq!(app.get("/healthz").await.status, 200, "{sql}");
    }
}

#[tokio::test]
async fn a_program_without_its_store_is_alive_and_not_ready() {
    let app = TestApp::empty().await;
    app.application.state.store.close().await;
    let answer = app.get("/readyz").await;
    answer.problem(503);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_store_that_fails_makes_the_program_unready_whatever_the_fault() {
    let (app, store) = Obstructed::app().await;
    for error in [
        (|| StoreError::ReadOnly) as fn() -> StoreError,
        || StoreError::Unavailable(sqlx::Error::PoolTimedOut),
        || StoreError::Schema("SELECT 1".to_owned()),
        || StoreError::Failed(sqlx::Error::Protocol("SELECT 1".to_owned())),
    ] {
        store.put_up(Obstacle::Reads(error));
        app.get("/readyz").await.problem(503);
        store.take_down();
        assert_eq!(app.get("/readyz").await.status, 200);
    }
}
