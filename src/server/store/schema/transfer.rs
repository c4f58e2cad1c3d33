//! Moving everything to another database. While it is copied the source takes no writes; what is left when it is
//! interrupted is gone on with.

use super::copy::{Copied, copy};
use super::incoming::{Incoming, Present, discard};
use super::{Base, Missing, SchemaError, ledger};
use crate::server::config::Database;

/// How to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where an earlier run was interrupted, if there was one.
    Resumed,
    Anew,
}

/// Copies all of `from` to `to`, which must be empty, verifies it and puts it in place. After `stop_after` rows it stops,
/// to be resumed.
pub async fn transfer(
    from: &Database,
    to: &Database,
    start: Start,
    stop_after: Option<u64>,
) -> Result<Copied, SchemaError> {
    if from == to {
        return Err(SchemaError::refused("both are the same database"));
    }
    let mut source = Base::open(from, Missing::Refused).await?;
    match source {
        Base::Sqlite(_) => source.run("BEGIN IMMEDIATE").await?,
        Base::Postgres(_) => {
            // The lock that everything that writes takes, kept to the end of this connection.
            source.run("SELECT pg_advisory_lock(x'63726f7373666164'::bigint)").await?;
            source.begin_reading().await?;
        }
    }
    let version = ledger::version(&mut source).await?;
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
