//! Counts that somebody else adds up: the last of each series, in the transaction that adds what came since. So neither a
//! repetition nor a restart, here or there, counts anything twice.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::QueryBuilder;

use super::dialect::{Connection, Db};
use super::error::from_sqlx;
use super::rows::corrupt;
use crate::domain::distribution::Distribution;
use crate::domain::rollup::Rollups;
use crate::server::store::{Answer, Cumulative, Digest, Rejection, StoreError};

/// The most series that are known at once.
pub(super) const MAX_SERIES: i64 = 20_000;

/// Of a series that is not known, all is counted when it began within this time. Of an older one only what comes from now
/// on: it may have been known before, and what it counted before it was first sent is not of now.
const NEW_WITHIN: TimeDelta = TimeDelta::hours(24);

/// How long a series is known after it was last sent. More than [`NEW_WITHIN`], so that none is counted twice.
pub(super) const KNOWN_FOR: TimeDelta = TimeDelta::hours(48);

/// Rows a statement, well below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 1_000;

/// What is known of a series.
#[derive(Clone)]
struct Known {
    at_ns: i64,
    counts: Distribution,
}

/// Adds to `rollups` what is new of `points`.
pub(super) async fn take_in(
    connection: &mut Connection,
    points: &[Cumulative],
    now: DateTime<Utc>,
    rollups: &mut Rollups,
    answer: &mut Answer,
) -> Result<(), StoreError> {
    if points.is_empty() {
        return Ok(());
    }
    let mut points: Vec<&Cumulative> = points.iter().collect();
    points.sort_by_key(|point| (point.series, point.at_ns));
    let mut known = known(connection, &points).await?;
    let mut places = MAX_SERIES - count(connection).await?;
    let mut changed: HashMap<Digest, (&Cumulative, Known)> = HashMap::new();
    for point in points {
        let whole = &point.counted.distribution;
        let counted = match known.get(&point.series) {
            Some(known) if known.at_ns >= point.at_ns => {
                answer.duplicates += 1;
                continue;
            }
            Some(known) => point.counted.clone().since(&known.counts),
            None if places <= 0 => {
                let detail = format!("there are {MAX_SERIES} cumulative series already; send deltas");
                answer.rejected.push(Rejection { index: point.index, detail });
                continue;
            }
            None => {
                places -= 1;
                let is_new = point.since.is_some_and(|since| since >= now - NEW_WITHIN);
                if is_new { point.counted.clone() } else { point.counted.clone().since(whole) }
            }
        };
        rollups.count(&counted);
        answer.accepted += 1;
        let state = Known { at_ns: point.at_ns, counts: whole.clone() };
        known.insert(point.series, state.clone());
        changed.insert(point.series, (point, state));
    }
    keep(connection, changed, now).await
}

/// Those of `points` whose series are known.
async fn known(connection: &mut Connection, points: &[&Cumulative]) -> Result<HashMap<Digest, Known>, StoreError> {
    let mut found = HashMap::new();
    for points in points.chunks(ROWS_A_STATEMENT) {
        let mut select = QueryBuilder::<Db>::new("SELECT digest, at_ns, counts FROM metric_series WHERE digest IN ");
        select.push_tuples(points, |mut tuple, point| {
            tuple.push_bind(&point.series.0[..]);
        });
        let rows: Vec<(Vec<u8>, i64, String)> =
            select.build_query_as().persistent(false).fetch_all(&mut *connection).await.map_err(from_sqlx)?;
        for (digest, at_ns, counts) in rows {
            let digest = digest.try_into().map_err(|_| corrupt("metric_series", "digest", "of another length"))?;
            let counts = serde_json::from_str(&counts).map_err(|error| corrupt("metric_series", "counts", error))?;
            found.insert(Digest(digest), Known { at_ns, counts });
        }
    }
    Ok(found)
}

async fn count(connection: &mut Connection) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT count(*) FROM metric_series").fetch_one(connection).await.map_err(from_sqlx)
}

async fn keep(
    connection: &mut Connection,
    changed: HashMap<Digest, (&Cumulative, Known)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut rows: Vec<_> = changed.into_iter().collect();
    rows.sort_by_key(|(digest, _)| *digest);
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        let mut texts = Vec::with_capacity(rows.len());
        for (_, (_, known)) in rows {
            let text = serde_json::to_string(&known.counts);
            texts.push(text.map_err(|error| corrupt("metric_series", "counts", error))?);
        }
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO metric_series (digest, since, at_ns, counts, seen_at) ");
        insert.push_values(rows.iter().zip(&texts), |mut row, ((digest, (point, known)), counts)| {
            row.push_bind(&digest.0[..])
                .push_bind(point.since.map(|since| since.timestamp_millis()))
                .push_bind(known.at_ns)
                .push_bind(counts)
                .push_bind(now.timestamp_millis());
        });
        insert.push(
            " ON CONFLICT (digest) DO UPDATE
              SET at_ns = excluded.at_ns, counts = excluded.counts, seen_at = excluded.seen_at",
        );
        insert.build().persistent(false).execute(&mut *connection).await.map_err(from_sqlx)?;
    }
    Ok(())
}
