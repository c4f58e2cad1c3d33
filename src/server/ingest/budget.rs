//! A bound on the memory of requests under way: a body takes its share when its length is known, or as it arrives, and is
//! turned away when there is none left. So memory stays bounded however many send at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes of decoded bodies that may be under way at once. What is parsed from them takes about three times as much.
pub const BUDGET_BYTES: usize = 64 << 20;

/// One permit stands for this many bytes, since a semaphore counts to 2^32 only.
const UNIT: usize = 1 << 10;

/// The memory that is left.
#[derive(Clone, Debug)]
pub struct Budget {
    most: usize,
    left: Arc<Semaphore>,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much is under way")]
pub struct Exhausted;

impl Default for Budget {
    fn default() -> Self {
        Self::of(BUDGET_BYTES)
    }
}

impl Budget {
    /// A budget of `bytes`.
    pub fn of(bytes: usize) -> Self {
        Self { most: bytes, left: Arc::new(Semaphore::new(bytes / UNIT)) }
    }

    /// The bytes that are taken, to the next KiB.
    pub fn taken(&self) -> usize {
        (self.most / UNIT - self.left.available_permits()) * UNIT
    }

    /// An empty share.
    pub fn share(&self) -> Share {
        Share { budget: self.clone(), permit: None, bytes: 0 }
    }
}

/// What one request has taken; given back when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Share {
    /// What it has taken.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes as much more, or gives as much back, as makes it `bytes`; or fails at once and changes nothing.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let (held, needed) = (self.bytes.div_ceil(UNIT), bytes.div_ceil(UNIT));
        if needed > held {
            let more = u32::try_from(needed - held).map_err(|_| Exhausted)?;
            let permit = Arc::clone(&self.budget.left).try_acquire_many_owned(more).map_err(|_| Exhausted)?;
            match &mut self.permit {
                Some(held) => held.merge(permit),
                None => self.permit = Some(permit),
            }
        } else {
            drop(self.permit.as_mut().and_then(|permit| permit.split(held - needed)));
        }
        self.bytes = bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_until_the_budget_is_used_up_and_gives_back_what_it_does_not_need() {
        let budget = Budget::of(10 << 10);
        let mut first = budget.share();
        assert_eq!(first.resize(1), Ok(()));
        assert_eq!(first.resize(8 << 10), Ok(()));
        let mut second = budget.share();
        assert_eq!(second.resize(2 << 10), Ok(()));
        assert_eq!(second.resize((2 << 10) + 1), Err(Exhausted));
        assert_eq!(second.bytes(), 2 << 10);
        assert_eq!(first.resize((8 << 10) + 1), Err(Exhausted));
        drop(second);
        assert_eq!(first.resize(10 << 10), Ok(()));
        assert_eq!(first.resize(5 << 10), Ok(()));
        let mut third = budget.share();
        assert_eq!(third.resize((5 << 10) + 1), Err(Exhausted));
        assert_eq!(third.resize(5 << 10), Ok(()));
        assert_eq!((first.resize(0), third.resize(10 << 10)), (Ok(()), Ok(())));
    }
}
