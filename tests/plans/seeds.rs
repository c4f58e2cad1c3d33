//! One row of everything, made by the store itself.

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::alert::{AlertState, Episode};
use crossfade::domain::consistency::check::{CheckMode, CheckState, Looked};
use crossfade::domain::consistency::{Finding, FindingKind, Identity, Repair, Subject};
use crossfade::domain::distinct_units::{DistinctUnits, UnitTrace};
use crossfade::domain::file::TaskKind;
use crossfade::domain::latency::{LatencyHistogram, LatencyMs};
use crossfade::domain::observation::Observation;
use crossfade::domain::origin::Origin;
use crossfade::domain::path::Path;
use crossfade::domain::text::Actor;
use crossfade::server::store::{AlertWrite, Item, RunbookWrite, Store, TargetWrite, Write};

use crate::alerts::{alert, fired_on, keep, silence};
use crate::decided::{change, draft, frozen, gradual, kimi, open, rollout_change, sign_off};
use crate::files::{file, task};
use crate::notifications::{firing, target};
use crate::rows::{Size, Sketches};
use crate::runbooks::{runbook, tick};
use crate::sample::{at, comparison, folded, new_feature, new_migration, observation};

/// Features, and of each thing that a page shows one.
pub async fn sow(store: &dyn Store, size: Size, now: DateTime<Utc>) {
    store.commit(&new_migration("files")).await.unwrap();
    store.commit(&new_migration("others")).await.unwrap();
    for index in 0..size.features {
        store.commit(&new_feature("others", &format!("f{index}"))).await.unwrap();
    }
    let kimi = kimi(store).await;
    let fires = Episode { state: AlertState::Firing { since: at(3), clear_ms: 0 }, ..alert("seed", &kimi) };
    let frozen_alert = fired_on("seed", &kimi);
    let fires = Episode { frozen_digest: Some(frozen_alert.digest()), ..fires };
    let (ticked, listed) = (tick("one", 1), runbook(1));
    let writes = vec![
        Write::RolloutChange { change: rollout_change(&kimi, 5), frozen: Some(Box::new(frozen(&kimi, 5))) },
        Write::SignOff(Box::new(sign_off("seed", &kimi, 5))),
        open(&gradual("seed", &kimi, 5)),
        keep(&fires, Some(frozen_alert)),
        Write::Alert(AlertWrite::Silence(Box::new(silence("seed", &kimi)))),
        Write::Target(Box::new(TargetWrite::Create(target("on call")))),
        Write::Target(Box::new(TargetWrite::Create(target("chat")))),
        Write::Runbook(RunbookWrite::Import { migration: kimi.migration.id, runbook: listed, expected: 0 }),
        Write::Runbook(RunbookWrite::Tick { migration: kimi.migration.id, tick: ticked, expected: 0 }),
    ];
    store.commit(&change(10, writes, vec![draft("feature.advanced")])).await.unwrap();
    store.commit(&change(11, vec![Write::Notice(Box::new(firing("seed")))], vec![])).await.unwrap();
    let moved = file(kimi.feature.id, 1);
    store.add_file(&moved, &[task(&moved, Path::Candidate, TaskKind::Put, 60)], None).await.unwrap();
    store.ask_check(CheckMode::Full, &Actor::system(), at(20)).await.unwrap();
    let check = store.begin_check(at(21)).await.unwrap().unwrap();
    let is = Identity { kind: FindingKind::NoObject, side: Some(Path::Candidate), subject: Subject::File(moved.id) };
    let found = Finding { is, feature: Some(kimi.feature.id), detail: "gone".to_owned(), repairs: vec![Repair::Adopt] };
    store.keep_findings(check.id, &[found], at(22)).await.unwrap();
    let looked = Looked { records: 1, objects: 1, bytes: 1, found: 1 };
    store.end_check(check.id, &looked, &CheckState::Complete { at: at(23) }).await.unwrap();
    make_room(store, size, now).await;
}

/// Something in every day that has minutes, and in every month that has hours: so there is a place for the rest.
async fn make_room(store: &dyn Store, size: Size, now: DateTime<Utc>) {
    let feature = kimi(store).await.feature.id;
    let days = (0..=size.days_of_minutes).chain((0..=size.days_of_hours).step_by(7)).map(TimeDelta::days);
    let seen = |at| {
        let origin = Origin::Driver;
        [
            Item::Observation(Observation { origin, ..observation(feature, at) }),
            Item::Comparison(comparison(feature, at)),
        ]
    };
    store.ingest(&[folded(days.flat_map(|ago| seen(now - ago)))], now).await.unwrap();
}

/// As much as a busy hour leaves.
pub fn sketches() -> Sketches {
    let (mut latency, mut units) = (LatencyHistogram::new(), DistinctUnits::new());
    for n in 0..200_u32 {
        latency.record(LatencyMs::new(80.0 * 1.02_f64.powi(n.cast_signed() % 120)).unwrap());
        units.record(UnitTrace::of_text(&n.to_string()));
    }
    Sketches { latency: latency.to_bytes(), units: units.to_bytes() }
}
