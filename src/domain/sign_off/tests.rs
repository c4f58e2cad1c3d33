//! Sign-offs by tables: what each still counts for, and what is missing.

use super::*;
use crate::domain::percentage::Percentage;
use crate::domain::sample;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::Actor;
use Capacity::{Admin, Manager, Tool as ByTool};
use Decision::{Approved, Rejected};

/// What each sign-off counts for (`ok`, `over`, or why it is void) and what is missing after all of them.
fn check(snapshot: &Snapshot, given: &[SignOff], now: &GateReport, standing: &[&str], missing: &[&str]) {
    let told: Vec<String> = standings(given, &snapshot.feature, now)
        .into_iter()
        .map(|standing| match standing {
            Standing::Counts => "ok".to_owned(),
            Standing::Superseded => "over".to_owned(),
            Standing::Void(why) => why,
        })
        .collect();
    assert_eq!(told, standing);
    let required = SignOffsRequired { manager: 1, tool: 0 };
    let refusals = unmet(required, given, &snapshot.feature, now);
    assert_eq!(refusals.iter().map(ToString::to_string).collect::<Vec<_>>(), missing);
}

const NONE: &str = "needs 1 sign-off by a manager, has 0";

fn rejected_by(who: &str) -> String {
    format!("rejected by {who}; a newer approval by the same reviewer or by an admin lifts it")
}

#[test]
fn the_newest_of_a_reviewer_counts_and_an_admin_lifts_any_rejection() {
    let snapshot = sample::snapshot(Percentage::from_whole(1));
    let report = sample::report(&snapshot, 100, sample::now());
    let grace = &rejected_by("user:grace")[..];
    let ci = &rejected_by("token:ci")[..];
    for (given, standing, missing) in [
        (&[][..], &[][..], &[NONE][..]),
        (&[(Approved, Manager, "user:grace")], &["ok"], &[]),
        (&[(Approved, Admin, "user:root")], &["ok"], &[]),
        (&[(Approved, ByTool, "codereview")], &["ok"], &[NONE]),
        (&[(Rejected, Manager, "user:grace")], &["ok"], &[grace, NONE]),
        (&[(Approved, Manager, "user:grace"), (Rejected, Manager, "user:grace")], &["over", "ok"], &[grace, NONE]),
        (&[(Rejected, Manager, "user:grace"), (Approved, Manager, "user:grace")], &["over", "ok"], &[]),
        // Another manager's approval lifts nothing, an admin's does; but only what came before it.
        (&[(Rejected, Manager, "user:grace"), (Approved, Manager, "user:joan")], &["ok", "ok"], &[grace]),
        (&[(Rejected, Manager, "user:grace"), (Approved, Admin, "user:root")], &["over", "ok"], &[]),
        (&[(Approved, Admin, "user:root"), (Rejected, Manager, "user:grace")], &["ok", "ok"], &[grace]),
        (
            &[(Rejected, Admin, "user:root"), (Approved, Manager, "user:grace")],
            &["ok", "ok"],
            &[&rejected_by("user:root")],
        ),
        // An admin's approval takes no other approval away.
        (&[(Approved, Manager, "user:grace"), (Approved, Admin, "user:root")], &["ok", "ok"], &[]),
        // A tool's rejection blocks like a person's, and its newer approval lifts it.
        (&[(Approved, Manager, "user:grace"), (Rejected, ByTool, "codereview")], &["ok", "ok"], &[ci]),
        (&[(Rejected, ByTool, "codereview"), (Approved, ByTool, "codereview")], &["over", "ok"], &[NONE]),
        (&[(Rejected, ByTool, "codereview"), (Approved, ByTool, "other")], &["ok", "ok"], &[ci, NONE]),
        // A tool that is called like a person is not that person.
        (&[(Rejected, Manager, "user:grace"), (Approved, ByTool, "user:grace")], &["ok", "ok"], &[grace, NONE]),
    ] {
        let given: Vec<SignOff> = given
            .iter()
            .map(|(decision, capacity, who)| sample::sign_off(&snapshot, &report, *decision, *capacity, who))
            .collect();
        check(&snapshot, &given, &report, standing, missing);
    }
}

#[test]
fn a_new_entry_voids_everything_and_another_policy_all_approvals() {
    let snapshot = sample::snapshot(Percentage::from_whole(1));
    let seen = sample::report(&snapshot, 100, sample::now());
    let given = [(Approved, "user:grace"), (Rejected, "user:joan")]
        .map(|(decision, who)| sample::sign_off(&snapshot, &seen, decision, Manager, who));
    let joan = &rejected_by("user:joan")[..];
    check(&snapshot, &given, &seen, &["ok", "ok"], &[joan]);

    let mut entered = snapshot.clone();
    entered.feature.entry = 2;
    let anew = "the stage was entered anew on 2027-01-15 08:00 UTC";
    check(&entered, &given, &seen, &[anew, anew], &[NONE]);

    let mut edited = snapshot.clone();
    edited.policy.version = 2;
    let under_another = sample::report(&edited, 100, sample::now());
    let old = "it was given under policy version 1, and 2 applies now";
    check(&edited, &given, &under_another, &[old, "ok"], &[joan, NONE]);
}

