//! A runbook: the checklist that a migration goes by, written in Markdown, and what of it is done. Here is what is read of a
//! file: headings, the text between, and items that can be ticked, within each other; who ticked them is in [`Tick`].

mod mended;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use self::mended::mended;
use super::digest::canonical_sha256;
use super::text::Actor;

/// The most bytes of a file.
pub const MAX_BYTES: usize = 512 << 10;

/// The most items of a checklist.
pub const MAX_ITEMS: usize = 2_000;

/// What an item is known by in whatever version of the file: a digest of the headings above it, the items that it is within,
/// its own text, and which of those that are alike it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ItemId(pub String);

/// A checklist as a file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checklist {
    /// In the order of the file. The first may have no heading.
    pub groups: Vec<Group>,
}

/// What stands below one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The headings that it is below, its own last; empty before the first.
    pub headings: Vec<String>,
    /// The level of its own heading, 1 to 6; 0 without one.
    pub level: u8,
    pub blocks: Vec<Block>,
}

/// A part of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines of Markdown as they are.
    Text(String),
    Item(Item),
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: ItemId,
    /// How many items it is within.
    pub depth: usize,
    /// Its Markdown, on one line.
    pub text: String,
    /// Whether the file says that it is done.
    pub is_done: bool,
}

/// Why a file is no checklist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecklistError {
    #[error("is not UTF-8: byte {position} cannot be read (line {line})")]
    NotUtf8 {
        /// From 1.
        position: usize,
        line: usize,
    },
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLarge,
    #[error("must have at most {MAX_ITEMS} items")]
    TooMany,
    #[error("has no items: lines that begin with - [ ]")]
    NoItems,
}

/// A migration's checklist as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runbook {
    /// The file, put right.
    pub source: String,
    pub imported_at: DateTime<Utc>,
    pub actor: Actor,
    pub version: i64,
}

/// What somebody last said of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub item: ItemId,
    /// The headings that the item was below.
    pub headings: Vec<String>,
    pub text: String,
    pub is_done: bool,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub note: Option<String>,
    /// From 1; of an item that nobody ever ticked it is 0.
    pub version: i64,
}

/// How much is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub done: u64,
    pub items: u64,
}

impl Progress {
    /// Of items that are done or not.
    pub fn of(done: impl IntoIterator<Item = bool>) -> Self {
        done.into_iter()
            .fold(Self::default(), |sum, is_done| Self { done: sum.done + u64::from(is_done), items: sum.items + 1 })
    }
}

impl Checklist {
    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Result<Self, ChecklistError> {
        Ok(Self::read_source(bytes)?.0)
    }

    /// Reads a file, and gives it as it is kept: what was wrongly encoded is put right.
    pub fn read_source(bytes: &[u8]) -> Result<(Self, String), ChecklistError> {
        if bytes.len() > MAX_BYTES {
            return Err(ChecklistError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            ChecklistError::NotUtf8 { position: error.valid_up_to() + 1, line }
        })?;
        let source = mended(text.trim_start_matches('\u{feff}'));
        let checklist = Reader::default().read(&source);
        match checklist.items().count() {
            0 => Err(ChecklistError::NoItems),
            items if items > MAX_ITEMS => Err(ChecklistError::TooMany),
            _ => Ok((checklist, source)),
        }
    }

    /// Every item, in the order of the file.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups.iter().flat_map(Group::items)
    }
}

impl Group {
    /// Its items, in the order of the file.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Item(item) => Some(item),
            Block::Text(_) => None,
        })
    }
}

/// What is known on the way through a file.
#[derive(Default)]
struct Reader {
    checklist: Checklist,
    /// The headings above, with their levels.
    headings: Vec<(u8, String)>,
    /// The items that the next line may be within: how far each is indented, and its text.
    within: Vec<(usize, String)>,
    /// The items seen, to count those that are alike.
    seen: std::collections::HashMap<(Vec<String>, Vec<String>, String), u32>,
    /// The fence of the block of code that it is in.
    fence: Option<&'static str>,
    /// Whether the last line was blank, so that what follows begins something else.
    is_after_blank: bool,
}

impl Reader {
    fn read(mut self, text: &str) -> Checklist {
        self.checklist.groups.push(Group::default());
        for line in text.lines() {
            self.line(line.trim_end());
        }
        self.checklist.groups.retain(|group| !group.headings.is_empty() || !group.blocks.is_empty());
        self.checklist
    }

