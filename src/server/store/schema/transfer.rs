//! Moving everything to another database. While it is copied the source takes no writes; what is left when it is
//! interrupted is gone on with.

use chrono::{DateTime, TimeDelta, Utc};

use super::copy::{Copied, copy};
use super::incoming::{Incoming, Present, discard};
use super::turn::Turn;
use super::{Base, Missing, SchemaError, ledger};
use crate::server::config::Database;

/// An instance that told of itself so lately runs: it does so every two seconds.
const TELLS_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// The migration that made the table of instances.
const INSTANCES: i64 = 12;

/// How to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where an earlier run was interrupted, if there was one.
    Resumed,
    Anew,
}

/// Copies all of `from` to `to`, which must be empty, verifies it and puts it in place. No instance may run on `from` at `now`,
/// since what it takes in afterwards would stay there. After `stop_after` rows it stops, to be resumed.
pub async fn transfer(
    from: &Database,
    to: &Database,
    start: Start,
    now: DateTime<Utc>,
    stop_after: Option<u64>,
) -> Result<Copied, SchemaError> {
    if from == to {
        return Err(SchemaError::refused("both are the same database"));
    }
    let mut source = Base::open(from, Missing::Refused).await?;
    let _turn = Turn::take(to).await?;
    match source {
        Base::Sqlite(_) => source.run("BEGIN IMMEDIATE").await?,
        Base::Postgres(_) => {
            // The lock that everything that writes takes, kept to the end of this connection.
            source.run("SELECT pg_advisory_lock(x'63726f7373666164'::bigint)").await?;
            source.begin_reading().await?;
        }
    }
    let version = ledger::version(&mut source).await?;
    refuse_running(&mut source, version, now).await?;
    if start == Start::Anew {
        discard(to).await?;
    }
    let mut incoming = Incoming::open(to, Present::Kept, version).await?;
    let copied = copy(&mut source, &mut incoming.base, version, stop_after).await?;
    match copied {
        Copied::Verified { .. } => incoming.put_in_place().await?,
        Copied::Interrupted { .. } => incoming.base.close().await?,
    }
    source.roll_back().await?;
    source.close().await?;
    Ok(copied)
}

async fn refuse_running(source: &mut Base, version: i64, now: DateTime<Utc>) -> Result<(), SchemaError> {
    if version < INSTANCES {
        return Ok(());
    }
    let since = (now - TELLS_WITHIN).timestamp_millis();
    let sql = format!("SELECT name FROM instances WHERE seen_at > {since} ORDER BY name");
    let running = source.texts(sql).await?;
    if running.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{} told of itself within the last {} seconds: stop what runs on the source first, or what it takes in stays there",
        running.join(", "),
        TELLS_WITHIN.num_seconds()
    );
    Err(SchemaError::Refused(reason))
}
