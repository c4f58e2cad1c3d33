//! A migration's checklist: giving it one, and saying what of it is done.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::access::Principal;
use crate::domain::audit::AuditDraft;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::field_error::FieldError;
use crate::domain::migration::Migration;
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::domain::runbook::{Checklist, Item, ItemId, Progress, Runbook, Tick};
use crate::server::state::AppState;
use crate::server::store::{Change, RunbookWrite, Write};
use crate::views::meanwhile::Meanwhile;

/// What is said of an item.
#[derive(Clone, Debug)]
pub struct TickOrder {
    pub migration: MigrationSlug,
    pub item: ItemId,
    /// The version that was seen; `None` for whatever it is.
    pub seen: Option<i64>,
    pub is_done: bool,
    pub note: Option<Reason>,
}

/// Gives a migration this checklist in place of the one before. Ticks stay with their items; what the file says is done is
/// ticked by whoever brings it, unless somebody has said something of it before.
pub async fn import(
    state: &AppState,
    slug: &MigrationSlug,
    seen: Option<i64>,
    file: &[u8],
    by: &Principal,
) -> Result<Progress, CommandError> {
    let (checklist, source) =
        Checklist::read_source(file).map_err(|error| vec![FieldError::new("/markdown", error)])?;
    let migration = migration(state, slug).await?;
    let present = state.store.runbook(migration.id).await?;
    let expected = present.as_ref().map_or(0, |runbook| runbook.version);
    if seen.is_some_and(|seen| seen != expected) {
        let what = format!("the runbook of migration {slug}");
        return Err(CommandError::Stale { what, version: Some(expected), changes: Vec::new() });
    }
    let ticks = state.store.runbook_ticks(migration.id).await?;
    let (now, version) = (state.clock.now(), expected + 1);
    let runbook = Runbook { source, imported_at: now, actor: by.actor.clone(), version };
    let mut writes = vec![Write::Runbook(RunbookWrite::Import { migration: migration.id, runbook, expected })];
    let is_new = |item: &&Item| item.is_done && !ticks.iter().any(|tick| tick.item == item.id);
    let ticked: Vec<&Item> = checklist.items().filter(is_new).collect();
    for item in &ticked {
        let tick = Tick {
            item: item.id.clone(),
            headings: headings_of(&checklist, item),
            text: item.text.clone(),
            is_done: true,
            at: now,
            actor: by.actor.clone(),
            note: Some("ticked in the file".to_owned()),
            version: 1,
        };
        writes.push(Write::Runbook(RunbookWrite::Tick { migration: migration.id, tick, expected: 0 }));
    }
    let is_done =
        |item: &Item| ticks.iter().find(|tick| tick.item == item.id).map_or(item.is_done, |tick| tick.is_done);
    let progress = Progress::of(checklist.items().map(is_done));
    let before = present.map_or(Value::Null, |runbook| json!({"version": runbook.version}));
    let after = json!({"version": version, "items": progress.items, "ticked": ticked.len()});
    let audit = event(slug, "runbook.imported", "the runbook", "runbook imported", before, after, version);
    commit(state, by, writes, audit).await?;
    Ok(progress)
}

/// Says that an item is done, or that it is not.
pub async fn tick(state: &AppState, order: TickOrder, by: &Principal) -> Result<(), CommandError> {
    let slug = &order.migration;
    let migration = migration(state, slug).await?;
    let no_item = || CommandError::NotFound { what: format!("item {} of the runbook of {slug}", order.item.0) };
    let runbook = state.store.runbook(migration.id).await?.ok_or_else(no_item)?;
    let checklist = Checklist::read(runbook.source.as_bytes()).unwrap_or_default();
    let item = checklist.items().find(|item| item.id == order.item).ok_or_else(no_item)?;
    let ticks = state.store.runbook_ticks(migration.id).await?;
    let present = ticks.into_iter().find(|tick| tick.item == item.id);
    let expected = present.as_ref().map_or(0, |tick| tick.version);
    if order.seen.is_some_and(|seen| seen != expected) {
        return Err(stale(item, present, expected));
    }
    let was_done = present.is_some_and(|tick| tick.is_done);
    let note = order.note.as_ref().map(|note| note.as_str().to_owned());
    if was_done == order.is_done && note.is_none() {
        return Err(CommandError::refused(Refusal::NothingToChange));
    }
    let (action, words) = if order.is_done { ("runbook.ticked", "done") } else { ("runbook.unticked", "not done") };
    let tick = Tick {
        item: item.id.clone(),
        headings: headings_of(&checklist, item),
        text: item.text.clone(),
        is_done: order.is_done,
        at: state.clock.now(),
        actor: by.actor.clone(),
        note: note.clone(),
        version: expected + 1,
    };
    let after = json!({"done": order.is_done, "item": item.id, "note": note});
    let reason = note.unwrap_or_else(|| words.to_owned());
    let before = json!({"done": was_done, "item": item.id});
    let audit = event(slug, action, &item.text, &reason, before, after, tick.version);
    let write = Write::Runbook(RunbookWrite::Tick { migration: migration.id, tick, expected });
    commit(state, by, vec![write], audit).await
}

async fn migration(state: &AppState, slug: &MigrationSlug) -> Result<Migration, CommandError> {
    let found = state.store.migration(slug).await?;
    found.ok_or_else(|| CommandError::NotFound { what: format!("migration {slug}") })
}

async fn commit(state: &AppState, by: &Principal, writes: Vec<Write>, audit: AuditDraft) -> Result<(), CommandError> {
    let action = audit.action;
    let change = Change { actor: by.actor.clone(), at: state.clock.now(), writes, audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(action, actor = by.actor.as_str(), "runbook changed");
    Ok(())
}

/// That somebody else said something of an item meanwhile.
fn stale(item: &Item, present: Option<Tick>, version: i64) -> CommandError {
    let changes = present.map(|tick| Meanwhile {
        at: tick.at,
        actor: tick.actor.as_str().to_owned(),
        action: if tick.is_done { "runbook.ticked" } else { "runbook.unticked" }.to_owned(),
        reason: tick.note.unwrap_or_else(|| "without a note".to_owned()),
        what: if tick.is_done { "ticked" } else { "unticked" }.to_owned(),
    });
    CommandError::Stale {
        what: format!("the item {:?}", item.text),
        version: Some(version),
        changes: changes.into_iter().collect(),
    }
}

fn headings_of(checklist: &Checklist, item: &Item) -> Vec<String> {
    let group = checklist.groups.iter().find(|group| group.items().any(|it| it.id == item.id));
    group.map(|group| group.headings.clone()).unwrap_or_default()
}

fn event(
    slug: &MigrationSlug,
    action: &'static str,
    subject: &str,
    reason: &str,
    before: Value,
    after: Value,
    version: i64,
) -> AuditDraft {
    AuditDraft {
        action,
        migration: Some(slug.clone()),
        feature: None,
        subject: Some(subject.to_owned()),
        reason: reason.to_owned(),
        before,
        after,
        policy_version: None,
        version: Some(version),
    }
}
