//! Which calls are run in shadow: a draw for each. Not a source of secrets.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of draws.
pub trait Sampler: Send + Sync + 'static {
    /// A number from 0 up to, but not including, 1.
    fn draw(&self) -> f64;
}

/// Even draws: `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014), which needs one addition to step and so no lock.
#[derive(Debug)]
pub struct Even(AtomicU64);

impl Even {
    /// The draws that follow from `seed`.
    pub const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Default for Even {
    /// Other draws in every program: from random bytes.
    fn default() -> Self {
        Self::seeded(getrandom::u64().unwrap_or_default())
    }
}

impl Sampler for Even {
    fn draw(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The same draw for every call: 0 samples every call whose rate is above 0.
#[derive(Clone, Copy, Debug)]
pub struct Always(pub f64);

impl Sampler for Always {
    fn draw(&self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_below_one() {
        let even = Even::seeded(7);
        let draws: Vec<f64> = (0..100_000).map(|_| even.draw()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        for tenth in 0..10 {
            let from = f64::from(tenth) / 10.0;
            let share = draws.iter().filter(|draw| (from..from + 0.1).contains(*draw)).count();
            assert!((9_500..10_500).contains(&share), "{share} draws from {from}");
        }
    }
}
