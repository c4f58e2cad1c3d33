//! Opening the database: the schema brought up to date, and connections that keep what they commit and never wait for ever.

use std::io::ErrorKind;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use tokio::time::timeout;

use super::error;
use super::sql::{SqlStore, is_current};
use super::turns::Turns;
use crate::server::store::StoreError;

/// The schema, step by step.
pub(in crate::server::store) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How many connections write. Writes wait for one another, so that more would only wait.
const WRITERS: u32 = 3;

/// How many connections read.
const READERS: u32 = 6;

/// How many connections tell who is there and who leads: one, and one more while another is found to lead nowhere.
const BEATS: u32 = 2;

/// How long a request waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How long the look at whether the server answers waits for its connection: until then nobody knows that it does not.
const LOOK_PATIENCE: Duration = Duration::from_secs(1);

/// How long a connection may take to show that it leads somewhere.
const ANSWER: Duration = Duration::from_millis(800);

/// A connection that was used a moment ago is believed to lead somewhere.
const FRESH: Duration = Duration::from_secs(1);

/// How long a server may take to let the first connection in.
const START: Duration = Duration::from_secs(5);

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
        // What stands in the way is told by a connection; a pool would only tell that it waited.
        let first = timeout(START, options.connect()).await.map_err(|_| StoreError::silent())?;
        timeout(START, first.map_err(error::from_sqlx)?.close())
            .await
            .map_err(|_| StoreError::silent())?
            .map_err(error::from_sqlx)?;
        let writer = pool(WRITERS, PATIENCE).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        if !is_current(&writer).await {
            migrate(&options).await?;
        }
        let readers = pool(READERS, PATIENCE).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        let beats = pool(BEATS, PATIENCE).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        let looks = pool(1, LOOK_PATIENCE).connect_with(options.clone()).await.map_err(error::from_sqlx)?;
        Ok(Self::on(writer, readers, beats, looks, Turns::new(options)))
    }
}

/// Which database `url` names, for people: nothing of it that is secret.
pub fn named(url: &str) -> String {
    let Ok(options) = PgConnectOptions::from_str(url) else { return "of a URL that cannot be read".to_owned() };
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!("{database} at {}:{}", options.get_host(), options.get_port()),
    }
}

/// A pool whose connections are as [`SETTINGS`] say. One that leads nowhere is found out within [`ANSWER`], on its way out and
/// on its way back, and thrown away: the driver would wait for its answer, and its place be taken, for as long as the network
/// keeps quiet.
fn pool(connections: u32, patience: Duration) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .after_connect(|connection, _| Box::pin(async { connection.execute(sqlx::raw_sql(SETTINGS)).await.map(drop) }))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move { if known.idle_for < FRESH { Ok(true) } else { answers(connection).await } })
        })
        .after_release(|connection, _| Box::pin(answers(connection)))
}

/// Whether the other end answers. It is an error when it does not, since then there is nobody to say goodbye to.
async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answered = timeout(ANSWER, connection.ping()).await;
    answered.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into()))).map(|()| true)
}

/// Brings the schema up to date; of instances that start at once one does it, and the others wait for it (sqlx takes an
/// advisory lock).
async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = options.connect().await.map_err(error::from_sqlx)?;
    MIGRATIONS.run(&mut connection).await.map_err(error::from_migrate)?;
    connection.close().await.map_err(error::from_sqlx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_what_is_secret() {
        for (url, expected) in [
            ("postgres://ada:secret@db.example:6543/moves?sslmode=require", "moves at db.example:6543"),
            ("postgres://ada:secret@localhost/moves?host=/run/postgresql", "moves at /run/postgresql"),
            ("postgres://ada:secret@db.example", "ada at db.example:5432"),
            ("postgres://ada:secret@db.example:many/moves", "of a URL that cannot be read"),
        ] {
            assert_eq!(named(url), expected);
        }
    }
}
