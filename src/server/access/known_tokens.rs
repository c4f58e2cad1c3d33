//! Tokens that were looked up a moment ago, for requests that must not wait for the store: evaluations. Forgotten as soon
//! as anything was committed that concerns access, so that a token that was revoked works no longer than it takes to notice.
//! While the store is away, what was known stands, a day at most.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::access::Principal;
use crate::domain::session::is_worth_noting;
use crate::domain::token::{ApiToken, TokenState};
use crate::server::state::AppState;
use crate::server::store::{SecretDigest, StoreError};

/// The most tokens that are known at once.
const MOST: usize = 4_096;

/// How long a token is known without the store.
const LONGEST: TimeDelta = TimeDelta::days(1);

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
}

impl KnownToken {
    /// As it was read at `read_at`.
    pub(super) fn new(token: ApiToken, read_at: DateTime<Utc>) -> Self {
        let principal = Arc::new(Principal::token(&token));
        Self { token: Arc::new(token), principal, read_at }
    }
}

/// Who has this token; `None` when it does not work.
///
/// It is looked up when nothing is known of it, and once a minute, since its use is noted as often. While the store does
/// not answer, what was known last stands, and is not asked for again: nobody here can have revoked anything meanwhile.
pub async fn holder(state: &AppState, text: &str) -> Result<Option<Arc<Principal>>, StoreError> {
    let (digest, now) = (SecretDigest::of(text), state.clock.now());
    let (times_forgotten, known) = state.known_tokens.find(&digest);
    let known = match known {
        Some(known) if state.reach.is_away() && now - known.read_at < LONGEST => known,
        None if state.reach.is_away() => return Err(StoreError::silent()),
        Some(known) if !is_worth_noting(Some(known.read_at), now) => known,
        before => match (state.store.token(&digest).await, before) {
            (Ok(None), _) => return Ok(None),
            (Ok(Some(token)), _) => {
                if token.state(now) == TokenState::Works && is_worth_noting(token.last_used_at, now) {
                    super::authenticate::not_vital(state.store.note_token(token.id, now).await);
                }
                let known = KnownToken::new(token, now);
                state.known_tokens.note(digest, known.clone(), times_forgotten);
                known
            }
            (Err(_), Some(before)) if now - before.read_at < LONGEST => before,
            (Err(error), _) => return Err(error),
        },
    };
    Ok((known.token.state(now) == TokenState::Works).then_some(known.principal))
}
