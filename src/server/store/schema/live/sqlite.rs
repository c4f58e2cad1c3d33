//! What is in an SQLite database: from the statements that it keeps of its objects.

use sqlx::SqliteConnection;

use super::is_bookkeeping;
use crate::domain::schema::{ObjectKind, ObjectName, Schema, sql_text};
use crate::server::store::schema::SchemaError;
use crate::server::store::sqlite::error::from_sqlx;

/// Its own objects, and indexes that a constraint made, are left out.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Schema, SchemaError> {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(connection)
    .await
    .map_err(from_sqlx)?;
    let mut schema = Schema::default();
    for (kind, name, table, sql) in rows {
        if is_bookkeeping(&table) {
            continue;
        }
        let mut put = |object: ObjectName, definition: String| schema.0.insert(object, definition);
        match kind.as_str() {
            "table" => {
                let Some(text) = sql_text::table(&sql) else {
                    put(ObjectName::alone(ObjectKind::Table, name), sql_text::normal(&sql));
                    continue;
                };
                put(
                    ObjectName::alone(ObjectKind::Table, &name),
                    format!("table {}", text.options).trim_end().to_owned(),
                );
                for (column, definition) in text.columns {
                    put(ObjectName::of(ObjectKind::Column, &name, column), definition);
                }
                for constraint in text.constraints {
                    put(ObjectName::of(ObjectKind::Constraint, &name, &constraint), constraint);
                }
            }
            "index" => drop(put(ObjectName::of(ObjectKind::Index, table, name), sql_text::normal(&sql))),
            "trigger" => drop(put(ObjectName::of(ObjectKind::Trigger, table, name), sql_text::normal(&sql))),
            _ => drop(put(ObjectName::alone(ObjectKind::View, name), sql_text::normal(&sql))),
        }
    }
    Ok(schema)
}
