//! A lease: the right to do what only one instance may do, held for a while and renewed again and again.
//!
//! No two clocks are compared. Whoever holds it counts from the moment at which the renewal was *asked* for; whoever waits
//! counts from the moment at which the renewal was first *seen*, which is later, and for longer. So the one has let go before
//! the other takes it, however wrong their clocks are, as long as they run about equally fast. What is written is compared
//! with what was read, so that of two who take it at once one does. Moments are lengths of time since any beginning, by the
//! instance's own clock.

#[cfg(test)]
mod simulation;

use std::time::Duration;

use super::instance::InstanceId;

/// How long a lease is nobody else's after a renewal of it was seen.
pub const LENGTH: Duration = Duration::from_secs(5);

/// How much earlier its holder lets go: room for clocks of which one runs faster.
pub const MARGIN: Duration = Duration::from_secs(1);

/// How long its holder leads after it asked for a renewal.
pub const LED: Duration = LENGTH.saturating_sub(MARGIN);

/// How often it is renewed, and looked at by the others.
pub const BEAT: Duration = Duration::from_secs(1);

/// A lease as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Who has it; nobody once it was given up.
    pub holder: Option<InstanceId>,
    /// How often it changed hands: what was begun under an earlier one is not gone on with.
    pub term: i64,
    /// How often it was written in this term.
    pub renewal: i64,
}

/// What is to be written in the place of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub expected: Lease,
    pub next: Lease,
}

/// One instance's part: what it saw last, and how long it leads.
#[derive(Clone, Debug)]
pub struct Candidacy {
    me: InstanceId,
    /// What was read last, and when it was first seen so.
    seen: Option<(Lease, Duration)>,
    /// Until when it leads.
    until: Option<Duration>,
}

impl Candidacy {
    /// Of `me`, who has seen nothing yet.
    pub const fn new(me: InstanceId) -> Self {
        Self { me, seen: None, until: None }
    }

    /// Notes that `lease` was read; `at` is after it was.
    pub fn see(&mut self, lease: Lease, at: Duration) {
        if lease.holder.as_ref() != Some(&self.me) {
            self.until = None;
        }
        if self.seen.as_ref().is_none_or(|(before, _)| *before != lease) {
            self.seen = Some((lease, at));
        }
    }

    /// What may be written now: to renew what it has, or to take what nobody has or what was not renewed for its length.
    pub fn claim(&self, now: Duration) -> Option<Claim> {
        let (seen, since) = self.seen.as_ref()?;
        let is_mine = seen.holder.as_ref() == Some(&self.me);
        let is_over = seen.holder.is_none() || now.saturating_sub(*since) >= LENGTH;
        if !is_mine && !is_over {
            return None;
        }
        let (term, renewal) = if is_mine { (seen.term, seen.renewal + 1) } else { (seen.term + 1, 0) };
        let next = Lease { holder: Some(self.me.clone()), term, renewal };
        Some(Claim { expected: seen.clone(), next })
    }

    /// Notes that `claim` was written. It was asked for at `asked_at`, and the answer came at `now`.
    pub fn granted(&mut self, claim: Claim, asked_at: Duration, now: Duration) {
        self.seen = Some((claim.next, now));
        self.until = Some(asked_at + LED);
    }

    /// Notes that somebody else wrote first: what is so now is to be read.
    pub fn refused(&mut self) {
        self.until = None;
    }

    /// What is to be written to give it up; `None` when it is not held.
    pub fn resignation(&mut self) -> Option<Claim> {
        self.until = None;
        let (seen, _) = self.seen.as_ref().filter(|(seen, _)| seen.holder.as_ref() == Some(&self.me))?;
        let next = Lease { holder: None, term: seen.term, renewal: seen.renewal + 1 };
        Some(Claim { expected: seen.clone(), next })
    }

    /// Until when it leads, if it does at all.
    pub const fn leads_until(&self) -> Option<Duration> {
        self.until
    }

    /// Whether it leads at `now`.
    pub fn leads(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> InstanceId {
        InstanceId(name.to_owned())
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn what_nobody_has_is_taken_at_once_and_led_a_margin_less_than_its_length() {
        let mut one = Candidacy::new(named("one"));
        assert_eq!(one.claim(seconds(0.0)), None, "nothing was read");
        one.see(Lease::default(), seconds(0.1));
        let claim = one.claim(seconds(0.1)).unwrap();
        assert_eq!(claim.next, Lease { holder: Some(named("one")), term: 1, renewal: 0 });
        assert!(!one.leads(seconds(0.1)));
        one.granted(claim, seconds(0.1), seconds(0.3));
        assert!(one.leads(seconds(4.0)));
        assert!(!one.leads(seconds(4.1)), "counted from when it was asked for");
        let renewed = one.claim(seconds(1.0)).unwrap();
        assert_eq!((renewed.next.term, renewed.next.renewal), (1, 1));
    }

    #[test]
    fn what_somebody_has_is_taken_when_it_was_seen_unchanged_for_its_length() {
        let held = |renewal| Lease { holder: Some(named("one")), term: 7, renewal };
        let mut two = Candidacy::new(named("two"));
        two.see(held(3), seconds(10.0));
        two.see(held(3), seconds(12.0));
        assert_eq!(two.claim(seconds(14.9)), None);
        two.see(held(4), seconds(14.9));
        assert_eq!(two.claim(seconds(15.0)), None, "it was renewed");
        let claim = two.claim(seconds(19.9)).unwrap();
        assert_eq!(claim, Claim { expected: held(4), next: Lease { holder: Some(named("two")), term: 8, renewal: 0 } });
        two.see(Lease { holder: None, term: 7, renewal: 5 }, seconds(20.0));
        assert!(two.claim(seconds(20.0)).is_some(), "it was given up");
    }

    #[test]
    fn who_was_overtaken_or_gives_it_up_leads_no_more() {
        let mut one = Candidacy::new(named("one"));
        one.see(Lease::default(), seconds(0.0));
        assert_eq!(one.clone().resignation(), None);
        let claim = one.claim(seconds(0.0)).unwrap();
        one.granted(claim.clone(), seconds(0.0), seconds(0.0));
        let mut overtaken = one.clone();
        overtaken.see(Lease { holder: Some(named("two")), term: 2, renewal: 0 }, seconds(1.0));
        assert!(!overtaken.leads(seconds(1.0)));
        let mut refused = one.clone();
        refused.refused();
        assert!(!refused.leads(seconds(1.0)));
        let resigned = one.resignation().unwrap();
        assert_eq!(resigned, Claim { expected: claim.next, next: Lease { holder: None, term: 1, renewal: 1 } });
        assert!(!one.leads(seconds(0.0)));
    }

    #[test]
    fn who_did_not_hear_that_it_was_granted_goes_on_with_what_it_reads() {
        let mut one = Candidacy::new(named("one"));
        one.see(Lease::default(), seconds(0.0));
        // The answer was lost; it was written all the same.
        let written = one.claim(seconds(0.0)).unwrap().next;
        one.see(written.clone(), seconds(9.0));
        assert!(!one.leads(seconds(9.0)));
        assert_eq!(one.claim(seconds(9.0)).unwrap().next, Lease { renewal: 1, ..written });
    }
}
