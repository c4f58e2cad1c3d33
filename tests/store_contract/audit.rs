//! The audit chain: one event after the other, each in the transaction of the change that it tells of.

use crossfade::domain::audit::{AuditDraft, AuditEvent, Head};
use crossfade::server::store::{AuditOrder, AuditQuery, AuditRow, Change, Store};

use crate::backend::Backend;
use crate::decided::{actor, chain, change, draft};
use crate::sample::{at, key, new_feature, new_migration, slug};

pub async fn a_chain_begins_with_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    assert_eq!(store.audit_head().await.unwrap(), Head::default());
    assert_eq!(chain(&*store).await, []);
    // A change that tells of nothing adds nothing.
    store.commit(&new_migration("files")).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap(), Head::default());
}

pub async fn events_are_kept_as_they_were_told<B: Backend>(mut backend: B) {
    let told = draft("feature.advanced");
    let bare = AuditDraft {
        action: "rollback.emergency",
        migration: None,
        feature: None,
        subject: Some("rollback r".to_owned()),
        before: serde_json::Value::Null,
        after: serde_json::Value::Null,
        policy_version: None,
        version: None,
        ..told.clone()
    };
    let changes = change(1, vec![], vec![told.clone(), bare.clone()]);
    backend.store().commit(&changes).await.unwrap();
    backend.reopen().await;
    backend.store().commit(&change(2, vec![], vec![told.clone()])).await.unwrap();
    let rows = chain(&*backend.store()).await;
    let events: Vec<AuditEvent> = rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    // What is kept beside the text, for questions, says the same as the text.
    assert!(events.iter().zip(&rows).all(|(event, row)| event.contradicted_by(&row.columns).is_none()), "{rows:?}");
    for (event, (seconds, draft)) in events.iter().zip([(1, &told), (1, &bare), (2, &told)]) {
        assert_eq!((event.at, event.actor.as_str(), event.action.as_str()), (at(seconds), "user:ada", draft.action));
        assert_eq!(
            (&event.migration, &event.feature, &event.subject),
            (&draft.migration, &draft.feature, &draft.subject)
        );
        assert_eq!((&event.before, &event.after, &event.reason), (&draft.before, &draft.after, &draft.reason));
        assert_eq!((event.policy_version, event.version), (draft.policy_version, draft.version));
    }
    let last = rows.last().unwrap();
    assert_eq!(backend.store().audit_head().await.unwrap(), Head { seq: 3, hash: last.hash.clone() });
}

pub async fn a_change_that_fails_tells_of_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    let mut first = new_migration("files");
    first.audit.push(draft("migration.created"));
    store.commit(&first).await.unwrap();
    let before = chain(&*store).await;
    store.commit(&first).await.unwrap_err();
    let mut orphan = new_feature("none", "kimi");
    orphan.audit.push(draft("feature.created"));
    store.commit(&orphan).await.unwrap_err();
    assert_eq!(chain(&*store).await, before);
}

pub async fn events_are_found_by_each_part_of_the_question<B: Backend>(backend: B) {
    let store = backend.store();
    let of = |action, migration: &str, feature: Option<&str>| AuditDraft {
        migration: Some(slug(migration)),
        feature: feature.map(key),
        ..draft(action)
    };
    for (seconds, who, told) in [
        (10, "user:ada", of("feature.advanced", "files", Some("kimi"))),
        (20, "user:grace", of("feature.advanced_by_override", "files", Some("kimi"))),
        (30, "user:ada", of("features.odd", "files", Some("other"))),
        (40, "token:ci", of("feature.created", "more", Some("other"))),
        (50, "user:ada", of("migration.created", "more", None)),
    ] {
        let told = Change { actor: actor(who), at: at(seconds), writes: vec![], audit: vec![told] };
        store.commit(&told).await.unwrap();
    }
    let any = AuditQuery::any(AuditOrder::OldestFirst, None, 100);
    let by_action = |action: &str| AuditQuery { action: Some(action.to_owned()), ..any.clone() };
    for (query, expected) in [
        (any.clone(), &[1, 2, 3, 4, 5][..]),
        (AuditQuery { feature: Some(key("kimi")), ..any.clone() }, &[1, 2]),
        (AuditQuery { migration: Some(slug("more")), ..any.clone() }, &[4, 5]),
        (AuditQuery { actor: Some(actor("user:ada")), ..any.clone() }, &[1, 3, 5]),
        (by_action("feature.advanced"), &[1]),
        (by_action("feature"), &[1, 2, 4]),
        (by_action("featur_"), &[]),
        (by_action("feature."), &[]),
        (AuditQuery { from: Some(at(20)), to: Some(at(40)), ..any.clone() }, &[2, 3]),
        (AuditQuery { actor: Some(actor("user:ada")), migration: Some(slug("more")), ..any.clone() }, &[5]),
        (AuditQuery { feature: Some(key("none")), ..any.clone() }, &[]),
    ] {
        let newest = AuditQuery { order: AuditOrder::NewestFirst, ..query.clone() };
        assert_eq!(places(&*store, &query).await, expected, "{query:?}");
        assert_eq!(places(&*store, &newest).await.into_iter().rev().collect::<Vec<_>>(), expected, "{newest:?}");
    }
}

pub async fn the_chain_is_paged_from_either_end<B: Backend>(backend: B) {
    let store = backend.store();
    for seconds in 0..7 {
        store.commit(&change(seconds, vec![], vec![draft("feature.advanced")])).await.unwrap();
    }
    let all = chain(&*store).await;
    for page in [1, 3, 7, 8] {
        for order in [AuditOrder::OldestFirst, AuditOrder::NewestFirst] {
            let (mut paged, mut after): (Vec<AuditRow>, _) = (Vec::new(), None);
            loop {
                let rows = store.audit_events(&AuditQuery::any(order, after, page)).await.unwrap();
                let Some(last) = rows.last() else { break };
                assert!(rows.len() <= usize::try_from(page).unwrap());
                after = Some(last.seq);
                paged.extend(rows);
                assert!(paged.len() <= all.len(), "{order:?}, pages of {page}: it does not end");
            }
            if order == AuditOrder::NewestFirst {
                paged.reverse();
            }
            assert_eq!(paged, all, "{order:?}, pages of {page}");
        }
    }
}

pub async fn stores_that_write_at_once_keep_one_chain<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    let rounds = async |store: &dyn Store, start: i64| {
        for seconds in start..start + 40 {
            let told = vec![draft("feature.advanced"), draft("rollback.step")];
            store.commit(&change(seconds, vec![], told)).await.unwrap();
        }
    };
    tokio::join!(rounds(&*one, 0), rounds(&*other, 1_000));
    let rows = chain(&*one).await;
    assert_eq!(rows.len(), 160);
    assert_eq!(chain(&*other).await, rows);
    // The events of a change stand side by side.
    let events: Vec<AuditEvent> = rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    assert!(events.chunks(2).all(|pair| pair[0].at == pair[1].at && pair[1].action == "rollback.step"));
}

async fn places(store: &dyn Store, query: &AuditQuery) -> Vec<i64> {
    store.audit_events(query).await.unwrap().into_iter().map(|row| row.seq).collect()
}
