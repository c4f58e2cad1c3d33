//! `kill -9` at random moments while files are uploaded and deleted: whatever was acknowledged is there with the right
//! bytes after every restart, on both sides once the queue is empty, and nothing else is to be seen.
//!
//! `CROSSFADE_CRASH_SEED` repeats the moments of a run.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "support/random.rs"]
mod random;
#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use random::Random;
use serde_json::{Value, json};
use support::{Server, serve, token};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often the server is killed.
const KILLS: usize = 12;

const CLIENTS: u64 = 4;

/// The most bytes of a file: more than is sent at once, so that kills come in the middle.
const MOST_BYTES: u64 = 3 << 20;

impl Random {
    fn content(&mut self) -> Vec<u8> {
        let length = if self.below(8) == 0 { self.below(MOST_BYTES) } else { self.below(64 << 10) };
        (0..length.div_ceil(8)).flat_map(|_| self.below(u64::MAX).to_le_bytes()).collect()
    }
}

/// What a client knows of a file that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Kept {
        sha256: String,
    },
    /// Somebody asked to delete it and got no answer.
    Perhaps {
        sha256: String,
    },
    Deleted,
}

/// Every acknowledged file by its id, and the names of those of which no answer came.
#[derive(Default)]
struct Ledger {
    files: BTreeMap<String, Fate>,
    unanswered: Vec<String>,
}

fn sha256(bytes: &[u8]) -> String {
    crossfade::domain::digest::sha256(bytes).trim_start_matches("sha256:").to_owned()
}

/// Uploads and deletes on whatever server there is, until told to stop.
async fn client(
    number: u64,
    mut random: Random,
    ledger: Arc<Mutex<Ledger>>,
    mut server: watch::Receiver<Option<SocketAddr>>,
    stop: watch::Receiver<bool>,
) {
    crossfade::facade::remote::provide_tls();
    let http = reqwest::Client::new();
    let mut own: Vec<String> = Vec::new();
    for count in 0.. {
        if *stop.borrow() {
            return;
        }
        let Some(address) = *server.wait_for(Option::is_some).await.unwrap() else { continue };
        let token = token(address);
        if own.len() > 3 && random.below(3) == 0 {
            let id = own.swap_remove(usize::try_from(random.below(own.len() as u64)).unwrap());
            let Fate::Kept { sha256 } = ledger.lock().unwrap().files[&id].clone() else { panic!("it is kept") };
            ledger.lock().unwrap().files.insert(id.clone(), Fate::Perhaps { sha256 });
            let sent = http.delete(format!("http://{address}/api/v1/files/{id}")).bearer_auth(token).send().await;
            if let Ok(answer) = sent {
                assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
                ledger.lock().unwrap().files.insert(id, Fate::Deleted);
            }
            continue;
        }
        let (content, name) = (random.content(), format!("{number}-{count}.bin"));
        let url = format!("http://{address}/api/v1/files?feature=kimi&name={name}");
        let sent = http.post(url).bearer_auth(token).body(content.clone()).send().await;
        let answer = match sent {
            Ok(answer) => {
                assert_eq!(answer.status(), 201, "{name}");
                answer.json::<Value>().await.ok()
            }
            Err(_) => None,
        };
        let Some(answer) = answer else {
            ledger.lock().unwrap().unanswered.push(name);
            continue;
        };
        let id = answer["file_reference"]["id"].as_str().unwrap().to_owned();
        ledger.lock().unwrap().files.insert(id.clone(), Fate::Kept { sha256: sha256(&content) });
        own.push(id);
    }
}

