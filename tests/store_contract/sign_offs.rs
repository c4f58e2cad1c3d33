//! Sign-offs: kept with the report and the evidence that the reviewer saw.

use crossfade::domain::feature::FeatureId;
use crossfade::domain::sign_off::{Capacity, Decision, SignOff, SignOffId};
use crossfade::server::store::{CommitError, Write};

use crate::backend::Backend;
use crate::decided::{change, kimi, sign_off};
use crate::sample::{key, new_feature};

pub async fn a_sign_off_is_kept_with_all_that_the_reviewer_saw<B: Backend>(mut backend: B) {
    let kimi = kimi(&*backend.store()).await;
    let by_tool = sign_off("tool", &kimi, 10);
    let mut kept = vec![by_tool.clone()];
    for (seconds, capacity, decision) in
        [(20, Capacity::Manager, Decision::Rejected), (30, Capacity::Admin, Decision::Approved)]
    {
        let id = SignOffId(capacity.as_str().to_owned());
        let comment = String::new();
        kept.push(SignOff { id, capacity, decision, tool: None, comment, ..sign_off("", &kimi, seconds) });
    }
    for sign_off in kept.iter().rev() {
        let writes = vec![Write::SignOff(Box::new(sign_off.clone()))];
        backend.store().commit(&change(40, writes, vec![])).await.unwrap();
    }
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.sign_offs(kimi.feature.id, None).await.unwrap(), kept);
    for sign_off in kept {
        assert_eq!(sign_off.report.digest(), sign_off.report_digest);
        assert_eq!(sign_off.evidence.digest(), sign_off.report.evidence_digest);
        assert_eq!(store.sign_off(&sign_off.id).await.unwrap(), Some((key("kimi"), sign_off)));
    }
    assert_eq!(store.sign_off(&SignOffId("none".to_owned())).await.unwrap(), None);
}

pub async fn sign_offs_are_of_one_feature_and_of_one_entry<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    store.commit(&new_feature("files", "other")).await.unwrap();
    let other = store.snapshot(&key("other")).await.unwrap().unwrap();
    for (id, of, entry) in [("a", &kimi, 1), ("b", &kimi, 2), ("c", &other, 1), ("d", &kimi, 1)] {
        let written = SignOff { entry, ..sign_off(id, of, 10) };
        store.commit(&change(10, vec![Write::SignOff(Box::new(written))], vec![])).await.unwrap();
    }
    for (feature, entry, expected) in [
        (kimi.feature.id, None, &["a", "b", "d"][..]),
        (kimi.feature.id, Some(1), &["a", "d"]),
        (kimi.feature.id, Some(2), &["b"]),
        (kimi.feature.id, Some(3), &[]),
        (other.feature.id, None, &["c"]),
        (FeatureId(987), None, &[]),
    ] {
        let found = store.sign_offs(feature, entry).await.unwrap();
        assert_eq!(found.iter().map(|it| it.id.0.as_str()).collect::<Vec<_>>(), expected, "{feature:?} {entry:?}");
    }
}

pub async fn a_review_given_meanwhile_makes_a_change_stale<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let reviewed =
        |entry, expected| change(20, vec![Write::Reviewed { feature: kimi.feature.id, entry, expected }], vec![]);
    store.commit(&reviewed(1, 0)).await.unwrap();
    let written = Write::SignOff(Box::new(sign_off("a", &kimi, 10)));
    store.commit(&change(10, vec![written], vec![])).await.unwrap();
    assert!(matches!(store.commit(&reviewed(1, 0)).await, Err(CommitError::Stale { .. })));
    store.commit(&reviewed(1, 1)).await.unwrap();
    store.commit(&reviewed(2, 0)).await.unwrap();
}
