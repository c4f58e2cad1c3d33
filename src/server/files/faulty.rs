//! A storage side that fails as it is told: for tests of what happens then, and for trying alerts and rollbacks. Faults
//! follow from a seed, so that a run can be repeated.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::manager::{Content, Existing, Manager, ManagerError, NewObject, ObjectInfo};
use crate::facade::injected;

/// How often what goes wrong, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    /// It fails and does nothing.
    pub error: f64,
    /// It does what it is asked and fails all the same.
    pub lost_answer: f64,
    /// A byte becomes another on its way, there or back.
    pub corrupt: f64,
    /// It takes [`Odds::delay_by`] longer.
    pub delay: f64,
    pub delay_by: Duration,
}

/// What goes wrong with a side, set from outside while it works.
#[derive(Debug)]
pub struct Faults {
    /// The state of the random numbers (`SplitMix64`), and the odds.
    state: Mutex<(u64, Odds)>,
    injected: AtomicU64,
}

impl Faults {
    /// No faults; those to come follow from `seed`.
    pub fn seeded(seed: u64) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new((seed, Odds::default())), injected: AtomicU64::new(0) })
    }

    /// From now on, these odds.
    pub fn set(&self, odds: Odds) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = odds;
    }

    /// How many faults there were.
    pub fn injected(&self) -> u64 {
        self.injected.load(Ordering::Relaxed)
    }

    fn strikes(&self, odds: impl Fn(&Odds) -> f64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = state.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        let strikes = drawn < odds(&state.1);
        if strikes {
            self.injected.fetch_add(1, Ordering::Relaxed);
            injected::note();
        }
        strikes
    }

    fn delay_by(&self) -> Duration {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.delay_by
    }
}

/// A side with faults in front of it.
pub struct Faulty {
    side: Arc<dyn Manager>,
    faults: Arc<Faults>,
}

impl Faulty {
    /// `side`, of which `faults` strikes what it does.
    pub fn new(side: Arc<dyn Manager>, faults: Arc<Faults>) -> Self {
        Self { side, faults }
    }

    async fn before(&self) -> Result<(), ManagerError> {
        if self.faults.strikes(|odds| odds.delay) {
            tokio::time::sleep(self.faults.delay_by()).await;
        }
        if self.faults.strikes(|odds| odds.error) { Err(fault("error")) } else { Ok(()) }
    }

    fn after(&self) -> Result<(), ManagerError> {
        if self.faults.strikes(|odds| odds.lost_answer) { Err(fault("lost answer")) } else { Ok(()) }
    }
}

fn fault(what: &str) -> ManagerError {
    ManagerError::Unavailable(format!("injected {what}"))
}

#[async_trait]
impl Manager for Faulty {
    fn provider(&self) -> &'static str {
        self.side.provider()
    }

    fn key(&self, object: &NewObject<'_>) -> String {
        self.side.key(object)
    }

    async fn put(&self, key: &str, object: &NewObject<'_>, existing: Existing) -> Result<(), ManagerError> {
        self.before().await?;
        if self.faults.strikes(|odds| odds.corrupt) {
            let content = object.content.clone();
            let spoilt = tokio::task::spawn_blocking(move || content.spoilt()).await;
            let spoilt = spoilt.unwrap_or_else(|error| Err(io::Error::other(error)))?;
            self.side.put(key, &NewObject { content: &spoilt, ..*object }, Existing::Replace).await?;
        } else {
            self.side.put(key, object, existing).await?;
        }
        self.after()
    }

    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Content, ManagerError> {
        self.before().await?;
        let content = self.side.get(key, range).await?;
        if !self.faults.strikes(|odds| odds.corrupt) {
            return Ok(content);
        }
        let mut is_first = true;
        let bytes = content.bytes.map(move |chunk| {
            let chunk = chunk?;
            Ok(if std::mem::take(&mut is_first) { spoilt(&chunk) } else { chunk })
        });
        Ok(Content { size: content.size, bytes: bytes.boxed() })
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ManagerError> {
        self.before().await?;
        self.side.head(key).await
    }

    async fn delete(&self, key: &str) -> Result<(), ManagerError> {
        self.before().await?;
        self.side.delete(key).await?;
        self.after()
    }

    fn list(&self) -> BoxStream<'_, Result<ObjectInfo, ManagerError>> {
        self.side.list()
    }

    async fn place(&self) -> Result<String, ManagerError> {
        self.side.place().await
    }

    fn injected(&self) -> u64 {
        self.faults.injected()
    }
}

fn spoilt(chunk: &[u8]) -> Bytes {
    let mut bytes = chunk.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}