/// Every file is as its uploader may expect, and there is none that nobody sent.
async fn verify(http: &reqwest::Client, address: SocketAddr, ledger: &Mutex<Ledger>) {
    let token = token(address);
    let get = |path: String| http.get(format!("http://{address}{path}")).bearer_auth(&token).send();
    let files = ledger.lock().unwrap().files.clone();
    for (id, fate) in &files {
        let answer = get(format!("/api/v1/files/{id}/content")).await.unwrap();
        let status = answer.status().as_u16();
        let found = sha256(&answer.bytes().await.unwrap());
        match fate {
            Fate::Perhaps { .. } if status == 404 => {}
            Fate::Kept { sha256 } | Fate::Perhaps { sha256 } => {
                assert_eq!((status, &found), (200, sha256), "{id}");
            }
            Fate::Deleted => assert_eq!(status, 404, "{id}"),
        }
    }
    let mut after = String::new();
    loop {
        let page: Value = get(format!("/api/v1/files?limit=500{after}")).await.unwrap().json().await.unwrap();
        let page = page["files"].as_array().unwrap().clone();
        for file in &page {
            let (id, name) = (file["id"].as_str().unwrap(), file["original_name"].as_str().unwrap().to_owned());
            let is_known = files.contains_key(id) || ledger.lock().unwrap().unanswered.contains(&name);
            assert!(is_known, "{file}");
            let content = get(format!("/api/v1/files/{id}/content")).await.unwrap();
            assert_eq!(content.status(), 200, "{file}");
            assert_eq!(sha256(&content.bytes().await.unwrap()), file["sha256"].as_str().unwrap(), "{file}");
        }
        let Some(last) = page.last() else { return };
        after = format!("&after={}", last["id"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_acknowledged_is_there_however_often_the_server_is_killed() {
    let seed = std::env::var("CROSSFADE_CRASH_SEED")
        .map_or_else(|_| RandomState::new().build_hasher().finish(), |seed| seed.parse().unwrap());
    println!("CROSSFADE_CRASH_SEED={seed}");
    let mut random = Random(seed);
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let (address, server_of_now) = watch::channel(None);
    let (stop, is_stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let random = Random(seed ^ (number + 1));
        clients.spawn(client(number, random, Arc::clone(&ledger), server_of_now.clone(), is_stopped.clone()));
    }
    for _ in 0..KILLS {
        let mut server = Server::start(serve(&data_dir));
        // Made before any client asks, or the server might be killed under it.
        token(server.address);
        address.send_replace(Some(server.address));
        tokio::time::sleep(Duration::from_millis(50 + random.below(400))).await;
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        address.send_replace(None);
        while let Some(client) = clients.try_join_next() {
            client.unwrap();
        }
    }
    let mut server = Server::start(serve(&data_dir));
    let http = reqwest::Client::new();
    address.send_replace(Some(server.address));
    stop.send_replace(true);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    verify(&http, server.address, &ledger).await;

    // What was left undone is done by the queue; then a check that reads everything finds nothing on either side.
    let token = token(server.address);
    let url = |path: &str| format!("http://{}/api/v1/files{path}", server.address);
    let get = |path: &str| http.get(url(path)).bearer_auth(&token).send();
    while get("/tasks").await.unwrap().json::<Value>().await.unwrap() != json!([]) {
        tokio::task::yield_now().await;
    }
    let check = http.post(url("/consistency/checks")).bearer_auth(&token).json(&json!({"mode": "full"}));
    let begun = check.send().await.unwrap();
    assert!(begun.status().is_success(), "{:?}", begun.text().await);
    let report = loop {
        let report: Value = get("/consistency").await.unwrap().json().await.unwrap();
        if report["last_full"]["asked_by"].as_str().is_some_and(|by| by != "system") {
            break report;
        }
        tokio::task::yield_now().await;
    };
    let (kept, unanswered) = {
        let ledger = ledger.lock().unwrap();
        (ledger.files.values().filter(|fate| matches!(fate, Fate::Kept { .. })).count(), ledger.unanswered.len())
    };
    println!("{kept} files kept, {unanswered} uploads never answered; {report}");
    assert!(kept > 10 && unanswered > 3, "{kept} {unanswered}");
    assert_eq!(report["open"], json!([]), "{report}");
    verify(&http, server.address, &ledger).await;
    assert!(server.terminate().success());
}
