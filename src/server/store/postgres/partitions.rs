//! Rollups are kept in partitions: minutes by day, hours by month. A partition is made when the first row for it comes, in
//! the transaction that brings it, and dropped as a whole when all of it is over.
//!
//! Partitions are attached and detached rather than made and dropped in place: neither keeps anyone from reading or writing
//! the table meanwhile. There is no partition for "the rest": it would have to be searched whenever one is attached.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate};
use sqlx::AssertSqlSafe;

use super::dialect::{Connection, Pool, from_sqlx};
use crate::domain::rollup::{Hour, Minute, Rollups};
use crate::server::store::StoreError;

/// Tables in partitions of a day.
const BY_DAY: [&str; 3] = ["observation_minutes", "comparison_minutes", "origin_minutes"];

/// Tables in partitions of a month.
const BY_MONTH: [&str; 7] = [
    "observation_hours",
    "comparison_hours",
    "unit_hours",
    "discrepancy_hours",
    "error_kind_hours",
    "second_run_hours",
    "noise_hours",
];

/// How long a partition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Day,
    Month,
}

/// A partition of `table`, from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Partition {
    table: &'static str,
    first: NaiveDate,
    length: Length,
}

impl Partition {
    fn name(self) -> String {
        let format = match self.length {
            Length::Day => "%Y%m%d",
            Length::Month => "%Y%m",
        };
        format!("{}_{}", self.table, self.first.format(format))
    }

    /// The first minute after it.
    fn end(self) -> Option<i64> {
        let next = match self.length {
            Length::Day => self.first.checked_add_days(Days::new(1)),
            Length::Month => self.first.checked_add_months(Months::new(1)),
        };
        next.map(first_minute)
    }

    /// The one of `table` with this name.
    fn named(table: &'static str, name: &str) -> Option<Self> {
        let date = name.strip_prefix(table)?.strip_prefix('_')?;
        let (length, text) =
            if BY_DAY.contains(&table) { (Length::Day, date.to_owned()) } else { (Length::Month, format!("{date}01")) };
        Some(Self { table, first: NaiveDate::parse_from_str(&text, "%Y%m%d").ok()?, length })
    }
}

/// Makes the partitions that `rollups` go to, where they are not there yet.
pub(super) async fn make_room(connection: &mut Connection, rollups: &Rollups) -> Result<(), StoreError> {
    attach(connection, wanted(rollups)).await
}

/// Makes the partitions of `table` that rows of these minutes go to, where it is kept in partitions.
pub(in crate::server::store) async fn make_room_for(
    connection: &mut Connection,
    table: &str,
    starts: impl Iterator<Item = i64>,
) -> Result<(), StoreError> {
    let by_day = BY_DAY.into_iter().map(|name| (name, Length::Day));
    let by_month = BY_MONTH.into_iter().map(|name| (name, Length::Month));
    let Some((table, length)) = by_day.chain(by_month).find(|(name, _)| *name == table) else { return Ok(()) };
    let first = |day: NaiveDate| if length == Length::Day { Some(day) } else { day.with_day(1) };
    let firsts: BTreeSet<NaiveDate> = starts.filter_map(|start| first(day(Minute(start))?)).collect();
    attach(connection, firsts.into_iter().map(|first| Partition { table, first, length }).collect()).await
}

