//! The file service on several instances: what is taken in at one is given out at the others, no turn is two's at once, and who
//! keeps files elsewhere keeps its hands off them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossfade::domain::file::{FileId, SideState};
use crossfade::domain::path::Path;
use crossfade::domain::presence::FileStanding;
use crossfade::server::files::faulty::Odds;
use crossfade::server::files::service::FileError;
use crossfade::server::files::verified::whole;
use crossfade::server::store::Store;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::workers::instances::Member;
use futures::TryStreamExt as _;
use tempfile::TempDir;

use crate::place::Place;
use crate::postgres;

/// How many senders each instance has.
const SENDERS: usize = 3;

/// What a sender does, one after the other.
const STEPS: usize = 40;

async fn open(url: &str) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(url).await.unwrap())
}

fn folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

async fn bytes(place: &Place, id: &FileId) -> Result<Vec<u8>, FileError> {
    let download = place.files().download(id, None).await?;
    Ok(download.bytes.try_collect::<Vec<_>>().await.unwrap().concat())
}

/// Two instances on one database, with files in the same folders.
async fn two() -> [Place; 2] {
    let url = postgres::database().await;
    let folder = folder();
    let one = Place::first(open(&url).await, Arc::clone(&folder), 1).await;
    let two = one.beside(open(&url).await, folder, 2);
    [one, two]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_in_at_one_is_given_out_and_deleted_at_the_other() {
    let [one, two] = two().await;
    let id = one.upload("a file").await.unwrap();
    assert_eq!(bytes(&two, &id).await.unwrap(), b"a file");
    two.drain().await;
    two.files().delete(&id, None).await.unwrap();
    assert!(matches!(bytes(&one, &id).await, Err(FileError::NotFound(_))));
    one.stop().await;
    two.stop().await;
}

/// The same few contents come and go at both, so that the last file of an object is often deleted at one while the other
/// takes in the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_object_is_removed_at_one_while_it_is_shared_at_the_other() {
    let [one, two] = two().await;
    one.set_percentage(100).await;
    two.application.state.decisions.refresh().await.unwrap();
    for faults in one.faults.iter().chain(&two.faults) {
        // Everything takes a moment, or nothing would ever meet.
        faults.set(Odds { delay: 0.5, delay_by: std::time::Duration::from_millis(2), ..Odds::default() });
    }
    let places = Arc::new([one, two]);
    let senders: Vec<_> = (0..2 * SENDERS)
        .map(|sender| {
            let places = Arc::clone(&places);
            tokio::spawn(async move {
                let place = &places[sender % 2];
                let mut kept: BTreeMap<FileId, String> = BTreeMap::new();
                for step in 0..STEPS {
                    let content = format!("common {}", (sender + step) % 2);
                    let id = place.upload(content.clone()).await.unwrap();
                    kept.insert(id, content);
                    if step % 8 != 0
                        && let Some((id, _)) = kept.pop_first()
                    {
                        place.files().delete(&id, None).await.unwrap();
                    }
                    place.files().settle_due().await.unwrap();
                }
                kept
            })
        })
        .collect();
    let mut kept = BTreeMap::new();
    for sender in senders {
        kept.extend(sender.await.unwrap());
    }
    let places = Arc::into_inner(places).unwrap();
    for place in &places {
        place.drain().await;
    }
    let [one, two] = places;
    for (id, content) in &kept {
        let record = one.files().record(id).await.unwrap();
        for side in Path::ALL {
            let at = record.side(side);
            assert_eq!(at.state, SideState::Present, "{id} on {side:?}");
            let got = one.files().sides().of(side).get(&at.provider_id, None).await.unwrap();
            let bytes = whole(got, record.sha256.as_ref().unwrap(), u64::MAX).await.unwrap();
            assert_eq!(bytes, content.as_bytes(), "{id} on {side:?}");
        }
    }
    let objects: Vec<_> = two.files().sides().candidate.list().try_collect().await.unwrap();
    assert_eq!(objects.len(), 2, "{objects:?}");
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn who_keeps_files_elsewhere_than_who_leads_serves_none_until_the_others_are_gone() {
    let url = postgres::database().await;
    let one = Place::first(open(&url).await, folder(), 1).await;
    let two = one.beside(open(&url).await, folder(), 2);
    let id = one.upload("a file").await.unwrap();
    let mut members = Vec::new();
    for (place, name) in [(&one, "one:3000"), (&two, "two:3000")] {
        let places = place.files().places().await.unwrap();
        let member = Member::new(place.application.state.clone(), name, Some(places));
        assert!(matches!(bytes(place, &id).await, Err(FileError::NobodyLeads)));
        members.push(member);
    }
    for member in &mut members {
        member.step(0).await.unwrap();
    }
    let [first, second] = &mut members[..] else { unreachable!() };
    assert_eq!(bytes(&one, &id).await.unwrap(), b"a file");
    let answer = two.get(&format!("/api/v1/files/{id}/content")).await;
    let detail = answer.problem(503)["detail"].as_str().unwrap().to_owned();
    assert_eq!(
        detail,
        "this instance keeps files in other folders or buckets than one:3000, which was there before it"
    );
    assert!(matches!(two.upload("another").await, Err(FileError::Elsewhere { .. })));
    assert!(matches!(two.files().delete(&id, None).await, Err(FileError::Elsewhere { .. })));
    // It did not take the file for lost, nor will it when it could lead.
    assert_eq!(one.files().record(&id).await.unwrap().legacy.state, SideState::Present);
    second.step(1).await.unwrap();
    assert!(!two.application.state.leadership.leads());
    first.leave().await;
    second.step(2).await.unwrap();
    second.step(3).await.unwrap();
    assert!(two.application.state.leadership.leads());
    assert_eq!(two.files().standing().get(), FileStanding::Together);
    two.upload("another").await.unwrap();
    drop(members);
    one.stop().await;
    two.stop().await;
}
