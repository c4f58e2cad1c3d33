//! Copies of a database: branches, backups and what is restored of them, and the move to another.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::tell;
use crate::server::clock::{Clock as _, SystemClock};
use crate::server::config::Database;
use crate::server::store::schema::branch::{self, Likeness};
use crate::server::store::schema::transfer::{self, Start};
use crate::server::store::schema::{Copied, Present, backup as backups};

/// Makes a branch and tells what the migrations came to on it; the code tells whether that is what they make.
pub(super) async fn branch(database: &Database, keep: Option<&str>) -> anyhow::Result<ExitCode> {
    let branch = branch::branch(database, keep).await.context("the branch failed")?;
    let mut out = std::io::stdout().lock();
    match branch.likeness {
        Likeness::Exact => writeln!(out, "branch {}: an exact copy", branch.name)?,
        Likeness::Rows => writeln!(
            out,
            "branch {}: the rows, in the schema that the migrations make, since others use the database",
            branch.name
        )?,
    }
    for file in &branch.applied {
        writeln!(out, "applied {:04} {}", file.version, file.name)?;
    }
    writeln!(out, "{} migrations applied in {} ms", branch.applied.len(), branch.took.as_millis())?;
    writeln!(out, "{}", if keep.is_some() { "kept" } else { "removed again" })?;
    drop(out);
    tell::audit(&branch.audit, false)?;
    Ok(if branch.audit.drift.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Backs the database up.
pub(super) async fn backup(database: &Database, file: &Path) -> anyhow::Result<ExitCode> {
    let manifest = backups::backup(database, file, SystemClock.now()).await.context("there is no backup")?;
    let (tables, rows) = (manifest.tables.len(), manifest.rows());
    writeln!(std::io::stdout(), "{}: {rows} rows of {tables} tables, schema {:04}", file.display(), manifest.schema)?;
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup.
pub(super) async fn restore(database: &Database, file: &Path, present: Present) -> anyhow::Result<ExitCode> {
    let manifest = backups::restore(database, file, present).await.context("nothing was restored")?;
    let (rows, at) = (manifest.rows(), manifest.made_at.format("%Y-%m-%dT%H:%M:%SZ"));
    writeln!(std::io::stdout(), "verified and restored: {rows} rows of {} as of {at}", manifest.of)?;
    Ok(ExitCode::SUCCESS)
}

/// Moves everything to another database.
pub(super) async fn transfer(
    from: &Database,
    to: &Database,
    start: Start,
    stop_after: Option<u64>,
) -> anyhow::Result<ExitCode> {
    let copied = transfer::transfer(from, to, start, SystemClock.now(), stop_after).await.context(
        "nothing was moved: the source is as it was, and what was copied waits to be gone on with, or for --restart",
    )?;
    let mut out = std::io::stdout().lock();
    match copied {
        Copied::Verified { sums, resumed } => {
            for sum in &sums {
                writeln!(out, "{}\t{}\t{}", sum.table, sum.rows, sum.sha256)?;
            }
            let rows: u64 = sums.iter().map(|sum| sum.rows).sum();
            let resumed = if resumed { ", gone on with where it was interrupted" } else { "" };
            writeln!(out, "moved and verified: {rows} rows of {} tables{resumed}", sums.len())?;
            Ok(ExitCode::SUCCESS)
        }
        Copied::Interrupted { rows } => {
            writeln!(out, "interrupted after {rows} rows; the same command goes on")?;
            Ok(ExitCode::FAILURE)
        }
    }
}
