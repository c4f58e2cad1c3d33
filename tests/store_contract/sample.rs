//! What the contracts put in, and the sums of what they find.

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::difference::{Difference, DifferenceKind, FieldPath};
use crossfade::domain::feature::{FeatureId, NewFeature};
use crossfade::domain::feature_key::{FeatureKey, MigrationSlug};
use crossfade::domain::latency::LatencyMs;
use crossfade::domain::migration::NewMigration;
use crossfade::domain::observation::{Fallback, Observation, Operation, Outcome};
use crossfade::domain::origin::Origin;
use crossfade::domain::path::Path;
use crossfade::domain::policy::Policy;
use crossfade::domain::rollup::{Hour, Minute};
use crossfade::domain::text::Actor;
use crossfade::server::store::{
    Answer, Batch, BatchKey, Change, CommitError, Digest, Identified, Item, Receipt, RollupQuery, Span, Store, Write,
};

/// The hour that [`at`] counts from: 2027-01-15T08:00:00Z.
pub const HOUR: Hour = Hour(500_000);

/// `seconds` after the start of [`HOUR`].
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(HOUR.0 * 3_600 + seconds, 0).unwrap()
}

pub fn slug(text: &str) -> MigrationSlug {
    MigrationSlug::parse(text).unwrap()
}

pub fn key(text: &str) -> FeatureKey {
    FeatureKey::parse(text).unwrap()
}

pub fn operation(text: &str) -> Operation {
    Operation::parse(text).unwrap()
}

pub fn difference(field: &str, kind: DifferenceKind) -> Difference {
    Difference { field: FieldPath::new(field), kind }
}

/// The creation of a migration by `panel` at the start of [`HOUR`].
pub fn new_migration(slug: &str) -> Change {
    let migration = NewMigration::parse(slug, &format!("The {slug} migration")).unwrap();
    let policy = Policy::default_policy();
    let write = Write::CreateMigration { migration, policy, reason: "the default policy".to_owned() };
    Change { actor: Actor::panel(), at: at(0), writes: vec![write], audit: Vec::new() }
}

/// The creation of a feature by `panel` at the start of [`HOUR`].
pub fn new_feature(migration: &str, key: &str) -> Change {
    let write = Write::CreateFeature {
        feature: NewFeature::parse(migration, key, &format!("The {key} feature")).unwrap(),
        stage: "shadow".to_owned(),
        person: Actor::panel(),
        reason: format!("{key} is to be moved"),
    };
    Change { actor: Actor::panel(), at: at(0), writes: vec![write], audit: Vec::new() }
}

/// Creates the migration `files` if it is not there and `feature` in it.
pub async fn feature(store: &dyn Store, feature: &str) -> FeatureId {
    match store.commit(&new_migration("files")).await {
        Ok(()) | Err(CommitError::Exists { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    store.commit(&new_feature("files", feature)).await.unwrap();
    let (_, feature) = store.feature(&key(feature)).await.unwrap().unwrap();
    feature.id
}

/// A successful `upload` on the legacy path in 100 ms.
pub fn observation(feature: FeatureId, at: DateTime<Utc>) -> Observation {
    Observation {
        at,
        feature,
        operation: operation("upload"),
        path: Path::Legacy,
        outcome: Outcome::Ok,
        latency: LatencyMs::new(100.0).unwrap(),
        unit: None,
        fallback: Fallback::No,
        error_kind: None,
        origin: Origin::Caller,
    }
}

/// A comparison of `upload` in which both sides agree.
pub fn comparison(feature: FeatureId, at: DateTime<Utc>) -> Comparison {
    Comparison {
        at,
        feature,
        operation: operation("upload"),
        verdict: ComparisonVerdict::Match,
        differences: Vec::new(),
        second_run: None,
        examples: Vec::new(),
        origin: Origin::Caller,
    }
}

/// `count` observations of `feature`, one a second.
pub fn observations(feature: FeatureId, count: i64) -> Vec<Item> {
    (0..count).map(|second| Item::Observation(observation(feature, at(second)))).collect()
}

/// A batch of items without ids.
pub fn folded(items: impl IntoIterator<Item = Item>) -> Batch {
    let mut batch = Batch::default();
    for item in items {
        item.fold_into(&mut batch.folded);
        batch.folded_count += 1;
    }
    batch
}

/// `item` with an id, digested as ingest does it.
pub fn with_id(id: &str, item: Item) -> Identified {
    let (kind, feature) = match &item {
        Item::Observation(observation) => ("observation", observation.feature),
        Item::Comparison(comparison) => ("comparison", comparison.feature),
        Item::Counted(counted) => ("counted", counted.feature),
    };
    Identified { digest: Digest::of_id(&[kind.as_bytes(), &feature.0.to_le_bytes()], id), item }
}

/// A batch of items with ids.
pub fn identified(items: impl IntoIterator<Item = Identified>) -> Batch {
    Batch { identified: items.into_iter().collect(), ..Batch::default() }
}

/// `batch` with the `Idempotency-Key` `key`, its body being `body`.
pub fn keyed(key: &str, body: &str, batch: Batch) -> Batch {
    let key = BatchKey { digest: Digest::of(&[key.as_bytes()]), fingerprint: Digest::of(&[body.as_bytes()]) };
    Batch { key: Some(key), ..batch }
}

/// Takes `batches` in as one group at the start of [`HOUR`].
pub async fn ingest(store: &dyn Store, batches: &[Batch]) -> Vec<Receipt> {
    store.ingest(batches, at(0)).await.unwrap().receipts
}

pub fn stored(accepted: u64, duplicates: u64) -> Receipt {
    Receipt::Stored(Answer { accepted, duplicates, rejected: Vec::new() })
}

pub fn repeated(accepted: u64, duplicates: u64) -> Receipt {
    Receipt::Repeated(Answer { accepted, duplicates, rejected: Vec::new() })
}

/// Everything in minutes, ten years around [`HOUR`].
pub fn all_minutes() -> RollupQuery {
    RollupQuery::all(Span::minutes(at(0) - TimeDelta::days(3_650), at(0) + TimeDelta::days(3_650)))
}

/// Everything in hours, ten years around [`HOUR`].
pub fn all_hours() -> RollupQuery {
    RollupQuery::all(Span::hours(at(0) - TimeDelta::days(3_650), at(0) + TimeDelta::days(3_650)))
}

/// The minutes `from` to `to` of [`HOUR`].
pub const fn minutes(from: i64, to: i64) -> Span {
    let Minute(first) = HOUR.first_minute();
    Span::Minutes { from: Minute(first + from), to: Minute(first + to) }
}

/// The hours `from` to `to`, counted from [`HOUR`].
pub const fn hours(from: i64, to: i64) -> Span {
    Span::Hours { from: Hour(HOUR.0 + from), to: Hour(HOUR.0 + to) }
}

/// How many observations and comparisons are counted, in minutes as in hours.
pub async fn counted(store: &dyn Store) -> u64 {
    let in_minutes = counted_by(store, &all_minutes()).await;
    assert_eq!(counted_by(store, &all_hours()).await, in_minutes, "hours and minutes");
    in_minutes
}

/// How many observations and comparisons `query` finds.
pub async fn counted_by(store: &dyn Store, query: &RollupQuery) -> u64 {
    let observations = store.observations(query).await.unwrap();
    let comparisons = store.comparisons(query).await.unwrap();
    observations.iter().map(|(_, rollup)| rollup.requests()).sum::<u64>()
        + comparisons.iter().map(|(_, counts)| counts.total()).sum::<u64>()
}