#[test]
fn an_approval_is_void_once_a_criterion_that_had_passed_does_not_any_more() {
    let snapshot = sample::snapshot(Percentage::from_whole(1));
    let now = sample::now();
    let (few, enough) = (sample::report(&snapshot, 7, now), sample::report(&snapshot, 100, now));
    let stale = sample::report(&snapshot, 100, now + chrono::TimeDelta::minutes(16));
    let stale = GateReport { criteria: judged_at(&snapshot, stale.as_of), ..stale };
    let approval = |seen: &GateReport| [sample::sign_off(&snapshot, seen, Approved, Manager, "user:grace")];
    check(&snapshot, &approval(&enough), &enough, &["ok"], &[]);
    check(&snapshot, &approval(&enough), &few, &["requests had passed and is inconclusive now"], &[NONE]);
    check(&snapshot, &approval(&enough), &stale, &["fresh data had passed and is inconclusive now"], &[NONE]);
    // What had not passed when it was seen may still be missing: the reviewer knew.
    check(&snapshot, &approval(&few), &few, &["ok"], &[]);
    check(&snapshot, &approval(&few), &enough, &["ok"], &[]);
    let rejection = [sample::sign_off(&snapshot, &enough, Rejected, Manager, "user:grace")];
    check(&snapshot, &rejection, &few, &["ok"], &[&rejected_by("user:grace"), NONE]);
}

/// The criteria at `now` on data that are as old as the stage.
fn judged_at(snapshot: &Snapshot, now: DateTime<Utc>) -> Vec<crate::domain::gate::CriterionReport> {
    let mut evidence = sample::evidence(snapshot, 100, now);
    evidence.last_seen.legacy = Some(sample::now());
    crate::domain::gate::judge(&evidence).criteria
}

#[test]
fn so_many_different_people_and_tools_are_needed_as_the_stage_asks() {
    let snapshot = sample::snapshot(Percentage::from_whole(1));
    let report = sample::report(&snapshot, 100, sample::now());
    let required = SignOffsRequired { manager: 2, tool: 1 };
    let check = |given: &[(Decision, Capacity, &str, &str)], missing: &[&str]| {
        let given: Vec<SignOff> = given
            .iter()
            .map(|(decision, capacity, actor, person)| SignOff {
                author: Author { actor: Actor::parse(actor).unwrap(), person: Actor::parse(person).unwrap() },
                ..sample::sign_off(&snapshot, &report, *decision, *capacity, person)
            })
            .collect();
        let refusals = unmet(required, &given, &snapshot.feature, &report);
        assert_eq!(refusals.iter().map(ToString::to_string).collect::<Vec<_>>(), missing);
    };
    let (one_manager, no_tool) = ("needs 2 sign-offs by a manager, has 1", "needs 1 sign-off by a tool, has 0");
    check(&[(Approved, Manager, "user:grace", "user:grace")], &[one_manager, no_tool]);
    // A person and the token that they made are one.
    let twice = [(Approved, Manager, "user:grace", "user:grace"), (Approved, Manager, "token:g", "user:grace")];
    check(&twice, &[one_manager, no_tool]);
    let [grace, joan] = [(Approved, Manager, "user:grace", "user:grace"), (Approved, Admin, "user:joan", "user:joan")];
    check(&[grace, joan], &[no_tool]);
    check(&[grace, joan, (Approved, ByTool, "token:ci", "review")], &[]);
    check(&[grace, (Approved, ByTool, "token:ci", "review")], &[one_manager]);
}

#[test]
fn a_tool_must_say_what_it_is() {
    for (name, reference, pointers) in [
        ("codereview", Some("#7"), &[][..]),
        ("", None, &["/tool/name"]),
        ("a\nb", Some(""), &["/tool/name", "/tool/reference"]),
        (&"x".repeat(81), Some(&"y".repeat(201)[..]), &["/tool/name", "/tool/reference"]),
    ] {
        let tool = Tool { name: name.to_owned(), reference: reference.map(str::to_owned), remaining: None };
        let errors = tool.check().err().unwrap_or_default();
        assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);
    }
}

#[test]
fn words_and_their_meanings_go_both_ways() {
    for decision in [Approved, Rejected] {
        assert_eq!(Decision::from_word(decision.as_str()), Some(decision));
        assert_eq!(serde_json::to_value(decision).unwrap(), decision.as_str());
    }
    for capacity in [Manager, Admin, ByTool] {
        assert_eq!(Capacity::from_word(capacity.as_str()), Some(capacity));
        assert_eq!(serde_json::to_value(capacity).unwrap(), capacity.as_str());
    }
    assert_eq!((Decision::from_word("maybe"), Capacity::from_word("viewer")), (None, None));
}
