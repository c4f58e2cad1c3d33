//! Tokens that were looked up a moment ago, for requests that must not wait for the store: evaluations. Forgotten as soon
//! as anything was committed that concerns access, so that a token that was revoked works no longer than it takes to notice.
//! While the store is away, what was known stands, a day at most.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use crate::domain::access::Principal;
use crate::domain::session::is_worth_noting;
use crate::domain::token::{ApiToken, TokenState};
use crate::server::state::AppState;
use crate::server::store::{SecretDigest, StoreError};

/// The most tokens that are known at once.
const MOST: usize = 4_096;

/// How long a token is known without the store.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// How long somebody waits to hear again of a token that is known.
const PATIENCE: Duration = Duration::from_millis(200);

/// The tokens that are known; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct KnownTokens(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Counts how often all was forgotten: what was read before that must not be noted after it.
    times_forgotten: u64,
    tokens: HashMap<SecretDigest, KnownToken>,
}

#[derive(Clone, Debug)]
pub(super) struct KnownToken {
    token: Arc<ApiToken>,
    principal: Arc<Principal>,
    read_at: DateTime<Utc>,
    /// When it was last asked for, whether there was an answer or not.
    asked_at: DateTime<Utc>,
}

impl KnownTokens {
    /// Forgets them all.
    pub fn forget(&self) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.times_forgotten += 1;
        known.tokens.clear();
    }

    pub(super) fn find(&self, digest: &SecretDigest) -> (u64, Option<KnownToken>) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (known.times_forgotten, known.tokens.get(digest).cloned())
    }

    pub(super) fn note(&self, digest: SecretDigest, token: KnownToken, times_forgotten: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.times_forgotten != times_forgotten {
            return;
        }
        if known.tokens.len() >= MOST {
            known.tokens.clear();
        }
        known.tokens.insert(digest, token);
    }

    fn remove(&self, digest: &SecretDigest) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).tokens.remove(digest);
    }
}

impl KnownToken {
    /// As it was read at `read_at`.
    pub(super) fn new(token: ApiToken, read_at: DateTime<Utc>) -> Self {
        let principal = Arc::new(Principal::token(&token));
        Self { token: Arc::new(token), principal, read_at, asked_at: read_at }
    }

    /// As it was read, and asked for again at `asked_at`.
    fn asked_again(&self, asked_at: DateTime<Utc>) -> Self {
        Self { asked_at, ..self.clone() }
    }
}

/// Who has this token; `None` when it does not work.
///
/// It is looked up when nothing is known of it, and once a minute, since its use is noted as often. Of all who come with it
/// one asks then, and not even that one waits for long. While the store does not answer, what was known last stands, and is
/// not asked for again: nobody here can have revoked anything meanwhile.
pub async fn holder(state: &AppState, text: &str) -> Result<Option<Arc<Principal>>, StoreError> {
    let (digest, now) = (SecretDigest::of(text), state.clock.now());
    let (times_forgotten, known) = state.known_tokens.find(&digest);
    let stands = |known: &KnownToken| now - known.read_at < LONGEST;
    let found = match known {
        Some(known) if state.reach.is_away() && stands(&known) => Some(known),
        _ if state.reach.is_away() => return Err(StoreError::silent()),
        Some(known) if !is_worth_noting(Some(known.asked_at), now) => Some(known),
        None => look_up(state.clone(), digest, now, times_forgotten).await?,
        Some(before) => {
            state.known_tokens.note(digest, before.asked_again(now), times_forgotten);
            let looked_up = tokio::spawn(look_up(state.clone(), digest, now, times_forgotten));
            match timeout(PATIENCE, looked_up).await {
                Ok(Ok(Ok(found))) => found,
                _ if stands(&before) => Some(before),
                Ok(Ok(Err(error))) => return Err(error),
                _ => return Err(StoreError::silent()),
            }
        }
    };
    let works = found.filter(|known| known.token.state(now) == TokenState::Works);
    Ok(works.map(|known| known.principal))
}

/// Asks the store for a token, and knows it from then on.
async fn look_up(
    state: AppState,
    digest: SecretDigest,
    now: DateTime<Utc>,
    times_forgotten: u64,
) -> Result<Option<KnownToken>, StoreError> {
    let Some(token) = state.store.token(&digest).await? else {
        state.known_tokens.remove(&digest);
        return Ok(None);
    };
    if token.state(now) == TokenState::Works && is_worth_noting(token.last_used_at, now) {
        super::authenticate::not_vital(state.store.note_token(token.id, now).await);
    }
    let known = KnownToken::new(token, now);
    state.known_tokens.note(digest, known.clone(), times_forgotten);
    Ok(Some(known))
}
