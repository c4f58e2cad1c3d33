//! The plans of SQLite: which way into each table it takes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::ALONE;
use crate::addresses;
use crate::app::App;
use crate::filling::{Database, names, now, size};

/// Statements that read a table as a whole, by words that are in them, and why.
const WHOLE: [(&str, &str); 2] =
    [("AS legacy_behind", "what there is of all files is added up"), (") AS shared", "likewise, object by object")];

/// Tables of so many rows are never gone through.
const MANY: i64 = 1_000;

/// Notes every statement that sqlx runs.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == "sqlx::query" { Interest::always() } else { Interest::never() }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        // A short one is told whole as its summary.
        let statement = if text.statement.trim().is_empty() { text.summary } else { text.statement };
        self.0.lock().unwrap().insert(statement.trim().to_owned());
    }
}

#[derive(Default)]
struct Text {
    summary: String,
    statement: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_behind_a_page_goes_through_a_large_table() {
    let _alone = ALONE.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crossfade.db");
    let database = Database::Sqlite(file.clone());
    database.fill(size()).await;
    let statements = Statements::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone())).unwrap();
    let store = database.open().await;
    let names = names(store.as_ref(), size()).await;
    let app = App::on(store, now(), folder.path()).await;
    for address in addresses::all(&names) {
        app.get(&address).await;
    }
    app.stop().await;
    let statements = statements.0.lock().unwrap().clone();
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let large = large_tables(&mut connection).await;
    let partial = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%WHERE%'";
    let partial: Vec<String> = sqlx::query_scalar(partial).fetch_all(&mut connection).await.unwrap();
    assert!(large.contains("observation_hours") && large.contains("audit_events"), "{large:?}");
    let mut faults = Vec::new();
    let mut explained = 0;
    for statement in statements {
        if !statement.starts_with("SELECT") || WHOLE.iter().any(|(words, _)| statement.contains(words)) {
            continue;
        }
        explained += 1;
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
                .fetch_all(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{error}: {statement}"));
        // The newest of everything are found by walking the table from its end.
        let walks = statement.contains(" LIMIT ") && !statement.contains(" = ?");
        let sorts = plan.iter().any(|(_, _, _, step)| step.starts_with("USE TEMP B-TREE FOR ORDER BY"));
        let is_large = |step: &str| {
            let table = step.strip_prefix("SCAN ").and_then(|step| step.split(' ').next());
            table.is_some_and(|table| is_large(&large, &statement, table))
        };
        let is_small = |step: &str| partial.iter().any(|index| step.ends_with(&format!("USING INDEX {index}")));
        let scanned = plan.iter().map(|(_, _, _, step)| step).filter(|step| is_large(step) && !is_small(step));
        let scanned = scanned.filter(|_| sorts || !walks);
        faults.extend(scanned.map(|step| format!("{step}: {statement}")));
    }
    connection.close().await.unwrap();
    assert!(explained > 50, "{explained} statements");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Whether `name`, which may be what the statement calls it, is a large table.
fn is_large(large: &BTreeSet<String>, statement: &str, name: &str) -> bool {
    large.iter().any(|table| {
        let called = [format!("{table} {name}"), format!("{table} AS {name}")];
        table == name || called.iter().any(|called| statement.contains(called.as_str()))
    })
}

async fn large_tables(connection: &mut SqliteConnection) -> BTreeSet<String> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    let mut large = BTreeSet::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await.unwrap();
        if rows > MANY {
            large.insert(table);
        }
    }
    large
}