/// Makes those of `wanted` that are not there.
async fn attach(connection: &mut Connection, wanted: Vec<Partition>) -> Result<(), StoreError> {
    let names: Vec<String> = wanted.iter().map(|partition| partition.name()).collect();
    let missing: Vec<String> =
        sqlx::query_scalar("SELECT name FROM unnest($1::text[]) AS wanted (name) WHERE to_regclass(name) IS NULL")
            .bind(&names)
            .fetch_all(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    for (partition, name) in wanted.into_iter().zip(names).filter(|(_, name)| missing.contains(name)) {
        let Some(end) = partition.end() else { continue };
        let (table, start) = (partition.table, first_minute(partition.first));
        let sql = format!(
            "CREATE TABLE {name} (LIKE {table} INCLUDING ALL);
             ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await.map_err(from_sqlx)?;
    }
    Ok(())
}

/// What may go of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Over {
    /// What ends by this minute is over.
    pub before: i64,
    /// What ends by this minute may go with all that is in it; of the rest, rows that evidence still needs stay.
    pub whole: i64,
}

/// Drops the oldest partition of `table` that may go with its rows, and gives how many it had. Those that are over and have no
/// rows any more are dropped on the way: while one feature stays in its stage for months, rows go one by one, and every plan
/// would have to look at what is left of the days that they were in. `None` if there was none with rows.
///
/// A partition is detached and then dropped, each at once durable; what a crash leaves in between is finished by the next call.
pub(super) async fn drop_partition(pool: &Pool, table: &'static str, over: Over) -> Result<Option<u64>, StoreError> {
    let mut connection = pool.acquire().await.map_err(from_sqlx)?;
    let partitions: Vec<(String, bool, bool)> = sqlx::query_as(
        "SELECT CAST(c.relname AS TEXT), i.inhrelid IS NOT NULL, coalesce(i.inhdetachpending, FALSE) FROM pg_class c
         LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
         WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())
             AND c.relname ~ ('^' || $1 || '_[0-9]+$') ORDER BY c.relname",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for (name, is_attached, is_half_detached) in partitions {
        let Some(end) = Partition::named(table, &name).and_then(Partition::end) else { continue };
        if end > over.before {
            break;
        }
        let rows: i64 = if end > over.whole {
            let first = AssertSqlSafe(format!("SELECT 1 FROM {name} LIMIT 1"));
            if sqlx::query(first).fetch_optional(&mut *connection).await.map_err(from_sqlx)?.is_some() {
                continue;
            }
            0
        } else {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {name}"));
            sqlx::query_scalar(count).fetch_one(&mut *connection).await.map_err(from_sqlx)?
        };
        if is_attached {
            let how = if is_half_detached { "FINALIZE" } else { "CONCURRENTLY" };
            let detach = AssertSqlSafe(format!("ALTER TABLE {table} DETACH PARTITION {name} {how}"));
            sqlx::raw_sql(detach).execute(&mut *connection).await.map_err(from_sqlx)?;
        }
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE {name}")))
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        if rows > 0 {
            return Ok(u64::try_from(rows).ok());
        }
    }
    Ok(None)
}

fn wanted(rollups: &Rollups) -> Vec<Partition> {
    let minutes = (rollups.observations.keys().map(|key| key.minute))
        .chain(rollups.comparisons.keys().map(|key| key.minute))
        .chain(rollups.origins.keys().map(|(_, minute)| *minute));
    let days: BTreeSet<NaiveDate> = minutes.filter_map(day).collect();
    let hours = (rollups.units.keys().map(|key| key.hour))
        .chain(rollups.discrepancies.keys().map(|key| key.hour))
        .chain(rollups.error_kinds.keys().map(|key| key.hour))
        .chain(rollups.second_runs.keys().map(|key| key.hour))
        .chain(rollups.noise.keys().map(|(key, _)| key.hour));
    let of_hours = hours.map(Hour::first_minute).filter_map(day);
    let months: BTreeSet<NaiveDate> = days.iter().copied().chain(of_hours).filter_map(|day| day.with_day(1)).collect();
    let partitions = |tables: &'static [&'static str], starts: BTreeSet<NaiveDate>, length| {
        starts.into_iter().flat_map(move |first| tables.iter().map(move |table| Partition { table, first, length }))
    };
    partitions(&BY_DAY, days, Length::Day).chain(partitions(&BY_MONTH, months, Length::Month)).collect()
}

fn day(minute: Minute) -> Option<NaiveDate> {
    DateTime::from_timestamp(minute.0.checked_mul(60)?, 0).map(|at| at.date_naive())
}

fn first_minute(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_found_again_by_its_name() {
        let check = |table: &'static str, name: &str, from: i64, to: i64| {
            let partition = Partition::named(table, name).unwrap();
            assert_eq!(partition.name(), name);
            assert_eq!((first_minute(partition.first), partition.end()), (from, Some(to)), "{name}");
        };
        check("observation_minutes", "observation_minutes_20260105", 29_459_520, 29_460_960);
        check("unit_hours", "unit_hours_202602", 29_498_400, 29_538_720);
        for name in
            ["observation_minutes", "observation_minutes_", "observation_minutes_old", "comparison_minutes_20260105"]
        {
            assert_eq!(Partition::named("observation_minutes", name), None, "{name}");
        }
    }
}
