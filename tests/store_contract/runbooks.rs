//! Checklists of migrations, and what is done of them.

use crossfade::domain::migration::MigrationId;
use crossfade::domain::runbook::{ItemId, Runbook, Tick};
use crossfade::server::store::{CommitError, RunbookWrite, Store, Write};

use crate::backend::Backend;
use crate::decided::{actor, change, draft, kimi};
use crate::sample::at;

/// A checklist of one item.
pub fn runbook(version: i64) -> Runbook {
    Runbook {
        source: format!("# Move\n- [ ] version {version}\n"),
        imported_at: at(version),
        actor: actor("cli:root"),
        version,
    }
}

/// That somebody ticked this item.
pub fn tick(item: &str, version: i64) -> Tick {
    Tick {
        item: ItemId(item.to_owned()),
        headings: vec!["Move".to_owned(), "Before".to_owned()],
        text: format!("do {item}"),
        is_done: version % 2 == 1,
        at: at(version),
        actor: actor("user:ada"),
        note: (version == 1).then(|| "it took long".to_owned()),
        version,
    }
}

async fn write(store: &dyn Store, writes: Vec<RunbookWrite>) -> Result<(), CommitError> {
    let writes = writes.into_iter().map(Write::Runbook).collect();
    store.commit(&change(1, writes, vec![draft("runbook.ticked")])).await
}

fn import(migration: MigrationId, version: i64, expected: i64) -> RunbookWrite {
    RunbookWrite::Import { migration, runbook: runbook(version), expected }
}

fn ticked(migration: MigrationId, item: &str, version: i64, expected: i64) -> RunbookWrite {
    RunbookWrite::Tick { migration, tick: tick(item, version), expected }
}

pub async fn a_checklist_is_kept_and_follows_the_one_that_was_seen<B: Backend>(mut backend: B) {
    let store = backend.store();
    let migration = kimi(&*store).await.migration.id;
    assert_eq!(store.runbook(migration).await.unwrap(), None);
    assert!(matches!(write(&*store, vec![import(migration, 2, 1)]).await, Err(CommitError::Stale { .. })));
    write(&*store, vec![import(migration, 1, 0)]).await.unwrap();
    assert!(matches!(write(&*store, vec![import(migration, 1, 0)]).await, Err(CommitError::Stale { .. })));
    write(&*store, vec![import(migration, 2, 1)]).await.unwrap();
    backend.reopen().await;
    assert_eq!(backend.store().runbook(migration).await.unwrap(), Some(runbook(2)));
    assert_eq!(backend.store().runbook(MigrationId(99)).await.unwrap(), None);
}

pub async fn of_two_who_tick_an_item_one_is_told<B: Backend>(backend: B) {
    let (store, other) = (backend.store(), backend.another().await);
    let migration = kimi(&*store).await.migration.id;
    write(&*store, vec![import(migration, 1, 0)]).await.unwrap();
    let (one, another) = tokio::join!(
        write(&*store, vec![ticked(migration, "a", 1, 0)]),
        write(&*other, vec![ticked(migration, "a", 1, 0)])
    );
    assert!(one.is_ok() != another.is_ok(), "{one:?} {another:?}");
    // Other items are not concerned, and what fails changes nothing.
    let both = vec![ticked(migration, "b", 1, 0), ticked(migration, "a", 1, 0)];
    assert!(matches!(write(&*store, both).await, Err(CommitError::Stale { .. })));
    assert_eq!(store.runbook_ticks(migration).await.unwrap(), [tick("a", 1)]);
    write(&*store, vec![ticked(migration, "b", 1, 0), ticked(migration, "a", 2, 1)]).await.unwrap();
    assert_eq!(store.runbook_ticks(migration).await.unwrap(), [tick("b", 1), tick("a", 2)]);
}

pub async fn ticks_stay_whatever_the_checklist_becomes<B: Backend>(mut backend: B) {
    let store = backend.store();
    let migration = kimi(&*store).await.migration.id;
    write(&*store, vec![import(migration, 1, 0), ticked(migration, "a", 1, 0)]).await.unwrap();
    write(&*store, vec![import(migration, 2, 1)]).await.unwrap();
    backend.reopen().await;
    assert_eq!(backend.store().runbook_ticks(migration).await.unwrap(), [tick("a", 1)]);
    assert_eq!(backend.store().runbook_ticks(MigrationId(99)).await.unwrap(), []);
}
