//! Traffic with a known error rate, watched for hours: does it cry wolf, and does it notice in time?

use std::collections::{HashMap, VecDeque};

use super::*;
use crate::domain::evidence::{Evidence, LastSeen, PathEvidence};
use crate::domain::judging::SplitMix64;

const RUNS: u64 = 100;
const PER_MINUTE: u64 = 60;
const WINDOW: usize = 15;

/// What was read already, by errors and requests: runs meet the same again and again.
type Read = HashMap<(u64, u64), Reading>;

/// The minute in which an alert first fires, of `minutes` with this error rate after half an hour without errors.
fn fires_at(read: &mut Read, seed: u64, rate: f64, minutes: i64) -> Option<i64> {
    let mut random = SplitMix64(seed);
    let mut alert = Watched::new(5, 5);
    let mut window: VecDeque<u64> = VecDeque::from(vec![0; WINDOW]);
    let Watch::Measured { criterion, .. } = alert.rule.watch.clone() else { unreachable!() };
    let template = sample::evidence(&sample::snapshot(Percentage::from_whole(10)), 0, sample::now());
    for minute in -30..minutes {
        let rate = if minute < 0 { 0.0 } else { rate };
        let errors = (0..PER_MINUTE).filter(|_| random.fraction() <= rate).count() as u64;
        window.push_back(errors);
        window.pop_front();
        let (errors, n) = (window.iter().sum(), PER_MINUTE * window.len() as u64);
        let reading = read.entry((errors, n)).or_insert_with(|| {
            let candidate = PathEvidence { requests: n, ok: n - errors, errors, ..PathEvidence::default() };
            let last_seen = LastSeen { candidate: Some(template.as_of), ..LastSeen::default() };
            read_measured(&criterion, 15, &Evidence { candidate, last_seen, ..template.clone() })
        });
        alert.now += TimeDelta::seconds(60);
        alert.look(subject(), &Seen::Reading(reading.clone()));
        if alert.fires() {
            return Some(minute);
        }
    }
    None
}

#[test]
fn a_rate_at_the_limit_rarely_fires_and_twice_the_limit_soon_does() {
    let mut read = Read::new();
    let mut fired = |rate: f64, minutes: i64| {
        (0..RUNS).filter(|seed| fires_at(&mut read, *seed * 7_919 + 1, rate, minutes).is_some()).count()
    };
    // Four hours at the limit itself, and at half of it.
    let (at_limit, at_half) = (fired(0.05, 240), fired(0.025, 240));
    assert!(at_limit <= 5, "{at_limit} of {RUNS} cry wolf");
    assert_eq!(at_half, 0);
    let (at_twice, far_above) = (fired(0.1, 30), fired(0.3, 12));
    assert!(at_twice >= 90, "{at_twice} of {RUNS} notice");
    assert_eq!(far_above, 100);
}
