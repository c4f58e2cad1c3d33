//! How alerts begin, fire and end: by tables, properties and simulated traffic.

mod readings;
mod simulation;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::alert_notice::{AlertId, NoticeStatus, Severity};
use crate::domain::feature::FeatureId;
use crate::domain::migration::MigrationId;
use crate::domain::percentage::Percentage;
use crate::domain::policy::{AlertAction, AlertRule, Assurance, AutoRollback, Criterion, Watch};
use crate::domain::reason::Reason;
use crate::domain::rollback::RollbackId;
use crate::domain::sample;
use crate::domain::text::Actor;

fn rule(for_minutes: u32, keep_firing_minutes: u32) -> AlertRule {
    let criterion = Criterion::ErrorRate { limit: 0.05, assurance: Assurance::Proven };
    AlertRule {
        name: "error_rate".to_owned(),
        watch: Watch::Measured { criterion, window_minutes: 15 },
        for_minutes,
        keep_firing_minutes,
        severity: Severity::Critical,
        action: AlertAction::Notify,
        features: Vec::new(),
    }
}

fn subject() -> Subject {
    Subject { migration: MigrationId(1), feature: Some(FeatureId(1)), entry: Some(1) }
}

fn reading(condition: Condition) -> Reading {
    let reason = condition.in_words().to_owned();
    Reading { condition, value: Some(0.08), limit: 0.05, lower: None, upper: None, n: 500, reason }
}

/// An alert under one rule, looked at again and again.
struct Watched {
    rule: AlertRule,
    now: DateTime<Utc>,
    episode: Option<Episode>,
    /// What came of it that is of interest: `fired`, `resolved: …`, `forgotten`.
    told: Vec<String>,
}

impl Watched {
    fn new(for_minutes: u32, keep_firing_minutes: u32) -> Self {
        Self { rule: rule(for_minutes, keep_firing_minutes), now: sample::now(), episode: None, told: Vec::new() }
    }

    fn look(&mut self, subject: Subject, seen: &Seen) {
        let fresh = || AlertId("a".to_owned());
        match step(self.episode.as_ref(), &self.rule, 1, subject, seen, self.now, fresh) {
            Step::Idle => {}
            Step::Note(episode) => self.episode = Some(episode),
            Step::Forget(_) => {
                self.told.push("forgotten".to_owned());
                self.episode = None;
            }
            Step::Fire(episode) => {
                self.told.push("fired".to_owned());
                self.episode = Some(episode);
            }
            Step::Resolve(episode) => {
                let AlertState::Resolved { reason, .. } = &episode.state else { unreachable!("{episode:?}") };
                self.told.push(format!("resolved: {reason}"));
                self.episode = None;
            }
        }
    }

    /// `seconds` pass, and then it is looked at.
    fn after(&mut self, seconds: i64, condition: Condition) {
        self.now += TimeDelta::seconds(seconds);
        self.look(subject(), &Seen::Reading(reading(condition)));
    }

    /// Looks every two seconds for so many minutes.
    fn minutes(&mut self, minutes: i64, condition: Condition) {
        for _ in 0..minutes * 30 {
            self.after(2, condition);
        }
    }

    fn fires(&self) -> bool {
        self.episode.as_ref().is_some_and(Episode::is_firing)
    }
}

#[test]
fn it_fires_when_it_went_wrong_for_long_enough_and_is_over_when_all_was_well_for_long_enough() {
    let mut alert = Watched::new(5, 3);
    alert.minutes(5, Condition::Breach);
    assert!(!alert.fires(), "the first look begins it, and counts nothing");
    alert.after(2, Condition::Breach);
    assert!(alert.fires());
    alert.minutes(60, Condition::Breach);
    alert.minutes(3, Condition::Clear);
    assert!(alert.fires());
    alert.after(2, Condition::Clear);
    assert_eq!(alert.told, ["fired", "resolved: clear"]);
    alert.minutes(60, Condition::Clear);
    assert_eq!(alert.told.len(), 2);
}

#[test]
fn a_rule_that_waits_for_nothing_fires_at_the_first_look() {
    let mut alert = Watched::new(0, 0);
    alert.after(0, Condition::Breach);
    alert.after(2, Condition::Clear);
    assert_eq!(alert.told, ["fired", "resolved: clear"]);
}

