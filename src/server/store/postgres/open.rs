//! Opening the database: the schema brought up to date, and connections that keep what they commit and never wait for ever.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::error;
use super::sql::{SqlStore, is_current};
use crate::server::store::StoreError;

/// The schema, step by step.
pub(in crate::server::store) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How many connections write. Writes wait for one another, so that more would only wait.
const WRITERS: u32 = 3;

/// How many connections read.
const READERS: u32 = 6;

/// How many connections tell who is there and who leads, and listen: one each.
const BEATS: u32 = 2;

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// What every connection keeps to: a commit is on the disk when it is acknowledged, whatever the server's setting is; nothing
/// waits for ever; and a connection that was cut off in a transaction does not keep its locks. A page anywhere is hardly dearer
/// than the next one, as on every disk without arms: else a whole partition is read where an index leads to a few rows of it.
const SETTINGS: &str = "
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
    SET random_page_cost = 1.1;
    SET lock_timeout = '5s';
    SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '5s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3";

impl SqlStore {
    /// Opens the database that `url` names (`postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the options that libpq has),
    /// which is there already, and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(error::from_sqlx)?.application_name("crossfade");
        let pool = |connections| {
            PgPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).after_connect(
                |connection, _| Box::pin(async { connection.execute(sqlx::raw_sql(SETTINGS)).await.map(drop) }),
            )
        };
        let writer = pool(WRITERS).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        if !is_current(&writer).await {
            migrate(&options).await?;
        }
        let readers = pool(READERS).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        let beats = pool(BEATS).connect_with(options).await.map_err(error::from_sqlx)?;
        Ok(Self::on(writer, readers, beats))
    }
}

/// Brings the schema up to date; of instances that start at once one does it, and the others wait for it (sqlx takes an
/// advisory lock).
async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = options.connect().await.map_err(error::from_sqlx)?;
    MIGRATIONS.run(&mut connection).await.map_err(error::from_migrate)?;
    connection.close().await.map_err(error::from_sqlx)
}
