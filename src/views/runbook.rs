//! A migration's checklist as it is shown: groups with their progress, items within each other with who ticked them, and what
//! was ticked and is no longer in it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::runbook::{Block, Checklist, Group, Item, Progress, Runbook, Tick};

/// `GET /api/v1/migrations/{slug}/runbook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunbookView {
    pub migration: String,
    /// The version of the file; it is the `ETag`. 0 where there is none.
    pub version: i64,
    pub imported_at: Option<DateTime<Utc>>,
    pub imported_by: Option<String>,
    pub progress: ProgressView,
    pub groups: Vec<GroupView>,
    /// What was ticked before and is no longer in the checklist, newest last.
    pub vanished: Vec<VanishedView>,
}

/// How much is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgressView {
    pub done: u64,
    pub items: u64,
}

/// What stands below one heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    /// Its own; empty before the first.
    pub heading: String,
    /// 1 to 6; 0 without a heading.
    pub level: u8,
    /// Of its own items and of those below the headings below it.
    pub progress: ProgressView,
    pub blocks: Vec<BlockView>,
}

/// A part of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BlockView {
    Text { markdown: String },
    Item(ItemView),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemView {
    pub id: String,
    /// How many items it is within.
    pub depth: u64,
    pub markdown: String,
    pub done: bool,
    /// Goes back with a tick; 0 of an item that nobody ever ticked.
    pub version: i64,
    /// When it was last ticked, or unticked.
    pub at: Option<DateTime<Utc>>,
    pub by: Option<String>,
    pub note: Option<String>,
}

/// What was ticked and is no longer in the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VanishedView {
    pub headings: Vec<String>,
    pub markdown: String,
    pub at: DateTime<Utc>,
    pub by: String,
    pub note: Option<String>,
}

impl RunbookView {
    /// That a migration has no checklist.
    pub fn none(migration: &str) -> Self {
        Self {
            migration: migration.to_owned(),
            version: 0,
            imported_at: None,
            imported_by: None,
            progress: ProgressView::default(),
            groups: Vec::new(),
            vanished: Vec::new(),
        }
    }

    /// `runbook`, which is read as `checklist`, and what was ever said of items.
    pub fn new(migration: &str, runbook: &Runbook, checklist: &Checklist, ticks: &[Tick]) -> Self {
        let mut groups: Vec<GroupView> = checklist.groups.iter().map(|group| of_group(group, ticks)).collect();
        let is_there = |tick: &Tick| checklist.items().any(|item| item.id == tick.item);
        let gone = ticks.iter().filter(|tick| tick.is_done && !is_there(tick));
        let all = sum(&groups);
        for index in 0..groups.len() {
            let (level, below) = (groups[index].level, &groups[index + 1..]);
            // What stands before the first heading has nothing below it.
            let end = below.iter().position(|group| level == 0 || group.level <= level).unwrap_or(below.len());
            let sum = sum(&groups[index..=index + end]);
            groups[index].progress = sum;
        }
        Self {
            migration: migration.to_owned(),
            version: runbook.version,
            imported_at: Some(runbook.imported_at),
            imported_by: Some(runbook.actor.as_str().to_owned()),
            progress: all,
            vanished: gone.map(vanished).collect(),
            groups,
        }
    }
}

impl ProgressView {
    /// `3 of 12`.
    pub fn in_words(self) -> String {
        format!("{} of {}", self.done, self.items)
    }
}

fn sum(groups: &[GroupView]) -> ProgressView {
    groups.iter().fold(ProgressView::default(), |sum, group| ProgressView {
        done: sum.done + group.progress.done,
        items: sum.items + group.progress.items,
    })
}

fn of_group(group: &Group, ticks: &[Tick]) -> GroupView {
    let is_done = |item: &Item| tick_of(item, ticks).is_some_and(|tick| tick.is_done);
    let Progress { done, items } = Progress::of(group.items().map(is_done));
    let blocks = group.blocks.iter().map(|block| match block {
        Block::Text(text) => BlockView::Text { markdown: text.clone() },
        Block::Item(item) => BlockView::Item(of_item(item, tick_of(item, ticks))),
    });
    GroupView {
        heading: group.headings.last().cloned().unwrap_or_default(),
        level: group.level,
        progress: ProgressView { done, items },
        blocks: blocks.collect(),
    }
}

fn tick_of<'a>(item: &Item, ticks: &'a [Tick]) -> Option<&'a Tick> {
    ticks.iter().find(|tick| tick.item == item.id)
}

fn of_item(item: &Item, tick: Option<&Tick>) -> ItemView {
    ItemView {
        id: item.id.0.clone(),
        depth: item.depth as u64,
        markdown: item.text.clone(),
        done: tick.is_some_and(|tick| tick.is_done),
        version: tick.map_or(0, |tick| tick.version),
        at: tick.map(|tick| tick.at),
        by: tick.map(|tick| tick.actor.as_str().to_owned()),
        note: tick.and_then(|tick| tick.note.clone()),
    }
}

fn vanished(tick: &Tick) -> VanishedView {
    VanishedView {
        headings: tick.headings.clone(),
        markdown: tick.text.clone(),
        at: tick.at,
        by: tick.actor.as_str().to_owned(),
        note: tick.note.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::runbook::ItemId;

    #[test]
    fn a_heading_counts_what_is_below_the_headings_below_it() {
        let source =
            "- [ ] a\n# One\n## Two\n- [ ] b\n- [ ] c\n### Three\n- [ ] d\n## Four\n- [ ] e\n# Five\n- [ ] f\n";
        let checklist = Checklist::read(source.as_bytes()).unwrap();
        let done: Vec<&ItemId> =
            checklist.items().filter(|it| ["b", "d"].contains(&&*it.text)).map(|it| &it.id).collect();
        let at = DateTime::UNIX_EPOCH;
        let actor = crate::domain::text::Actor::policy();
        let tick = |item: &&ItemId| Tick {
            item: (*item).clone(),
            headings: Vec::new(),
            text: String::new(),
            is_done: true,
            at,
            actor: actor.clone(),
            note: None,
            version: 1,
        };
        let ticks: Vec<Tick> = done.iter().map(tick).collect();
        let runbook = Runbook { source: source.to_owned(), imported_at: at, actor: actor.clone(), version: 1 };
        let view = RunbookView::new("files", &runbook, &checklist, &ticks);
        let told: Vec<String> =
            view.groups.iter().map(|group| format!("{} {}", group.heading, group.progress.in_words())).collect();
        assert_eq!(told, [" 0 of 1", "One 2 of 4", "Two 2 of 3", "Three 1 of 1", "Four 0 of 1", "Five 0 of 1"]);
        assert_eq!(view.progress.in_words(), "2 of 6");
    }
}