#[test]
fn what_comes_to_nothing_is_forgotten() {
    for (condition, minutes, expected) in [
        (Condition::Clear, 1, &["forgotten"][..]),
        // It wears off as fast as it came.
        (Condition::NotEnough, 3, &[]),
        (Condition::NoData, 4, &["forgotten"]),
        (Condition::Stale, 60, &["forgotten"]),
    ] {
        let mut alert = Watched::new(5, 5);
        alert.minutes(4, Condition::Breach);
        alert.minutes(minutes, condition);
        assert_eq!(alert.told, expected, "{condition:?}");
    }
}

#[test]
fn absence_neither_fires_nor_ends_an_alert() {
    for condition in [Condition::NotEnough, Condition::NoData, Condition::Stale] {
        let mut alert = Watched::new(1, 1);
        alert.minutes(600, condition);
        assert_eq!(alert.told, [""; 0], "{condition:?}");
        alert.minutes(2, Condition::Breach);
        alert.minutes(600, condition);
        assert_eq!(alert.told, ["fired"], "{condition:?}");
        assert!(alert.fires());
    }
}

#[test]
fn flapping_neither_fires_nor_ends_an_alert_again_and_again() {
    let mut alert = Watched::new(5, 5);
    // A minute bad, a minute well, for a day.
    for _ in 0..720 {
        alert.minutes(1, Condition::Breach);
        alert.minutes(1, Condition::Clear);
    }
    assert!(alert.told.iter().all(|told| told == "forgotten"), "{:?}", alert.told);
    alert.told.clear();
    alert.minutes(6, Condition::Breach);
    for _ in 0..720 {
        alert.minutes(4, Condition::Clear);
        alert.minutes(1, Condition::Breach);
    }
    assert_eq!(alert.told, ["fired"]);
}

#[test]
fn a_clock_that_jumps_neither_fires_nor_ends_an_alert() {
    for jump in [7_200, 86_400, -7_200, -86_400] {
        let mut alert = Watched::new(5, 5);
        alert.minutes(2, Condition::Breach);
        alert.after(jump, Condition::Breach);
        alert.minutes(1, Condition::Breach);
        assert!(!alert.fires(), "a jump of {jump} s counts a minute at most");
        alert.minutes(3, Condition::Breach);
        assert!(alert.fires());
        alert.minutes(2, Condition::Clear);
        alert.after(jump, Condition::Clear);
        alert.minutes(1, Condition::Clear);
        assert!(alert.fires(), "a jump of {jump} s counts a minute at most");
        alert.minutes(3, Condition::Clear);
        assert_eq!(alert.told, ["fired", "resolved: clear"]);
    }
}

#[test]
fn what_nobody_looked_at_counts_for_nothing_when_it_was_otherwise_before() {
    let mut alert = Watched::new(1, 1);
    alert.after(0, Condition::Breach);
    alert.after(60, Condition::Breach);
    assert_eq!(alert.told, ["fired"]);
    alert.after(60, Condition::Clear);
    assert!(alert.fires(), "whether it was well all the minute long is not known");
    alert.after(60, Condition::Clear);
    assert_eq!(alert.told, ["fired", "resolved: clear"]);
}

#[test]
fn an_alert_is_over_when_there_is_nothing_to_watch_any_more() {
    let gone = Seen::Nothing("the feature is at 0 %".to_owned());
    let breach = Seen::Reading(reading(Condition::Breach));
    let anew = Subject { entry: Some(2), ..subject() };
    for (of, seen, expected) in [
        (subject(), &gone, "resolved: the feature is at 0 %"),
        (anew, &breach, "resolved: the feature entered its stage anew"),
    ] {
        let mut alert = Watched::new(1, 5);
        alert.after(0, Condition::Breach);
        alert.look(of, seen);
        assert_eq!(alert.told, ["forgotten"]);
        alert.told.clear();
        alert.minutes(2, Condition::Breach);
        alert.look(of, seen);
        assert_eq!(alert.told, ["fired", expected]);
    }
    let mut alert = Watched::new(0, 5);
    alert.after(0, Condition::Breach);
    alert.rule.watch = Watch::NoTraffic { hours: 1.0 };
    alert.after(2, Condition::Breach);
    assert_eq!(alert.told, ["fired", "resolved: its rule is of another kind now"]);
}

