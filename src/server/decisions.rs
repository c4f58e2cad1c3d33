//! The decision engine: everything that decisions need, held in memory, so that asking for one never waits for the store.
//!
//! What is held is exchanged as a whole when something was committed, here or by another process; who finds that out is
//! [`super::events`]. When the store does not answer, decisions go on with what was read last; [`Decisions::known_at`]
//! tells how old that is. How a path is chosen is the domain's to say.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, watch};

use super::clock::Clock;
use super::store::{Store, StoreError};
use crate::domain::decision::{DecideError, Decision, ShadowDecision, decide, decide_shadow};
use crate::domain::digest::sha256;
use crate::domain::effective::{effective, shadow};
use crate::domain::feature::Feature;
use crate::domain::feature_key::FeatureKey;
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::unit::Unit;
use crate::facade::{DecisionSource, Undecided};

/// Decides from memory; cheap to clone.
#[derive(Clone)]
pub struct Decisions(Arc<Engine>);

struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    catalog: RwLock<Option<Arc<Catalog>>>,
    /// When the catalog was last known to be what the store has, in milliseconds of Unix time.
    known_at_ms: AtomicI64,
    /// Held while the catalog is read, so that an older reading never takes the place of a newer one.
    loading: Mutex<()>,
    config: watch::Sender<FlagConfig>,
}

/// What every caller taken together may be told: it changes when a decision for somebody may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagConfig {
    /// A digest of all that decisions depend on; empty until something was read.
    pub etag: String,
    /// When it was found to have changed.
    pub last_modified: DateTime<Utc>,
}

impl Decisions {
    /// An engine that reads `store` when it is first asked.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (config, _) = watch::channel(FlagConfig::default());
        Self(Arc::new(Engine {
            store,
            clock,
            catalog: RwLock::default(),
            known_at_ms: AtomicI64::default(),
            loading: Mutex::default(),
            config,
        }))
    }

    /// What is in force, read if nothing was yet.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, StoreError> {
        match self.present() {
            Some(catalog) => Ok(catalog),
            None => self.load().await,
        }
    }

    /// When what decisions are made by was last known to be what the store has; `None` before anything was read.
    pub fn known_at(&self) -> Option<DateTime<Utc>> {
        self.present().and_then(|_| DateTime::from_timestamp_millis(self.0.known_at_ms.load(Ordering::Relaxed)))
    }

    /// Reads anew what is in force, if anyone ever asked for it.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if self.present().is_some() {
            self.load().await?;
        }
        Ok(())
    }

    /// Notes that nothing was committed since the last reading. Time alone may have changed something all the same, which
    /// whoever watches is told: a gradual rollback goes on by the clock.
    pub fn confirm(&self) {
        if let Some(catalog) = self.present() {
            self.note(&catalog, self.0.clock.now());
        }
    }

    /// The configuration, and whenever it changes.
    pub fn watch(&self) -> watch::Receiver<FlagConfig> {
        self.0.config.subscribe()
    }

    fn present(&self) -> Option<Arc<Catalog>> {
        self.0.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn load(&self) -> Result<Arc<Catalog>, StoreError> {
        let _one_at_a_time = self.0.loading.lock().await;
        let now = self.0.clock.now();
        let catalog = Arc::new(Catalog::read(self.0.store.as_ref()).await?);
        *self.0.catalog.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&catalog));
        self.note(&catalog, now);
        Ok(catalog)
    }

    fn note(&self, catalog: &Catalog, now: DateTime<Utc>) {
        self.0.known_at_ms.store(now.timestamp_millis(), Ordering::Relaxed);
        let etag = catalog.etag(now);
        self.0.config.send_if_modified(|config| {
            let changed = config.etag != etag;
            if changed {
                *config = FlagConfig { etag, last_modified: now };
            }
            changed
        });
    }
}

impl DecisionSource for Decisions {
    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        let catalog = self.catalog().await.map_err(|error| Undecided::Unavailable(error.to_string()))?;
        let entry = catalog.entry(feature.as_str()).ok_or(Undecided::UnknownFeature)?;
        entry.decide(unit, self.0.clock.now()).map_err(|error| match error {
            DecideError::TargetingKeyMissing => Undecided::TargetingKeyMissing,
        })
    }
}

/// All migrations and features, as of one reading.
pub struct Catalog {
    /// Oldest first.
    entries: Vec<Entry>,
    by_key: HashMap<String, usize>,
}

/// One feature and its migration.
pub struct Entry {
    migration: Arc<Migration>,
    pub feature: Feature,
}

impl Catalog {
    async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        // Not the policies: a policy that cannot be read must not keep a switch from taking effect.
        let migrations = store.migrations().await?;
        let migrations: HashMap<MigrationId, Arc<Migration>> =
            migrations.into_iter().map(|migration| (migration.id, Arc::new(migration))).collect();
        // A migration that was made between the two reads is there at the next one.
        let of = |feature: Feature| Some(Entry { migration: Arc::clone(migrations.get(&feature.migration)?), feature });
        let entries: Vec<Entry> = store.features().await?.into_iter().filter_map(of).collect();
        let key = |(index, entry): (usize, &Entry)| (entry.feature.key.as_str().to_owned(), index);
        let by_key = entries.iter().enumerate().map(key).collect();
        Ok(Self { entries, by_key })
    }

    /// The feature with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.by_key.get(key).and_then(|index| self.entries.get(*index))
    }

    /// All of them, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn etag(&self, now: DateTime<Utc>) -> String {
        let mut text = String::new();
        for Entry { migration, feature } in &self.entries {
            let effective = effective(migration, feature, now);
            let shadow = shadow(migration, feature).is_on().then_some(migration.shadow.sample_rate);
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "{} {:?} {effective:?} {shadow:?} {:?}",
                feature.key, feature.stage, migration.fallback_to_legacy
            );
        }
        sha256(text.as_bytes()).trim_start_matches("sha256:")[..32].to_owned()
    }
}

impl Entry {
    /// Whose it is.
    pub fn migration(&self) -> &Migration {
        &self.migration
    }

    /// The decision for `unit` at `now`.
    pub fn decide(&self, unit: Option<&Unit>, now: DateTime<Utc>) -> Result<Decision, DecideError> {
        decide(&self.migration, &self.feature, unit, now)
    }

    /// Whether calls of `unit` are run on the other side too.
    pub fn decide_shadow(&self, unit: Option<&Unit>) -> Result<ShadowDecision, DecideError> {
        decide_shadow(&self.migration, &self.feature, unit)
    }
}
