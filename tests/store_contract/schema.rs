//! The schema of the database that a store is on.

use crossfade::domain::schema::drift::Drift;

use crate::backend::Backend;

pub async fn an_audit_finds_what_no_migration_makes<B: Backend>(backend: B) {
    let audit = backend.store().audit_schema().await.unwrap();
    assert_eq!(audit.drift, []);
    assert_eq!(audit.compared_to, audit.files.last().map(|file| file.version));
    backend.execute("CREATE TABLE aside (id INTEGER PRIMARY KEY)").await;
    let audit = backend.store().audit_schema().await.unwrap();
    let kinds: Vec<&str> = audit.drift.iter().map(Drift::kind_in_words).collect();
    assert_eq!(kinds, ["object in no file"]);
    assert_eq!(audit.drift[0].subject(), "table aside");
}