#[test]
fn what_is_done_is_what_the_rule_said_when_it_fired() {
    let mut alert = Watched::new(1, 1);
    alert.after(0, Condition::Breach);
    alert.rule.action = AlertAction::Hold;
    alert.minutes(2, Condition::Breach);
    assert_eq!(alert.episode.as_ref().unwrap().action, AlertAction::Hold);
    alert.rule.action = AlertAction::RollBack(AutoRollback::Feature);
    alert.after(2, Condition::Breach);
    assert_eq!(alert.episode.unwrap().action, AlertAction::Hold);
}

fn firing() -> Episode {
    let mut alert = Watched::new(0, 5);
    alert.after(0, Condition::Breach);
    alert.episode.unwrap()
}

#[test]
fn people_are_told_once_and_of_the_end_only_if_they_knew() {
    let mut alert = firing();
    assert_eq!(alert.tell(true), None);
    assert_eq!(alert.tell(false), Some(NoticeStatus::Firing), "when the silence ends it is told");
    assert_eq!(alert.tell(false), None);
    let at = sample::now();
    let resolved = AlertState::Resolved { since: at, at, reason: "clear".to_owned() };
    let mut over = Episode { state: resolved.clone(), ..alert };
    assert_eq!(over.tell(true), None);
    assert_eq!(over.tell(false), Some(NoticeStatus::Resolved { resolved_at: at }));
    let mut unknown = Episode { state: resolved, ..firing() };
    assert_eq!(unknown.tell(false), None);
    let mut pending = Episode { state: AlertState::Pending { held_ms: 0 }, ..firing() };
    assert_eq!(pending.tell(false), None);
}

#[test]
fn a_notice_says_what_is_wrong_and_what_was_done() {
    let (slug, key) = ("files".parse().unwrap(), "kimi".parse().unwrap());
    let rolled_back = Acted::RolledBack(RollbackId("r".to_owned()));
    let gradual =
        AutoRollback::Gradual { target: Percentage::from_whole(1), pace: crate::domain::gradual::Pace::DEFAULT };
    for (action, acted, expected) in [
        (AlertAction::Notify, Acted::Nothing, None),
        (AlertAction::Hold, Acted::Held, Some("held the stage of kimi")),
        (AlertAction::RollBack(AutoRollback::Feature), Acted::Nothing, None),
        (AlertAction::RollBack(AutoRollback::Feature), rolled_back.clone(), Some("rolled kimi back to 0 %")),
        (AlertAction::RollBack(gradual), rolled_back.clone(), Some("began to roll kimi back to 1 % in steps")),
        (AlertAction::RollBack(AutoRollback::Emergency), rolled_back, Some("rolled all of files back to 0 %")),
    ] {
        let alert = Episode { action, acted, ..firing() };
        let notice = alert.notice(NoticeStatus::Firing, &slug, Some(&key));
        assert_eq!(notice.action_taken.as_deref(), expected);
        assert_eq!((notice.summary.as_str(), notice.firing_since), ("kimi: over the limit", sample::now()));
    }
}

#[test]
fn a_stage_is_held_as_long_as_an_alert_fires_that_holds_it() {
    let now = sample::now();
    let snapshot = sample::snapshot(Percentage::from_whole(10));
    let holding = Episode { action: AlertAction::Hold, ..firing() };
    let of_machine = Subject { feature: None, entry: None, ..subject() };
    for (alert, is_held) in [
        (holding.clone(), true),
        (Episode { subject: of_machine, ..holding.clone() }, true),
        (Episode { action: AlertAction::Notify, ..holding.clone() }, false),
        (Episode { state: AlertState::Pending { held_ms: 0 }, ..holding.clone() }, false),
        (Episode { subject: Subject { entry: Some(2), ..subject() }, ..holding.clone() }, false),
        (Episode { subject: Subject { feature: Some(FeatureId(2)), ..subject() }, ..holding.clone() }, false),
    ] {
        assert_eq!(hold(&snapshot, [&alert], now).is_some(), is_held, "{alert:?}");
    }
    let later = now + TimeDelta::hours(1);
    let held = hold(&snapshot, [&holding], later).unwrap();
    assert_eq!((held.clock.runs(), held.clock.elapsed(later + TimeDelta::hours(5))), (false, TimeDelta::hours(1)));
    let snapshot = crate::domain::snapshot::Snapshot { feature: held, ..snapshot };
    let why = crate::domain::effective::why_stopped(
        &snapshot.migration,
        &snapshot.feature,
        snapshot.feature.configured,
        later,
    );
    assert_eq!(why.as_deref(), Some("the alert error_rate holds the stage"));
    assert_eq!(hold(&snapshot, [&holding], later), None, "it is so already");
    let released = hold(&snapshot, [], later + TimeDelta::hours(5)).unwrap();
    assert_eq!((released.hold, released.clock.runs()), (None, true));
    assert_eq!(released.clock.elapsed(later + TimeDelta::hours(6)), TimeDelta::hours(2));
}