    fn line(&mut self, line: &str) {
        let bare = line.trim_start();
        let fence = ["```", "~~~"].into_iter().find(|fence| bare.starts_with(fence));
        if self.fence.is_some() || fence.is_some() {
            if self.fence.is_none() || self.fence == fence {
                self.fence = if self.fence.is_some() { None } else { fence };
            }
            self.text(line);
        } else if bare.is_empty() {
            self.text("");
        } else if let Some((level, heading)) = heading(line) {
            self.heading(level, heading);
        } else if let Some((indent, is_done, text)) = item(line) {
            self.item(indent, is_done, text);
        } else if let Some(item) = self.last_item().filter(|_| bare.len() < line.len()) {
            // The rest of an item that goes over several lines.
            item.push(' ');
            item.push_str(bare);
        } else {
            self.within.clear();
            self.text(line);
        }
        self.is_after_blank = bare.is_empty();
    }

    /// The text of the item that the line before belonged to. It has its name from its first line.
    fn last_item(&mut self) -> Option<&mut String> {
        if self.is_after_blank {
            return None;
        }
        match self.group().blocks.last_mut() {
            Some(Block::Item(item)) => Some(&mut item.text),
            Some(Block::Text(_)) | None => None,
        }
    }

    fn group(&mut self) -> &mut Group {
        if self.checklist.groups.is_empty() {
            self.checklist.groups.push(Group::default());
        }
        let last = self.checklist.groups.len() - 1;
        &mut self.checklist.groups[last]
    }

    fn text(&mut self, line: &str) {
        match self.group().blocks.last_mut() {
            Some(Block::Text(text)) => {
                text.push('\n');
                text.push_str(line);
            }
            _ if line.is_empty() => {}
            _ => self.group().blocks.push(Block::Text(line.to_owned())),
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        self.within.clear();
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, one_line(text)));
        let headings = self.headings.iter().map(|(_, text)| text.clone()).collect();
        self.checklist.groups.push(Group { headings, level, blocks: Vec::new() });
    }

    fn item(&mut self, indent: usize, is_done: bool, text: &str) {
        self.within.retain(|(above, _)| *above < indent);
        let text = one_line(text);
        let parents: Vec<String> = self.within.iter().map(|(_, text)| text.clone()).collect();
        let headings = self.group().headings.clone();
        let key = (headings, parents, text.clone());
        let ordinal = self.seen.entry(key.clone()).or_insert(0);
        *ordinal += 1;
        let digest = canonical_sha256(&(&key.0, &key.1, &key.2, *ordinal)).unwrap_or_default();
        let id = digest.chars().skip("sha256:".len()).take(32).collect();
        let depth = self.within.len();
        self.within.push((indent, text.clone()));
        self.group().blocks.push(Block::Item(Item { id: ItemId(id), depth, text, is_done }));
    }
}

/// The level and text of a heading: `## Text ##`.
fn heading(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let text = line[level..].strip_prefix(' ')?;
    let level = u8::try_from(level).ok().filter(|level| (1..=6).contains(level))?;
    Some((level, text.trim().trim_end_matches('#').trim()))
}

/// How far an item is indented, whether it is done, and its text: `- [x] Text`, also with `*`, `+` or a number.
fn item(line: &str) -> Option<(usize, bool, &str)> {
    let bare = line.trim_start();
    let indent = line[..line.len() - bare.len()].chars().map(|char| if char == '\t' { 4 } else { 1 }).sum();
    let after_digits = bare.trim_start_matches(|char: char| char.is_ascii_digit());
    let rest = if after_digits.len() < bare.len() {
        after_digits.strip_prefix(['.', ')'])?
    } else {
        bare.strip_prefix(['-', '*', '+'])?
    };
    let rest = rest.strip_prefix(' ')?.trim_start().strip_prefix('[')?;
    let is_done = match rest.chars().next()? {
        ' ' => false,
        'x' | 'X' => true,
        _ => return None,
    };
    let text = rest[1..].strip_prefix(']')?.strip_prefix(' ')?.trim();
    (!text.is_empty()).then_some((indent, is_done, text))
}

/// Without line ends and spaces that say nothing.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
