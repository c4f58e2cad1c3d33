//! Transitions by tables, and what holds of every sequence of them.

mod properties;

use chrono::TimeDelta;

use super::*;
use crate::domain::feature::ActiveGradual;
use crate::domain::gradual::{GradualPlan, Pace as RollbackPace};
use crate::domain::sample;
use crate::domain::sign_off::{Capacity, Decision};
use crate::domain::text::Actor;

fn percent(whole: u8) -> Percentage {
    Percentage::from_whole(whole)
}

fn later() -> DateTime<Utc> {
    sample::now() + TimeDelta::hours(1)
}

/// Calls `decide` with an order by `user:mary`, an hour after the sample's entry.
fn ordered<T>(decide: impl FnOnce(Order<'_>) -> T) -> T {
    let reason = Reason::parse("because").unwrap();
    decide(Order { author: &sample::author("user:mary"), reason: &reason, now: later() })
}

/// The feature in its stage with a gradual rollback to `target` that began at the sample's entry.
fn stepping(from: u8, target: u8) -> Snapshot {
    let mut snapshot = sample::snapshot(percent(from));
    let plan = GradualPlan::new(percent(from), percent(target), RollbackPace::DEFAULT, sample::now());
    snapshot.feature.gradual = Some(ActiveGradual { rollback: RollbackId("r".to_owned()), plan });
    snapshot
}

fn complete() -> Snapshot {
    let mut snapshot = sample::snapshot(Percentage::FULL);
    snapshot.feature.stage = COMPLETE.to_owned();
    snapshot.feature.clock = StageClock::started(Pace::StandsStill, sample::now());
    snapshot
}

fn in_no_stage() -> Snapshot {
    let mut snapshot = sample::snapshot(percent(10));
    snapshot.feature.stage = "gone".to_owned();
    snapshot
}

/// What became of a feature in short: configured, stage, entry, whether its clock runs.
fn short(transition: &Transition) -> (f64, &str, i64, bool) {
    let feature = &transition.feature;
    (feature.configured.percent(), &feature.stage, feature.entry, feature.clock.runs())
}

fn told(refusals: &[Refusal]) -> Vec<String> {
    refusals.iter().map(ToString::to_string).collect()
}

/// What every transition does: one version further, and a change that tells of it.
fn check_record(before: &Snapshot, transition: &Transition, kind: ChangeKind) {
    let Transition { feature, change } = transition;
    assert_eq!(feature.version, before.feature.version + 1);
    assert_eq!((change.from, change.to), (Some(before.feature.configured), feature.configured));
    assert_eq!((change.from_stage.as_ref(), &change.stage), (Some(&before.feature.stage), &feature.stage));
    assert_eq!((change.kind, change.at, change.feature), (kind, later(), feature.id));
    assert_eq!((change.actor.as_str(), change.reason.as_str()), ("user:mary", "because"));
    assert_eq!(change.policy_version, Some(before.policy.version));
    if feature.entry == before.feature.entry {
        assert_eq!((feature.entered_at, &feature.entered_by), (before.feature.entered_at, &before.feature.entered_by));
    } else {
        assert_eq!(feature.entered_at, later());
        assert_eq!(feature.entered_by.as_ref().map(Actor::as_str), Some("user:mary"));
        assert_eq!((feature.clock.elapsed(later()), &feature.gradual), (TimeDelta::zero(), &None));
    }
}

#[test]
fn a_gate_that_passed_and_is_signed_off_leads_to_the_next_stage() {
    for (from, configured, stage, kind) in [
        (0, 1.0, "1%", ChangeKind::Advanced),
        (1, 10.0, "10%", ChangeKind::Advanced),
        (10, 50.0, "50%", ChangeKind::Advanced),
        (50, 100.0, "100%", ChangeKind::Advanced),
        (100, 100.0, "complete", ChangeKind::Completed),
    ] {
        let snapshot = sample::snapshot(percent(from));
        let report = sample::report(&snapshot, 100, later());
        let approval = sample::sign_off(&snapshot, &report, Decision::Approved, Capacity::Manager, "user:grace");
        let advanced = ordered(|by| advance(&snapshot, &report, &[approval], Passage::Gated, by)).unwrap();
        check_record(&snapshot, &advanced, kind);
        assert_eq!(short(&advanced), (configured, stage, 2, stage != "complete"));
        assert_eq!(advanced.change.overridden, [""; 0]);
    }
}

#[test]
fn every_unmet_demand_is_told_and_only_an_override_goes_past() {
    let snapshot = sample::snapshot(percent(10));
    let report = sample::report(&snapshot, 7, later());
    let rejection = [sample::sign_off(&snapshot, &report, Decision::Rejected, Capacity::Manager, "user:grace")];
    let expected = [
        "requests inconclusive: 7 requests of at least 100: 93 more requests are missing; nothing comes at present",
        "rejected by user:grace; a newer approval by the same reviewer or by an admin lifts it",
        "needs 1 sign-off by a manager, has 0",
    ];
    let refused = ordered(|by| advance(&snapshot, &report, &rejection, Passage::Gated, by)).unwrap_err();
    assert_eq!(told(&refused), expected);
    let past = ordered(|by| advance(&snapshot, &report, &rejection, Passage::Override, by)).unwrap();
    check_record(&snapshot, &past, ChangeKind::Advanced);
    assert_eq!((short(&past), &past.change.overridden[..]), ((50.0, "50%", 2, true), &expected.map(str::to_owned)[..]));
}

#[test]
fn an_advance_that_leads_nowhere_is_refused_even_as_an_override() {
    for (snapshot, expected) in [
        (complete(), "the feature is complete"),
        (in_no_stage(), "the policy has no stage \"gone\""),
        (stepping(50, 10), "a gradual rollback to 10 % is under way; cancel it first"),
    ] {
        let report = sample::report(&snapshot, 100, later());
        let approval = [sample::sign_off(&snapshot, &report, Decision::Approved, Capacity::Manager, "user:grace")];
        for passage in [Passage::Gated, Passage::Override] {
            let refused = ordered(|by| advance(&snapshot, &report, &approval, passage, by)).unwrap_err();
            assert_eq!(told(&refused), [expected]);
        }
    }
}

#[test]
fn a_feature_that_is_switched_off_enters_a_stage_with_its_clock_standing_still() {
    let mut snapshot = sample::snapshot(percent(1));
    snapshot.migration.candidate_enabled = Switch::Off;
    let report = sample::report(&snapshot, 100, later());
    let past = ordered(|by| advance(&snapshot, &report, &[], Passage::Override, by)).unwrap();
    assert_eq!(short(&past), (10.0, "10%", 2, false));
}

#[test]
fn a_percentage_goes_down_always_and_up_to_its_stage_only() {
    let lowered = |from: u8, by_hand: u8| {
        let mut snapshot = sample::snapshot(percent(from));
        snapshot.feature.configured = percent(by_hand);
        snapshot.feature.clock = snapshot.feature.clock.set(Pace::StandsStill, sample::now());
        snapshot
    };
    for (snapshot, wanted, expected) in [
        (sample::snapshot(percent(10)), 5, Ok((5.0, "10%", 1, false))),
        (sample::snapshot(percent(10)), 0, Ok((0.0, "10%", 1, false))),
        (lowered(10, 5), 7, Ok((7.0, "10%", 1, false))),
        (lowered(10, 5), 10, Ok((10.0, "10%", 1, true))),
        (lowered(10, 5), 11, Err("11 % is above the 10 % of stage 10%; to go on, advance to the next stage")),
        (sample::snapshot(percent(10)), 10, Err("this is how it is set already")),
        (
            sample::snapshot(percent(0)),
            1,
            Err("1 % is above the 0 % of stage shadow; to go on, advance to the next stage"),
        ),
        (complete(), 40, Ok((40.0, "100%", 2, false))),
        (complete(), 100, Err("this is how it is set already")),
        (in_no_stage(), 9, Ok((9.0, "gone", 1, false))),
        (in_no_stage(), 11, Err("the policy has no stage \"gone\"")),
        (stepping(50, 10), 20, Ok((20.0, "50%", 1, false))),
        (stepping(50, 10), 51, Err("a gradual rollback to 10 % is under way; cancel it first")),
    ] {
        let set = ordered(|by| set_percentage(&snapshot, percent(wanted), by));
        match (&set, expected) {
            (Ok(set), Ok(expected)) => {
                check_record(&snapshot, set, ChangeKind::PercentageSet);
                assert_eq!(short(set), expected);
            }
            (set, expected) => {
                assert_eq!(set.as_ref().map_err(|refused| told(refused)), Err(vec![expected.unwrap_err().to_owned()]));
            }
        }
    }
}

#[test]
fn a_gradual_rollback_goes_on_below_what_was_lowered_by_hand() {
    let snapshot = stepping(50, 10);
    let set = ordered(|by| set_percentage(&snapshot, percent(20), by)).unwrap();
    assert_eq!(set.feature.gradual, snapshot.feature.gradual);
}

#[test]
fn switching_a_feature_stops_and_starts_its_clock_and_is_done_once() {
    let snapshot = sample::snapshot(percent(10));
    assert_eq!(ordered(|by| set_enabled(&snapshot, Switch::On, by)), Err(vec![Refusal::NothingToChange]));
    let off = ordered(|by| set_enabled(&snapshot, Switch::Off, by)).unwrap();
    check_record(&snapshot, &off, ChangeKind::FeatureDisabled);
    assert_eq!((short(&off), off.feature.enabled), ((10.0, "10%", 1, false), Switch::Off));
    assert_eq!(off.feature.clock.elapsed(later() + TimeDelta::days(1)), TimeDelta::hours(1));

    let snapshot = Snapshot { feature: off.feature, ..snapshot };
    let on = ordered(|by| set_enabled(&snapshot, Switch::On, by)).unwrap();
    check_record(&snapshot, &on, ChangeKind::FeatureEnabled);
    assert_eq!((short(&on), on.feature.enabled), ((10.0, "10%", 1, true), Switch::On));
}

#[test]
fn a_restart_enters_the_same_stage_anew() {
    let mut snapshot = sample::snapshot(percent(10));
    snapshot.feature.configured = percent(4);
    snapshot.feature.before_entry.legacy.ok = 3;
    let restarted = ordered(|by| restart_stage(&snapshot, by)).unwrap();
    check_record(&snapshot, &restarted, ChangeKind::StageRestarted);
    assert_eq!(short(&restarted), (4.0, "10%", 2, false));
    assert!(restarted.feature.before_entry.is_nothing());
    for (snapshot, expected) in [
        (complete(), "the feature is complete"),
        (in_no_stage(), "the policy has no stage \"gone\""),
        (stepping(50, 10), "a gradual rollback to 10 % is under way; cancel it first"),
    ] {
        assert_eq!(told(&ordered(|by| restart_stage(&snapshot, by)).unwrap_err()), [expected]);
    }
}

#[test]
fn a_rollback_lowers_whatever_state_the_feature_is_in() {
    use ChangeKind::{EmergencyRollback, FeatureRollback, GradualRollback};
    for (snapshot, to, kind, expected) in [
        (sample::snapshot(percent(50)), 40, GradualRollback, (40.0, "50%", 2, false)),
        (sample::snapshot(percent(50)), 10, GradualRollback, (10.0, "10%", 2, true)),
        (sample::snapshot(percent(50)), 0, GradualRollback, (0.0, "shadow", 2, true)),
        (sample::snapshot(percent(50)), 0, FeatureRollback, (0.0, "shadow", 2, false)),
        (sample::snapshot(percent(50)), 0, EmergencyRollback, (0.0, "shadow", 2, true)),
        (complete(), 90, GradualRollback, (90.0, "100%", 2, false)),
        (complete(), 0, FeatureRollback, (0.0, "shadow", 2, false)),
        (in_no_stage(), 5, GradualRollback, (5.0, "10%", 2, false)),
        (stepping(50, 10), 0, FeatureRollback, (0.0, "shadow", 2, false)),
        // It never raises.
        (sample::snapshot(percent(10)), 60, GradualRollback, (10.0, "10%", 2, true)),
    ] {
        let id = RollbackId("other".to_owned());
        let taken = ordered(|by| take_back(&snapshot, percent(to), kind, &id, by));
        check_record(&snapshot, &taken, kind);
        assert_eq!(short(&taken), expected, "{kind:?} from {}", snapshot.feature.stage);
        assert_eq!(taken.feature.enabled.is_on(), kind != FeatureRollback);
        assert_eq!(taken.change.rollback, Some(id));
    }
}

#[test]
fn what_was_cancelled_stays_where_the_plan_had_brought_it() {
    // From 50 % an hour ago, ten points every five minutes: it would be at the target by now.
    for (mut snapshot, by_hand, minutes, expected) in [
        (stepping(50, 0), None, 3, (40.0, "50%", 2, false)),
        (stepping(50, 0), None, 5, (30.0, "50%", 2, false)),
        (stepping(50, 0), None, 15, (10.0, "10%", 2, true)),
        (stepping(50, 0), Some(2), 3, (2.0, "10%", 2, false)),
    ] {
        if let Some(configured) = by_hand {
            snapshot.feature.configured = percent(configured);
        }
        let Some(gradual) = &mut snapshot.feature.gradual else { panic!("it steps") };
        gradual.plan.started_at = later() - TimeDelta::minutes(minutes);
        let id = RollbackId("r".to_owned());
        let stayed = ordered(|by| stay(&snapshot, &id, by));
        check_record(&snapshot, &stayed, ChangeKind::GradualRollbackCancelled);
        assert_eq!((short(&stayed), &stayed.change.rollback), (expected, &Some(id)));
    }
}

#[test]
fn a_feature_follows_the_switches_of_its_migration_with_its_clock_alone() {
    let snapshot = sample::snapshot(percent(10));
    let off = Migration { candidate_enabled: Switch::Off, ..sample::migration() };
    let kind = ChangeKind::CandidateDisabled;
    let followed = ordered(|by| follow_migration(&snapshot, &off, kind, "off".to_owned(), by));
    check_record(&snapshot, &followed, kind);
    assert_eq!((short(&followed), followed.change.detail.as_deref()), ((10.0, "10%", 1, false), Some("off")));
    let snapshot = Snapshot { feature: followed.feature, migration: off, ..snapshot };
    let kind = ChangeKind::CandidateEnabled;
    let followed = ordered(|by| follow_migration(&snapshot, &sample::migration(), kind, "on".to_owned(), by));
    check_record(&snapshot, &followed, kind);
    assert_eq!(short(&followed), (10.0, "10%", 1, true));
}

#[test]
fn a_feature_follows_a_new_policy_with_its_clock_alone() {
    let snapshot = sample::snapshot(percent(10));
    let asks = |whole: u8| {
        let mut policy = snapshot.policy.clone();
        policy.policy.stages[2].percentage = percent(whole);
        policy
    };
    let mut before = snapshot.clone();
    for (policy, runs, hours) in [(asks(20), false, 1), (asks(10), true, 1), (asks(10), true, 1)] {
        let feature = follow_policy(&before, &policy, later());
        assert_eq!((feature.clock.runs(), feature.clock.elapsed(later())), (runs, TimeDelta::hours(hours)));
        let mut rest = before.feature.clone();
        (rest.clock, rest.version) = (feature.clock, rest.version + 1);
        assert_eq!(feature, rest);
        before = Snapshot { feature, policy, ..before };
    }
    assert!(!follow_policy(&complete(), &asks(10), later()).clock.runs());
}
