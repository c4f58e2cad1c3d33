//! Many instances with clocks of their own, messages that take their time or are lost, and programs that stand still: two
//! never lead at once, and somebody leads before long after one is gone.

use std::time::Duration;

use proptest::prelude::*;

use super::{BEAT, Candidacy, Claim, LENGTH, Lease};
use crate::domain::instance::InstanceId;

/// What is looked at: a twentieth of a second.
const STEP: f64 = 0.05;

/// How long it goes on, in seconds.
const RUN: f64 = 60.0;

/// One instance: how its clock runs, and what it waits for.
struct Simulated {
    candidacy: Candidacy,
    /// Where its clock stood at the beginning, in seconds.
    offset: f64,
    /// How fast its clock runs.
    rate: f64,
    /// When it next does something, in true seconds.
    next: f64,
    under_way: Option<UnderWay>,
    /// From when on it is gone.
    dies_at: f64,
}

/// What was asked of the database: when it is done there, when the answer comes, and whether it comes at all.
struct UnderWay {
    claim: Option<Claim>,
    asked_at: Duration,
    done_at: f64,
    answered_at: f64,
    is_lost: bool,
    /// What the database said, once it did.
    read: Option<Lease>,
    granted: bool,
}

impl Simulated {
    fn clock(&self, now: f64) -> Duration {
        Duration::from_secs_f64(self.offset + now * self.rate)
    }
}

/// A number from 0 to 1, the next of a row.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Runs it, and gives the longest time in which nobody led although somebody was there.
fn run(seed: u64, rates: &[f64], is_calm: bool) -> f64 {
    let mut random_state = seed;
    let mut chance = || random(&mut random_state);
    let mut kept = Lease::default();
    let mut instances: Vec<Simulated> = Vec::new();
    for (index, rate) in rates.iter().enumerate() {
        instances.push(Simulated {
            candidacy: Candidacy::new(InstanceId(format!("instance {index}"))),
            offset: chance() * 1e6,
            rate: *rate,
            next: chance(),
            under_way: None,
            // The last one stays.
            dies_at: if index + 1 == rates.len() { f64::INFINITY } else { chance() * RUN * 1.5 },
        });
    }
    let (mut now, mut led_at, mut longest) = (0.0, 0.0, 0.0_f64);
    while now < RUN {
        for instance in &mut instances {
            let clock = instance.clock(now);
            if let Some(under_way) = &mut instance.under_way
                && under_way.done_at <= now
                && under_way.read.is_none()
            {
                // The database does what it was asked, whether who asked is still there or not.
                if let Some(claim) = &under_way.claim
                    && kept == claim.expected
                {
                    kept = claim.next.clone();
                    under_way.granted = true;
                }
                under_way.read = Some(kept.clone());
            }
            if instance.dies_at <= now {
                continue;
            }
            let is_answered = instance.under_way.as_ref().is_some_and(|it| it.answered_at <= now && it.read.is_some());
            if is_answered && let Some(answer) = instance.under_way.take() {
                match (answer.is_lost, answer.claim, answer.read) {
                    (false, None, Some(read)) => instance.candidacy.see(read, clock),
                    (false, Some(claim), _) if answer.granted => {
                        instance.candidacy.granted(claim, answer.asked_at, clock);
                    }
                    (false, Some(_), _) => instance.candidacy.refused(),
                    _ => {}
                }
                instance.next = now + if is_calm { BEAT.as_secs_f64() / 2.0 } else { chance() * 1.5 };
                if !is_calm && chance() < 0.05 {
                    // The whole program stands still.
                    instance.next = now + chance() * 12.0;
                }
            }
            if instance.under_way.is_none() && instance.next <= now {
                // Now and then it is read what is so, and now and then written at once.
                let claim = instance.candidacy.claim(clock).filter(|_| chance() < 0.7);
                let delay = |chance: f64| if is_calm { chance * 0.1 } else { chance * chance * 6.0 };
                let done_at = now + delay(chance());
                let answered_at = done_at + delay(chance());
                let is_lost = !is_calm && chance() < 0.1;
                instance.under_way = Some(UnderWay {
                    claim,
                    asked_at: clock,
                    done_at,
                    answered_at,
                    is_lost,
                    read: None,
                    granted: false,
                });
            }
        }
        let alive = || instances.iter().filter(|it| it.dies_at > now);
        let leaders = alive().filter(|it| it.candidacy.leads(it.clock(now))).count();
        assert!(leaders <= 1, "{leaders} lead at {now:.2} s: {kept:?}");
        if leaders == 1 {
            led_at = now;
        }
        longest = longest.max(now - led_at);
        now += STEP;
    }
    longest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn two_never_lead_at_once(seed: u64, rates in prop::collection::vec(0.9_f64..1.1, 1..6)) {
        run(seed, &rates, false);
    }

    #[test]
    fn where_the_database_answers_somebody_leads_soon_after_one_is_gone(
        seed: u64,
        rates in prop::collection::vec(0.99_f64..1.01, 2..5),
    ) {
        // Several may be gone one after another, each just as it took over.
        let patience = (LENGTH + 4 * BEAT).as_secs_f64() * rates.len() as f64;
        let longest = run(seed, &rates, true);
        prop_assert!(longest < patience, "nobody led for {longest:.1} s");
    }
}
