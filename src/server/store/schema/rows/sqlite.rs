//! Rows of an SQLite database.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::{Row, Table, Value, list};
use crate::server::store::schema::base::quoted;
use crate::server::store::schema::{Base, SchemaError};
use crate::server::store::sqlite::error::from_sqlx;

pub(super) async fn tables(base: &mut Base) -> Result<Vec<Table>, SchemaError> {
    let names = base
        .texts(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                 AND name <> '_sqlx_migrations' AND name NOT LIKE '\\_crossfade\\_%' ESCAPE '\\' ORDER BY rowid",
        )
        .await?;
    let mut waiting = Vec::new();
    for name in names {
        let info = |what: &str, rest: &str| format!("SELECT {what} FROM pragma_table_info('{name}') {rest}");
        let columns = base.texts(info("name", "ORDER BY cid")).await?;
        let key = base.texts(info("name", "WHERE pk > 0 ORDER BY pk")).await?;
        let refers = base.texts(format!("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('{name}')")).await?;
        // A table of somebody else may have nothing to go by; ours all have.
        if !key.is_empty() {
            waiting.push((Table { name, columns, key }, refers));
        }
    }
    let mut ordered: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |(table, refers): &(Table, Vec<String>)| {
            refers.iter().all(|other| *other == table.name || ordered.iter().any(|it| it.name == *other))
        };
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(SchemaError::refused("tables refer to each other in a circle"));
        }
        ordered.extend(ready.into_iter().map(|(table, _)| table));
        waiting = rest;
    }
    Ok(ordered)
}

pub(super) async fn page(
    connection: &mut SqliteConnection,
    table: &Table,
    after: Option<&[Value]>,
) -> Result<Vec<Row>, SchemaError> {
    let mut query = sqlx::query(AssertSqlSafe(table.select(&list(&table.columns), after)));
    for value in after.unwrap_or_default() {
        query = bind(query, value);
    }
    let rows = query.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.iter().map(|row| read(row, table.columns.len()).map_err(|error| from_sqlx(error).into())).collect()
}

pub(super) async fn insert(connection: &mut SqliteConnection, table: &Table, rows: &[Row]) -> Result<(), SchemaError> {
    let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("${place}")).collect();
    let (name, columns) = (quoted(&table.name), list(&table.columns));
    let sql = format!("INSERT INTO {name} ({columns}) VALUES ({})", places.join(", "));
    for row in rows {
        let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
        for value in row {
            query = bind(query, value);
        }
        query.execute(&mut *connection).await.map_err(from_sqlx)?;
    }
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(*number),
        Value::Real(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.clone()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    }
}

fn read(row: &SqliteRow, columns: usize) -> Result<Row, sqlx::Error> {
    (0..columns)
        .map(|column| {
            let raw = row.try_get_raw(column)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            let kind = raw.type_info().name().to_owned();
            Ok(match kind.as_str() {
                "REAL" => Value::Real(row.try_get_unchecked(column)?),
                "TEXT" => Value::Text(row.try_get_unchecked(column)?),
                "BLOB" => Value::Bytes(row.try_get_unchecked(column)?),
                _ => Value::Integer(row.try_get_unchecked(column)?),
            })
        })
        .collect()
}
