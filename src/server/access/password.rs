//! Hashing passwords with argon2id, a few at a time: each takes 19 MiB and tens of milliseconds of a core, and a flood of
//! attempts must leave the machine to others.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{Semaphore, TryAcquireError};

use crate::domain::account::Password;
use crate::server::store::PasswordHash;

/// How many are hashed at once.
const AT_ONCE: usize = 2;

/// How many may be under way, those that wait included.
const MOST: usize = 64;

/// What the password of an unknown login is held against, so that it takes as long as that of a known one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCwgMQ$JWc0M9oHcQ3cBpqTpcVJcUTMhf6ifJ0JfJw5mY1Jq3M";

/// Where passwords are hashed; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("too many passwords are being checked")]
    Busy,
    #[error("a password could not be hashed")]
    Failed,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)), under_way: Arc::new(Semaphore::new(MOST)) }
    }
}

impl Passwords {
    /// The hash of `password` with a salt of its own.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let hash = move || Argon2::default().hash_password(password.expose().as_bytes()).map(|hash| hash.to_string());
        self.run(hash).await?.map(PasswordHash).map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            HashError::Failed
        })
    }

    /// Whether `hash` is of `password`. Without a hash it takes as long and is not.
    pub async fn verify(&self, password: &str, hash: Option<PasswordHash>) -> Result<bool, HashError> {
        let password = password.to_owned();
        let verify = move || {
            let text = hash.as_ref().map_or(NOBODYS, |hash| hash.0.as_str());
            let parsed = phc::PasswordHash::new(text)?;
            let is_it = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok::<_, phc::Error>(is_it && hash.is_some())
        };
        self.run(verify).await?.map_err(|error| {
            tracing::error!(%error, "the hash of a password cannot be read");
            HashError::Failed
        })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let _under_way = self.under_way.try_acquire().map_err(|error| match error {
            TryAcquireError::NoPermits => HashError::Busy,
            TryAcquireError::Closed => HashError::Failed,
        })?;
        // The work keeps its place to its end, even when nobody waits for it any more.
        let place = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| HashError::Failed)?;
        let work = move || {
            let result = work();
            drop(place);
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HashError::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_nobody_has_one() {
        let passwords = Passwords::default();
        let password = Password::parse("correct horse battery", "ada").unwrap();
        let hash = passwords.hash(password.clone()).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert_ne!(passwords.hash(password).await.unwrap(), hash);
        assert_eq!(passwords.verify("correct horse battery", Some(hash.clone())).await, Ok(true));
        assert_eq!(passwords.verify("correct horse battery ", Some(hash)).await, Ok(false));
        assert_eq!(passwords.verify("correct horse battery", None).await, Ok(false));
    }

    #[tokio::test]
    async fn a_flood_is_turned_away() {
        let passwords = Passwords::default();
        let all = passwords.under_way.acquire_many(64).await.unwrap();
        assert_eq!(passwords.verify("x", None).await, Err(HashError::Busy));
        drop(all);
        assert_eq!(passwords.verify("x", None).await, Ok(false));
    }
}
