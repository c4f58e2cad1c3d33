//! The database itself refuses to alter or remove what is in the audit chain.

use sqlx::Connection as _;

use crate::backend::{Backend as _, Sqlite};
use crate::decided::{chain, change, draft};

#[tokio::test]
async fn events_of_the_chain_are_neither_altered_nor_removed() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    store.commit(&change(0, vec![], vec![draft("feature.advanced"), draft("feature.enabled")])).await.unwrap();
    let before = chain(&*store).await;
    let mut connection = backend.connection().await;
    for sql in [
        "UPDATE audit_events SET hash = 'x' WHERE seq = 1",
        "UPDATE audit_events SET actor = 'user:mallory'",
        "DELETE FROM audit_events WHERE seq = 2",
        "DELETE FROM audit_events",
        "REPLACE INTO audit_events VALUES (1, 0, 'x', 'x', NULL, NULL, '{}', 'x')",
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
    connection.close().await.unwrap();
    assert_eq!(chain(&*store).await, before);
}
