//! Rows of a PostgreSQL database.

use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::{Row, Table, Value, list};
use crate::server::store::postgres::error::from_sqlx;
use crate::server::store::postgres::partitions;
use crate::server::store::schema::SchemaError;
use crate::server::store::schema::base::quoted;

/// The types of columns that the migrations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Real,
    Text,
    Bytes,
}

impl Kind {
    const fn array(self) -> &'static str {
        match self {
            Self::Boolean => "boolean[]",
            Self::Integer => "bigint[]",
            Self::Real => "double precision[]",
            Self::Text => "text[]",
            Self::Bytes => "bytea[]",
        }
    }
}

/// The types of a table's columns, in its order.
async fn kinds(connection: &mut PgConnection, table: &Table) -> Result<Vec<Kind>, SchemaError> {
    let types: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(a.attname AS TEXT), format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relname = $1 AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
             AND a.attnum > 0 AND NOT a.attisdropped",
    )
    .bind(&table.name)
    .fetch_all(connection)
    .await
    .map_err(from_sqlx)?;
    let kind = |column: &String| {
        let name = types.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str());
        Ok(match name {
            Some("boolean") => Kind::Boolean,
            Some("bigint" | "integer" | "smallint") => Kind::Integer,
            Some("double precision") => Kind::Real,
            Some("text") => Kind::Text,
            Some("bytea") => Kind::Bytes,
            Some(other) => {
                let reason = format!("the column {}.{column} has the type {other}", table.name);
                return Err(SchemaError::refused(reason));
            }
            None => return Err(SchemaError::refused(format!("there is no column {}.{column}", table.name))),
        })
    };
    table.columns.iter().map(kind).collect()
}

pub(super) async fn page(
    connection: &mut PgConnection,
    table: &Table,
    after: Option<&[Value]>,
) -> Result<Vec<Row>, SchemaError> {
    let kinds = kinds(connection, table).await?;
    let column = |(column, kind): (&String, &Kind)| match kind {
        Kind::Boolean => format!("CAST(CAST({} AS INTEGER) AS BIGINT)", quoted(column)),
        Kind::Integer => format!("CAST({} AS BIGINT)", quoted(column)),
        Kind::Real | Kind::Text | Kind::Bytes => quoted(column),
    };
    let columns: Vec<String> = table.columns.iter().zip(&kinds).map(column).collect();
    let mut query = sqlx::query(AssertSqlSafe(table.select(&columns.join(", "), after)));
    for value in after.unwrap_or_default() {
        query = match value {
            Value::Null => query.bind(None::<i64>),
            Value::Integer(number) => query.bind(*number),
            Value::Real(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
            Value::Bytes(bytes) => query.bind(bytes.clone()),
        };
    }
    let rows = query.fetch_all(connection).await.map_err(from_sqlx)?;
    let read = |row: &sqlx::postgres::PgRow| -> Result<Row, sqlx::Error> {
        let value = |(column, kind): (usize, &Kind)| {
            Ok(match kind {
                Kind::Boolean | Kind::Integer => row.try_get::<Option<i64>, _>(column)?.map(Value::Integer),
                Kind::Real => row.try_get::<Option<f64>, _>(column)?.map(Value::Real),
                Kind::Text => row.try_get::<Option<String>, _>(column)?.map(Value::Text),
                Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(column)?.map(Value::Bytes),
            }
            .unwrap_or(Value::Null))
        };
        kinds.iter().enumerate().map(value).collect()
    };
    rows.iter().map(|row| read(row).map_err(|error| from_sqlx(error).into())).collect()
}

pub(super) async fn insert(connection: &mut PgConnection, table: &Table, rows: &[Row]) -> Result<(), SchemaError> {
    if rows.is_empty() {
        return Ok(());
    }
    if let Some(start) = table.columns.iter().position(|column| column == "start") {
        let starts = rows.iter().filter_map(|row| match row.get(start) {
            Some(Value::Integer(minute)) => Some(*minute),
            _ => None,
        });
        partitions::make_room_for(connection, &table.name, starts).await?;
    }
    let kinds = kinds(connection, table).await?;
    let arrays: Vec<String> =
        kinds.iter().enumerate().map(|(place, kind)| format!("CAST(${} AS {})", place + 1, kind.array())).collect();
    let (name, columns) = (quoted(&table.name), list(&table.columns));
    let sql = format!("INSERT INTO {name} ({columns}) SELECT * FROM unnest({})", arrays.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (place, kind) in kinds.into_iter().enumerate() {
        query = bind(query, kind, rows.iter().map(|row| row.get(place))).map_err(|()| {
            SchemaError::refused(format!("a value of {}.{} is of another type", table.name, table.columns[place]))
        })?;
    }
    query.execute(connection).await.map_err(from_sqlx)?;
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

/// Binds a column of some rows; `Err` when a value is not what the column holds.
fn bind<'q, 'v>(
    query: Query<'q>,
    kind: Kind,
    values: impl Iterator<Item = Option<&'v Value>>,
) -> Result<Query<'q>, ()> {
    fn all<'v, T>(
        values: impl Iterator<Item = Option<&'v Value>>,
        of: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<Option<T>>, ()> {
        let one = |value: Option<&Value>| match value {
            None | Some(Value::Null) => Ok(None),
            Some(value) => of(value).map(Some).ok_or(()),
        };
        values.map(one).collect()
    }
    Ok(match kind {
        Kind::Boolean => query.bind(all(values, |value| match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        })?),
        Kind::Integer => {
            query.bind(all(values, |value| if let Value::Integer(it) = value { Some(*it) } else { None })?)
        }
        Kind::Real => query.bind(all(values, |value| if let Value::Real(it) = value { Some(*it) } else { None })?),
        Kind::Text => {
            query.bind(all(values, |value| if let Value::Text(it) = value { Some(it.clone()) } else { None })?)
        }
        Kind::Bytes => {
            query.bind(all(values, |value| if let Value::Bytes(it) = value { Some(it.clone()) } else { None })?)
        }
    })
}
