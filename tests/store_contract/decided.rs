//! What the contracts of deciding put in, and everything that a change could have touched.

use crossfade::domain::audit::{AuditDraft, Head, Verifier};
use crossfade::domain::author::Author;
use crossfade::domain::comparison::ComparisonCounts;
use crossfade::domain::evidence::{Baseline, DwellEvidence, Evidence, LastSeen, PathEvidence, Recent};
use crossfade::domain::gate::judge;
use crossfade::domain::gradual::{GradualPlan, Pace};
use crossfade::domain::latency::LatencyMs;
use crossfade::domain::migration::Migration;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::reason::Reason;
use crossfade::domain::rollback::{Covered, Progress, Rollback, RollbackId, RollbackKind, Scope};
use crossfade::domain::rollout::{ChangeKind, FrozenGate, RolloutChange};
use crossfade::domain::sign_off::{Capacity, Decision, SignOff, SignOffId, Tool};
use crossfade::domain::snapshot::{PolicyVersion, Snapshot};
use crossfade::domain::text::Actor;
use crossfade::server::store::{AuditOrder, AuditQuery, AuditRow, Change, RollbackQuery, Store, Write};
use serde_json::json;

use crate::sample::{at, feature, key};

pub fn actor(text: &str) -> Actor {
    Actor::parse(text).unwrap()
}

/// A change by `user:ada`, `seconds` after the start of the hour.
pub fn change(seconds: i64, writes: Vec<Write>, audit: Vec<AuditDraft>) -> Change {
    Change { actor: actor("user:ada"), at: at(seconds), writes, audit }
}

/// The event of something done to `kimi`.
pub fn draft(action: &'static str) -> AuditDraft {
    AuditDraft {
        action,
        migration: Some("files".parse().unwrap()),
        feature: Some(key("kimi")),
        subject: None,
        reason: "because – \"ü\"\n".to_owned(),
        before: json!({"configured": 0.29, "stage": "shadow"}),
        after: json!({"configured": 1, "stage": "1%", "overridden": ["a", "b"]}),
        policy_version: Some(1),
        version: Some(2),
    }
}

/// The migration `files` and its feature `kimi`, as of now.
pub async fn kimi(store: &dyn Store) -> Snapshot {
    if store.snapshot(&key("kimi")).await.unwrap().is_none() {
        feature(store, "kimi").await;
    }
    store.snapshot(&key("kimi")).await.unwrap().unwrap()
}

fn path(ok: u64, errors: u64) -> PathEvidence {
    let mut path = PathEvidence { requests: ok + errors + 2, ok, errors, caller_errors: 2, ..PathEvidence::default() };
    for index in 0..20_u32 {
        path.latency.record(LatencyMs::new(0.1 * f64::from(index)).unwrap());
    }
    path
}

/// A gate with all that a gate can have.
pub fn frozen(snapshot: &Snapshot, seconds: i64) -> FrozenGate {
    let stage = snapshot.policy.policy.stages[1].clone();
    let evidence = Evidence {
        migration: snapshot.migration.slug.clone(),
        feature: snapshot.feature.key.clone(),
        policy_version: snapshot.policy.version,
        entered_at: snapshot.feature.entered_at,
        as_of: at(seconds),
        dwell: DwellEvidence { elapsed_ms: 3, stopped_by: Some("the feature is off".to_owned()) },
        legacy: path(900, 3),
        candidate: path(100, 1),
        shadow: ComparisonCounts { matches: 7, mismatches: 1, ..ComparisonCounts::default() },
        last_seen: LastSeen { legacy: Some(at(1)), candidate: None, shadow: Some(at(2)) },
        recent: Recent { window_seconds: 60, legacy: 1, candidate: 2, comparisons: 3 },
        baseline: Some(Baseline { stage: "shadow".to_owned(), as_of: at(0), legacy: path(10, 0) }),
        prerequisites: Vec::new(),
        consistency: None,
        alerts: Vec::new(),
        stage,
    };
    FrozenGate { report: judge(&evidence), evidence }
}

/// A line of the history of a feature, with everything that it can have.
pub fn rollout_change(snapshot: &Snapshot, seconds: i64) -> RolloutChange {
    RolloutChange {
        id: 0,
        feature: snapshot.feature.id,
        at: at(seconds),
        kind: ChangeKind::Advanced,
        from: Some(Percentage::ZERO),
        to: Percentage::from_whole(1),
        from_stage: Some("shadow".to_owned()),
        stage: "1%".to_owned(),
        actor: actor("user:ada"),
        reason: format!("change {seconds}"),
        policy_version: Some(1),
        detail: Some("in words".to_owned()),
        overridden: vec!["one".to_owned(), "another".to_owned()],
        rollback: Some(RollbackId("r".to_owned())),
        has_evidence: false,
    }
}

