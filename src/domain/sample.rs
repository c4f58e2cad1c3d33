//! A migration, a feature and what goes with them, for tests of the domain.

use chrono::{DateTime, Utc};

use super::alert_notice::{AlertId, AlertNotice, NoticeStatus, Severity};
use super::author::Author;
use super::comparison::ComparisonCounts;
use super::evidence::{DwellEvidence, Evidence, LastSeen, PathEvidence, Recent};
use super::feature::{Feature, FeatureId, Switch};
use super::gate::{GateReport, judge};
use super::migration::{Migration, MigrationId, SampleRate, ShadowSetting};
use super::percentage::Percentage;
use super::policy::{Criterion, Policy, SignOffsRequired, Stage};
use super::series::EntryMinute;
use super::sign_off::{Capacity, Decision, SignOff, SignOffId, Tool};
use super::snapshot::{PolicyVersion, Snapshot};
use super::stage_clock::{Pace, StageClock};
use super::text::{Actor, Name};

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn author(actor: &str) -> Author {
    Author::own(Actor::parse(actor).unwrap())
}

pub fn migration() -> Migration {
    Migration {
        id: MigrationId(1),
        slug: "files".parse().unwrap(),
        name: Name::parse("Files").unwrap(),
        candidate_enabled: Switch::On,
        fallback_to_legacy: Switch::On,
        shadow: ShadowSetting { enabled: Switch::On, sample_rate: SampleRate::DEFAULT },
        created_at: now(),
        version: 1,
    }
}

/// In the default policy's stage with this percentage, or in the lowest above it, entered by `user:ada`.
pub fn feature(configured: Percentage) -> Feature {
    Feature {
        id: FeatureId(1),
        migration: MigrationId(1),
        key: "kimi".parse().unwrap(),
        name: Name::parse("Kimi").unwrap(),
        enabled: Switch::On,
        configured,
        stage: Policy::default_policy().covering(configured).unwrap().name.clone(),
        entered_at: now(),
        entry: 1,
        entered_by: Some(Actor::parse("user:ada").unwrap()),
        before_entry: EntryMinute::default(),
        clock: StageClock::started(Pace::Runs, now()),
        gradual: None,
        hold: None,
        created_at: now(),
        version: 1,
    }
}

pub fn snapshot(configured: Percentage) -> Snapshot {
    let policy = PolicyVersion {
        version: 1,
        policy: Policy::default_policy(),
        at: now(),
        actor: Actor::system(),
        reason: "default".to_owned(),
    };
    Snapshot { migration: migration(), feature: feature(configured), policy }
}

/// A gate that asks for 100 requests and for fresh data, in the feature's stage, with `requests` made.
pub fn report(snapshot: &Snapshot, requests: u64, now: DateTime<Utc>) -> GateReport {
    judge(&evidence(snapshot, requests, now))
}

/// What [`report`] is judged on.
pub fn evidence(snapshot: &Snapshot, requests: u64, now: DateTime<Utc>) -> Evidence {
    let stage = Stage {
        name: snapshot.feature.stage.clone(),
        percentage: snapshot.feature.configured,
        criteria: vec![Criterion::Requests { at_least: 100 }],
        sign_offs: SignOffsRequired::ONE_MANAGER,
    };
    Evidence {
        migration: snapshot.migration.slug.clone(),
        feature: snapshot.feature.key.clone(),
        policy_version: snapshot.policy.version,
        stage,
        entered_at: snapshot.feature.entered_at,
        as_of: now,
        dwell: DwellEvidence { elapsed_ms: 0, stopped_by: None },
        legacy: PathEvidence { requests: 1, ok: 1, ..PathEvidence::default() },
        candidate: PathEvidence { requests, ok: requests, ..PathEvidence::default() },
        shadow: ComparisonCounts::default(),
        last_seen: LastSeen { legacy: Some(now), ..LastSeen::default() },
        recent: Recent::default(),
        baseline: None,
        prerequisites: Vec::new(),
        consistency: None,
        alerts: Vec::new(),
    }
}

/// A sign-off of the feature's present entry on `report`, given by somebody for themselves.
pub fn sign_off(
    snapshot: &Snapshot,
    report: &GateReport,
    decision: Decision,
    capacity: Capacity,
    who: &str,
) -> SignOff {
    let tool = (capacity == Capacity::Tool).then(|| Tool { name: who.to_owned(), reference: None, remaining: None });
    SignOff {
        id: SignOffId(who.to_owned()),
        feature: snapshot.feature.id,
        entry: snapshot.feature.entry,
        decision,
        capacity,
        author: author(if tool.is_some() { "token:ci" } else { who }),
        comment: String::new(),
        tool,
        report: report.clone(),
        report_digest: report.digest(),
        evidence: evidence(snapshot, 0, report.as_of),
        at: report.as_of,
    }
}

/// An alert of `kimi` that fires.
pub fn notice() -> AlertNotice {
    let at = DateTime::from_timestamp(1_767_609_030, 0).unwrap();
    AlertNotice {
        alert: AlertId("0199a1b2-0000-7000-8000-000000000001".to_owned()),
        status: NoticeStatus::Firing,
        rule: "error_rate".to_owned(),
        severity: Severity::Critical,
        migration: Some("files".parse().unwrap()),
        feature: Some("kimi".parse().unwrap()),
        firing_since: at,
        value: Some(0.06),
        limit: 0.05,
        lower: Some(0.051),
        upper: Some(0.07),
        n: 1_000,
        summary: "candidate error rate 6 % of 1,000 requests, limit 5 %".to_owned(),
        action_taken: Some("rolled back kimi to 0 %".to_owned()),
    }
}
