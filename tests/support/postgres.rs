//! A PostgreSQL server of this process, on a socket in a temporary folder, and databases on it. It ends with the process,
//! however that ends: `scripts/postgres` watches its standard input.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crossfade::server::store::Store as _;
use crossfade::server::store::postgres::PostgresStore;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::OnceCell;

/// The database that others are copied from: empty, with the schema of this program.
const TEMPLATE: &str = "crossfade_template";

/// What starts a server, and asks one for something.
pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres");

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// A server.
pub struct Cluster {
    /// Where its socket is; `scripts/postgres at` takes it as well.
    pub folder: String,
    _server: Child,
    /// The server goes when this is closed.
    _alive: ChildStdin,
}

impl Cluster {
    /// Starts one that keeps nothing, since nobody asks for it after this process, with these settings.
    pub fn start(settings: &[&str]) -> Self {
        Self::with(&[&["fsync=off"], settings].concat())
    }

    /// Starts one with these settings.
    pub fn with(settings: &[&str]) -> Self {
        let mut command = Command::new(SCRIPT);
        command.args(settings.iter().flat_map(|setting| ["-c", *setting]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut folder = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        let folder = folder.trim_end().to_owned();
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        let alive = server.stdin.take().unwrap();
        Self { folder, _server: server, _alive: alive }
    }

    /// The URL of the database with this name.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder)
    }

    /// Runs `sql` in the database that every server has.
    pub async fn execute(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// The URL of a new database with the schema of this program, on the server of this process.
pub async fn database() -> String {
    let cluster = CLUSTER
        .get_or_init(|| async {
            let cluster = Cluster::start(&[]);
            cluster.execute(format!("CREATE DATABASE {TEMPLATE}")).await;
            PostgresStore::open(&cluster.url(TEMPLATE)).await.unwrap().close().await;
            cluster
        })
        .await;
    let name = format!("crossfade_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    cluster.execute(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
    cluster.url(&name)
}
