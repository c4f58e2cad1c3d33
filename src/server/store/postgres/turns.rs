//! Turns among instances: advisory locks on one connection that does nothing else. When it is lost, so are all turns that
//! were given on it, and the server says so to whoever asks.
//!
//! A lock of a session, not of a transaction, since a turn lasts as long as a file takes. Needs a connection of its own: a
//! proxy that hands connections on between transactions breaks it, as it does `LISTEN`.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::error::from_sqlx;
use crate::server::store::StoreError;
use crate::server::store::turns::{StoreTurn, TurnLock};

/// How long the server may take to answer. Nobody has the turn while it does.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server that hears nothing of this machine any more gives its turns to others; one that has nothing to do goes on.
const SETTINGS: &str = "
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET idle_session_timeout = 0";

/// Gives turns; cheap to clone.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: PgConnectOptions,
    session: Mutex<Option<Session>>,
}

#[derive(Debug)]
struct Session {
    connection: PgConnection,
    /// What the server calls it.
    number: i32,
}

impl Session {
    /// The lock, unless another session has it.
    async fn lock(&mut self, key: i64) -> sqlx::Result<Option<TurnLock>> {
        let asked = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
        let is_ours: bool = asked.fetch_one(&mut self.connection).await?;
        Ok(is_ours.then_some(TurnLock { key, session: self.number }))
    }
}

impl Turns {
    /// Turns on a connection that is made when the first is asked for.
    pub fn new(options: PgConnectOptions) -> Self {
        Self(Arc::new(Inner { options, session: Mutex::new(None) }))
    }

    /// A turn with what is called `name`, unless another session has it.
    pub async fn take(&self, name: &str) -> Result<Option<StoreTurn>, StoreError> {
        let (turns, key) = (self.clone(), key(name));
        // Whoever asks may be given up, and a lock that nobody knows of would stay: what was taken is then dropped.
        let taken = tokio::spawn(async move {
            let lock = timeout(PATIENCE, turns.lock(key)).await.unwrap_or_else(|_| Err(StoreError::silent()))?;
            Ok(lock.map(|lock| StoreTurn { lock: Some(lock), _held: Some(Box::new(Held { lock, turns })) }))
        });
        taken.await.unwrap_or_else(|_| Err(StoreError::silent()))
    }

    /// Ends the session, and with it every turn.
    pub async fn close(&self) {
        drop(self.0.session.lock().await.take());
    }

    async fn lock(&self, key: i64) -> Result<Option<TurnLock>, StoreError> {
        let mut slot = self.0.session.lock().await;
        // Left out while the server is asked: what is not answered, or given up meanwhile, ends the session.
        if let Some(mut session) = slot.take()
            && let Ok(lock) = session.lock(key).await
        {
            *slot = Some(session);
            return Ok(lock);
        }
        // There is none, or it ended since it was last used.
        let mut session = self.connect().await?;
        let lock = session.lock(key).await.map_err(from_sqlx)?;
        *slot = Some(session);
        Ok(lock)
    }

    async fn connect(&self) -> Result<Session, StoreError> {
        let mut connection = self.0.options.connect().await.map_err(from_sqlx)?;
        sqlx::raw_sql(SETTINGS).execute(&mut connection).await.map_err(from_sqlx)?;
        let number =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.map_err(from_sqlx)?;
        Ok(Session { connection, number })
    }

    async fn unlock(&self, lock: TurnLock) {
        let mut slot = self.0.session.lock().await;
        // What was held on an earlier session went with it.
        let Some(mut session) = slot.take_if(|session| session.number == lock.session) else { return };
        let freed = sqlx::query("SELECT pg_advisory_unlock($1)").bind(lock.key).execute(&mut session.connection).await;
        // A session that does not do it is ended, or the turn would stay taken.
        if freed.is_ok() {
            *slot = Some(session);
        }
    }
}

/// Gives a turn back when it is dropped.
struct Held {
    lock: TurnLock,
    turns: Turns,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (turns, lock) = (self.turns.clone(), self.lock);
        // Without a runtime the program is over, and its sessions with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if timeout(PATIENCE, turns.unlock(lock)).await.is_err() {
                    tracing::warn!("a turn could not be given back in time; its session was ended");
                }
            });
        }
    }
}

/// The lock of that name. Two names with the same one only wait for each other.
fn key(name: &str) -> i64 {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0, |key, byte| key << 8 | i64::from(*byte))
}

/// Whether it is still held by the session that it was given to.
pub(super) async fn check_turn(executor: impl sqlx::PgExecutor<'_>, turn: &StoreTurn) -> Result<(), StoreError> {
    let Some(lock) = &turn.lock else { return Ok(()) };
    // The server shows the two halves of a key.
    let [high, low] = [lock.key >> 32, lock.key].map(|half| half & 0xffff_ffff);
    let is_held: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = $1
                 AND CAST(classid AS BIGINT) = $2 AND CAST(objid AS BIGINT) = $3
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
    )
    .bind(lock.session)
    .bind(high)
    .bind(low)
    .fetch_one(executor)
    .await
    .map_err(from_sqlx)?;
    if is_held { Ok(()) } else { Err(StoreError::TurnLost) }
}
