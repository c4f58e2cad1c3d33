//! What every handler, page and server function has at hand.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use axum::http::HeaderValue;
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::access::known_tokens::KnownTokens;
use super::access::password::Passwords;
use super::clock::Clock;
use super::decisions::Decisions;
use super::drive::Rate;
use super::events::{self, Events};
use super::files::service::FileService;
use super::ingest::Ingest;
use super::leadership::Leadership;
use super::notify::Notifier;
use super::queries::schema::LastAudit;
use super::store::{Change, CommitError, Reach, Store};
use super::workers::retention::CleanUps;
use super::workers::system::SystemLoad;
use crate::domain::retention::Retention;

/// Secrets of this installation.
#[derive(Debug, Default)]
pub struct Secrets {
    /// What evidence is sealed with.
    pub seal: OnceCell<Vec<u8>>,
}

/// Shared by all requests. A clone costs one count, since axum makes several for each request.
#[derive(Clone)]
pub struct AppState(Arc<AppParts>);

/// What is shared.
#[derive(Clone)]
pub struct AppParts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// When the program began.
    pub started_at: DateTime<Utc>,
    /// The queue in front of the store.
    pub ingest: Ingest,
    /// Secrets of this installation, once they were read.
    pub secrets: Arc<Secrets>,
    /// Where passwords are hashed, a few at a time.
    pub passwords: Passwords,
    /// The last measurement of the machine.
    pub system: SystemLoad,
    /// How many alerts fire, as of the last change of one.
    pub firing: Arc<AtomicU32>,
    /// How long rollups are kept.
    pub retention: Retention,
    /// What was removed of what is no longer kept.
    pub clean_ups: CleanUps,
    /// What the last audit of the schema found.
    pub last_audit: LastAudit,
    /// Which path whoever asks is told.
    pub decisions: Decisions,
    /// Where changes are told.
    pub events: Events,
    /// Origins whose pages may ask for flags.
    pub ofrep_origins: Arc<[HeaderValue]>,
    /// The rate of the example's own traffic, when there is any.
    pub example_rate: Option<Rate>,
    /// Tokens that were looked up a moment ago.
    pub known_tokens: KnownTokens,
    /// Whether this instance does the timed work.
    pub leadership: Leadership,
    /// Whether the store answers.
    pub reach: Reach,
    /// The way to those who are told of alerts.
    pub notifier: Notifier,
    /// The file service; `None` where the program was started for something else.
    pub files: Option<FileService>,
}

impl AppState {
    /// These parts.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Sets some parts anew, before anyone is served: clones that were made earlier keep what they have.
    pub fn set(&mut self, change: impl FnOnce(&mut AppParts)) {
        change(Arc::make_mut(&mut self.0));
    }

    /// Makes a change. It is in effect here when this returns, and told to whoever listens.
    pub async fn commit(&self, change: &Change) -> Result<(), CommitError> {
        self.store.commit(change).await?;
        // What is committed stays so; there is another look in a moment.
        if let Err(error) = events::catch_up(self).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a change could not be looked at yet");
        }
        Ok(())
    }
}

impl Deref for AppState {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