/// An approval by a tool that `user:grace` ran, in the feature's present entry.
pub fn sign_off(id: &str, snapshot: &Snapshot, seconds: i64) -> SignOff {
    let FrozenGate { report, evidence } = frozen(snapshot, seconds);
    SignOff {
        id: SignOffId(id.to_owned()),
        feature: snapshot.feature.id,
        entry: snapshot.feature.entry,
        decision: Decision::Approved,
        capacity: Capacity::Tool,
        author: Author { actor: actor("token:ci"), person: actor("user:grace") },
        comment: "two\nlines".to_owned(),
        tool: Some(Tool { name: "codereview".to_owned(), reference: Some("#7".to_owned()), remaining: Some(17) }),
        report_digest: report.digest(),
        report,
        evidence,
        at: at(seconds),
    }
}

/// From 50 % to 5 %, ten points a minute.
pub fn plan(seconds: i64) -> GradualPlan {
    let pace = Pace { step: Percentage::from_whole(10), interval_seconds: 60 };
    GradualPlan::new(Percentage::from_whole(50), Percentage::from_whole(5), pace, at(seconds))
}

/// A gradual rollback of the feature, still stepping.
pub fn gradual(id: &str, snapshot: &Snapshot, seconds: i64) -> Rollback {
    Rollback {
        id: RollbackId(id.to_owned()),
        scope: Scope::Feature(snapshot.feature.id, snapshot.feature.key.clone()),
        kind: RollbackKind::Gradual(plan(seconds)),
        covered: vec![Covered { feature: snapshot.feature.key.clone(), from: Percentage::from_whole(50) }],
        at: at(seconds),
        actor: actor("user:ada"),
        reason: Reason::parse("errors\nrise").unwrap(),
        progress: Progress::Stepping,
    }
}

pub fn open(rollback: &Rollback) -> Write {
    Write::OpenRollback(Box::new(rollback.clone()))
}

/// All that a change could have touched, for a store with few rows.
#[derive(Debug, PartialEq)]
pub struct Everything {
    pub migrations: Vec<Migration>,
    pub snapshots: Vec<Snapshot>,
    pub policies: Vec<Vec<PolicyVersion>>,
    pub sign_offs: Vec<Vec<SignOff>>,
    pub history: Vec<Vec<RolloutChange>>,
    pub frozen: Vec<Vec<(RolloutChange, FrozenGate)>>,
    pub rollbacks: Vec<Rollback>,
    pub audit: Vec<AuditRow>,
    pub head: Head,
}

impl Everything {
    pub async fn of(store: &dyn Store) -> Self {
        let migrations = store.migrations().await.unwrap();
        let snapshots = store.snapshots().await.unwrap();
        let (mut policies, mut sign_offs, mut history, mut frozen) = (vec![], vec![], vec![], vec![]);
        for migration in &migrations {
            policies.push(store.policies(migration.id).await.unwrap());
        }
        for Snapshot { feature, .. } in &snapshots {
            sign_offs.push(store.sign_offs(feature.id, None).await.unwrap());
            history.push(store.rollout_history(feature.id, None, 1_000).await.unwrap());
            frozen.push(store.frozen_gates(feature.id, 1_000).await.unwrap());
        }
        let rollbacks = store.rollbacks(&RollbackQuery::Newest { limit: 1_000 }).await.unwrap();
        let (audit, head) = (chain(store).await, store.audit_head().await.unwrap());
        Self { migrations, snapshots, policies, sign_offs, history, frozen, rollbacks, audit, head }
    }
}

/// The whole chain, which verifies.
pub async fn chain(store: &dyn Store) -> Vec<AuditRow> {
    let rows = store.audit_events(&AuditQuery::any(AuditOrder::OldestFirst, None, 10_000)).await.unwrap();
    let mut verifier = Verifier::default();
    for row in &rows {
        let event = verifier.step(&row.body, &row.hash).unwrap();
        assert_eq!(event.seq, row.seq);
    }
    verifier.finish(&store.audit_head().await.unwrap()).unwrap();
    rows
}