#[test]
fn a_silence_is_of_what_it_names_and_only_for_its_time() {
    let now = sample::now();
    let silence = Silence {
        id: SilenceId("s".to_owned()),
        migration: MigrationId(1),
        feature: None,
        rule: None,
        from: now,
        until: now + TimeDelta::hours(1),
        reason: Reason::parse("we know").unwrap(),
        actor: Actor::system(),
        ended: None,
    };
    let alert = firing();
    for (silence, at, covers) in [
        (silence.clone(), 0, true),
        (silence.clone(), 3_599, true),
        (silence.clone(), 3_600, false),
        (silence.clone(), -1, false),
        (Silence { migration: MigrationId(2), ..silence.clone() }, 0, false),
        (Silence { feature: Some(FeatureId(1)), rule: Some("error_rate".to_owned()), ..silence.clone() }, 0, true),
        (Silence { feature: Some(FeatureId(2)), ..silence.clone() }, 0, false),
        (Silence { rule: Some("system".to_owned()), ..silence.clone() }, 0, false),
        (Silence { ended: Some(Ended { at: now, by: Actor::system() }), ..silence }, 0, false),
    ] {
        assert_eq!(silence.covers(&alert, now + TimeDelta::seconds(at)), covers, "{silence:?} at {at}");
    }
}

#[test]
fn every_faulty_field_of_a_silence_is_named() {
    let now = sample::now();
    for (migration, feature, rule, hours, reason, expected) in [
        ("files", "kimi", "error_rate", Some(1), "we know", &[][..]),
        ("files", "", "", Some(720), "we know", &[]),
        ("Files", "Kimi", "a\u{7}", None, "", &["/migration", "/feature", "/rule", "/until", "/reason"]),
        ("files", "", "", Some(0), "we know", &["/until"]),
        ("files", "", "", Some(721), "we know", &["/until"]),
    ] {
        let until = hours.map(|hours| now + TimeDelta::hours(hours));
        let errors = NewSilence::parse(migration, feature, rule, until, reason, now).err().unwrap_or_default();
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, expected);
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    (0usize..5).prop_map(|index| Condition::ALL[index])
}

proptest! {
    /// Whatever is seen and however the clock goes: so much breach was seen before it fired, and so much that was well
    /// before it was over, with no more than a minute counted between two looks.
    #[test]
    fn nothing_fires_or_ends_on_less_than_was_seen(
        looks in prop::collection::vec((-90_000i64..90_000, condition()), 1..200), for_minutes in 0u32..5, keep in 0u32..5,
    ) {
        let mut alert = Watched::new(for_minutes, keep);
        let (mut breached, mut clear) = (0i64, 0i64);
        let mut last = None;
        for (seconds, condition) in looks {
            let counted = if last == Some(condition) { seconds.clamp(0, 60) } else { 0 };
            breached = if condition == Condition::Clear { 0 } else { breached + counted };
            clear = if condition == Condition::Breach { 0 } else { clear + counted };
            let (fired, told) = (alert.fires(), alert.told.len());
            alert.after(seconds, condition);
            if !fired && alert.fires() {
                prop_assert_eq!(condition, Condition::Breach);
                prop_assert!(breached >= i64::from(for_minutes) * 60);
            }
            if fired && alert.told.len() > told {
                prop_assert_eq!(condition, Condition::Clear);
                prop_assert!(clear >= i64::from(keep) * 60);
            }
            last = Some(condition);
        }
    }

    /// However it went before, minutes of nothing but breaches fire it and minutes of nothing but what is well end it.
    #[test]
    fn what_lasts_is_always_noticed(looks in prop::collection::vec((0i64..90, condition()), 0..100)) {
        let mut alert = Watched::new(3, 3);
        for (seconds, condition) in looks {
            alert.after(seconds, condition);
        }
        alert.minutes(4, Condition::Breach);
        prop_assert!(alert.fires());
        alert.minutes(4, Condition::Clear);
        prop_assert!(!alert.fires());
    }
}
