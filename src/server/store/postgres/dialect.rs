//! What is PostgreSQL's own in the statements of `sql/`: the driver's types, how a transaction begins, and what SQLite
//! writes in another way or does not need.

use std::time::Duration;

pub(super) use sqlx::PgExecutor as Executor;
use sqlx::postgres::{PgListener, PgPoolOptions, PgQueryResult};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;

pub(super) use super::error::from_sqlx;
use super::open::PATIENCE;
pub(super) use super::partitions::{Over, drop_partition, make_room};
pub(super) use super::turns::{Turns, check_turn};
use crate::server::store::{StoreError, Telling};

pub(super) type Db = sqlx::Postgres;
pub(super) type Pool = PgPool;
pub(super) type Connection = PgConnection;
pub(super) type QueryResult = PgQueryResult;
pub(super) type Transaction = sqlx::Transaction<'static, Db>;

/// The texts in the JSON list that is bound to a place, to be asked with `IN`.
macro_rules! listed {
    ($place:literal) => {
        concat!("(SELECT value FROM json_array_elements_text(CAST(", $place, " AS JSON)) AS listed (value))")
    };
}
pub(super) use listed;

/// How long anything may take: a little longer than the server lets a statement. What takes longer is asked over a connection
/// that nothing comes through any more, though neither end was told.
pub(super) const LONGEST: Option<Duration> = Some(Duration::from_secs(70));

/// A transaction that changes something. It holds the one write lock of all instances from its beginning, so that what it
/// reads is still so when it writes. The lock's number is the text "crossfad", which nobody else is likely to take.
///
/// The lock is taken by a statement of its own: whoever is given up while waiting for it then has a transaction to roll back.
pub(super) async fn begin_change(pool: &Pool) -> Result<Transaction, StoreError> {
    let mut transaction = pool.begin().await.map_err(from_sqlx)?;
    sqlx::query("SELECT pg_advisory_xact_lock(x'63726f7373666164'::bigint)")
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    Ok(transaction)
}

/// A transaction that reads several things as of one moment.
pub(super) async fn begin_reading(pool: &Pool) -> Result<Transaction, StoreError> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(from_sqlx)
}

/// Whoever listens is told at once what was committed.
pub(super) const TELLING: Telling = Telling::Tells;

/// Where it is told that something was committed. Channels are of one database.
const CHANNEL: &str = "crossfade_changes";

/// Tells all who listen that something was changed, once the transaction is committed.
pub(super) async fn tell(connection: &mut Connection) -> Result<(), StoreError> {
    let told = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(connection).await;
    told.map(drop).map_err(from_sqlx)
}

/// Hears what is told, until the connection ends. It is of no pool: when it is given up the driver says goodbye over it, and
/// waits for as long as nothing comes through, with its place taken.
pub(super) async fn listen(pool: &Pool, changed: &Notify) -> Result<(), StoreError> {
    let options = pool.connect_options().as_ref().clone();
    let own = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options);
    let listening = async {
        let mut listener = PgListener::connect_with(&own.await?).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        // What was told before it could be heard.
        changed.notify_one();
        while listener.try_recv().await?.is_some() {
            changed.notify_one();
        }
        Err(sqlx::Error::WorkerCrashed)
    };
    tokio::select! {
        ended = listening => ended.map_err(from_sqlx),
        () = pool.close_event() => Err(from_sqlx(sqlx::Error::PoolClosed)),
    }
}
