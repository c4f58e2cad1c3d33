//! The connections that a store is on, and when one is given up.

use super::dialect::{LONGEST, Pool, Turns};
use super::error::from_sqlx;
use super::{MIGRATIONS, SqlStore, read};
use crate::server::store::{OperationClass, StoreError, Timings};

/// Whether the schema is the one that this program expects.
pub(in super::super) async fn is_current(pool: &Pool) -> bool {
    read::check(pool, &MIGRATIONS).await.is_ok()
}

impl SqlStore {
    /// A store on these connections.
    pub(in super::super) fn on(writer: Pool, readers: Pool, beats: Pool, looks: Pool, turns: Turns) -> Self {
        Self { writer, readers, beats, looks, turns, timings: Timings::new(LONGEST) }
    }

    /// What a single statement that reads is answered.
    pub(super) async fn answered<T>(&self, asked: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
        self.timings.of(OperationClass::Read, async { asked.await.map_err(from_sqlx) }).await
    }

    /// What came of a single statement that writes.
    pub(super) async fn changed<T>(&self, made: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
        self.written(self.timings.of(OperationClass::Change, async { made.await.map_err(from_sqlx) }).await).await
    }

    /// What came of a write, after which the writer may have to be given up: a connection that was made while nothing could
    /// be written is read-only for good, and the next write is to get another.
    pub(super) async fn written<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::ReadOnly) = &result {
            self.give_up_writer().await;
        }
        result
    }

    pub(super) async fn give_up_writer(&self) {
        if let Ok(mut connection) = self.writer.acquire().await {
            connection.close_on_drop();
        }
    }
}
