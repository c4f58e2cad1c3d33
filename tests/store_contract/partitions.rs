//! The partitions that PostgreSQL keeps rollups in: made for what comes, and gone with it.

use crossfade::server::store::Item;

use crate::backend::{Backend as _, Postgres};
use crate::retention::{clean_up, day, put};
use crate::sample::{at, comparison, feature, folded, observation};

/// The partitions of `table`, without its name.
async fn partitions(backend: &Postgres, table: &str) -> Vec<String> {
    let sql = "SELECT substr(relname::text, length($1) + 2) FROM pg_class WHERE relkind = 'r' AND relname ~ ('^' || $1 || '_[0-9]+$') ORDER BY 1";
    sqlx::query_scalar(sql).bind(table).fetch_all(&mut backend.connection().await).await.unwrap()
}

#[tokio::test]
async fn days_go_with_their_last_minutes_also_while_a_feature_stays_in_its_stage() {
    let backend = Postgres::fresh().await;
    let store = backend.store();
    // It entered its stage at 08:00 on the first day, and has been there since.
    let kimi = feature(&*store, "kimi").await;
    let of_day = |number| {
        let at = day(number) + chrono::TimeDelta::minutes(5);
        [Item::Observation(observation(kimi, at)), Item::Comparison(comparison(kimi, at))]
    };
    put(&*store, folded((0..15).flat_map(of_day)), at(0)).await;
    let all: Vec<String> = (15..30).map(|number| format!("202701{number}")).collect();
    assert_eq!(partitions(&backend, "observation_minutes").await, all);

    // Of ten days minutes are kept, and of the hour in which it entered.
    assert_eq!(clean_up(&*store, day(14)).await, 6, "three days of each");
    let mut kept = all.clone();
    kept.drain(1..4);
    for table in ["observation_minutes", "comparison_minutes"] {
        assert_eq!(partitions(&backend, table).await, kept, "{table}");
    }
    assert_eq!(partitions(&backend, "origin_minutes").await, all[4..], "which have no rows");
    assert_eq!(partitions(&backend, "observation_hours").await, ["202701"]);

    // It comes again where there was a place before.
    put(&*store, folded(of_day(2)), day(14)).await;
    assert!(partitions(&backend, "observation_minutes").await.contains(&all[2]));
}
