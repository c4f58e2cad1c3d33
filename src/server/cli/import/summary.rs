//! What an import did, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::server::store::{Answer, Rejection};
use crate::views::format;

/// The most rejected lines that are named.
const NAMED_REJECTIONS: usize = 10;

/// What came of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    /// The first of the rejected lines; their index is the number of the line.
    named: Vec<Rejection>,
    features: BTreeMap<String, u64>,
    created: BTreeSet<String>,
}

impl Summary {
    /// A line of this feature was read.
    pub(super) fn count(&mut self, feature: &str) {
        match self.features.get_mut(feature) {
            Some(lines) => *lines += 1,
            None => {
                self.features.insert(feature.to_owned(), 1);
            }
        }
    }

    /// A feature was created.
    pub(super) fn created(&mut self, feature: &str) {
        self.created.insert(feature.to_owned());
    }

    /// A batch was written.
    pub(super) fn add(&mut self, answer: Answer) {
        self.accepted += answer.accepted;
        self.duplicates += answer.duplicates;
        self.rejected += answer.rejected.len() as u64;
        self.named.extend(answer.rejected);
        self.named.truncate(NAMED_REJECTIONS);
    }

    /// `1,719 accepted, 0 duplicates, 0 rejected`.
    pub(super) fn in_words(&self) -> String {
        let Self { accepted, duplicates, rejected, .. } = self;
        format!(
            "{} accepted, {} duplicates, {} rejected",
            format::count(*accepted),
            format::count(*duplicates),
            format::count(*rejected)
        )
    }

    /// Says it; an error when a line was rejected.
    #[expect(clippy::print_stdout, reason = "the answer to the command")]
    pub(super) fn report(self) -> anyhow::Result<()> {
        println!("{}", self.in_words());
        for (feature, lines) in &self.features {
            let created = if self.created.contains(feature) { ", created" } else { "" };
            println!("  {feature}: {}{created}", format::count(*lines));
        }
        if self.rejected == 0 {
            return Ok(());
        }
        let lines = if self.rejected == 1 { "line was" } else { "lines were" };
        let mut message = format!("{} {lines} rejected; all others were taken in", format::count(self.rejected));
        for Rejection { index, detail } in &self.named {
            // Writing to a string cannot fail.
            let _ = write!(message, "\n  line {index}: {detail}");
        }
        if self.rejected > self.named.len() as u64 {
            message.push_str("\n  …");
        }
        anyhow::bail!(message)
    }
}
