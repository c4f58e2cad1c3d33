//! Files on several instances that keep them in the same folders: what one took in the others give out and delete, and `kill -9` of
//! one amid it all loses none. A file is told to be there by all of them or by none.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::client::{Client, send, until};
use crate::fleet::Fleet;
use crate::postgres;
use crate::support::crossfade;

/// How many senders there are.
const SENDERS: usize = 4;

/// Whoever sends files to one instance after the other, and deletes some of them at others.
struct Sender {
    client: Client,
    there: Arc<Mutex<Vec<SocketAddr>>>,
    stop: watch::Receiver<bool>,
    number: usize,
    turn: usize,
}

/// What became of the files of a sender: those that are there, and those that are gone.
#[derive(Default)]
struct Sent {
    kept: BTreeMap<String, String>,
    deleted: Vec<String>,
}

impl Sender {
    fn next(&mut self) -> SocketAddr {
        self.turn += 1;
        let there = self.there.lock().unwrap();
        there[(self.number + self.turn) % there.len()]
    }

    async fn run(mut self) -> Sent {
        let mut sent = Sent::default();
        for step in 0.. {
            if *self.stop.borrow() {
                break;
            }
            // Most are of one of two contents, so that objects are shared, left and taken up all the time.
            let content =
                if step % 4 == 0 { format!("{} {step}", self.number) } else { format!("common {}", step % 2) };
            let at = self.next();
            let request = self.client.request("POST", at, "/api/v1/files?feature=kimi&name=a.bin");
            // One that was killed, or that has begun a moment ago, takes in nothing.
            if let Ok(answer) = send(request.body(content.clone())).await
                && answer.status != 503
            {
                let id = answer.json(201)["file_reference"]["id"].as_str().unwrap().to_owned();
                sent.kept.insert(id, content);
            }
            if step % 3 != 0
                && let Some((id, _)) = sent.kept.pop_first()
            {
                self.delete(&id).await;
                sent.deleted.push(id);
            }
        }
        sent
    }

    /// Deletes a file, at whichever answers.
    async fn delete(&mut self, id: &str) {
        loop {
            let at = self.next();
            match send(self.client.request("DELETE", at, &format!("/api/v1/files/{id}"))).await {
                // The answer of the first attempt may be lost.
                Ok(answer) if [200, 404].contains(&answer.status) => return,
                Ok(answer) if answer.status != 503 => panic!("{answer:?}"),
                Ok(_) | Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Runs `crossfade files check`.
fn check(url: &str, data_dir: &Path, places: &[String]) -> Output {
    let mut command = crossfade();
    command.args(["--log", "warn", "files", "check", "--database", url, "--data-dir"]).arg(data_dir).args(places);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_the_same_at_every_instance_and_none_is_lost_when_one_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let place = |side: &str| format!("--files-{side}=folder:{}", folder.path().join(side).display());
    let places = [place("legacy"), place("unified")];
    let url = postgres::database().await;
    let mut fleet = Fleet::with(3, &url, &places).await;
    fleet.all_the_way_up().await;
    let client = fleet.client.clone();
    let (stop, stopped) = watch::channel(false);
    let senders: Vec<_> = (0..SENDERS)
        .map(|number| {
            let (client, there) = (client.clone(), Arc::clone(&fleet.there));
            tokio::spawn(Sender { client, there, stop: stopped.clone(), number, turn: 0 }.run())
        })
        .collect();
    for _ in 0..2 {
        sleep(Duration::from_secs(1)).await;
        let leader = fleet.leader().await;
        fleet.kill(leader);
        fleet.start();
    }
    sleep(Duration::from_secs(1)).await;
    stop.send(true).unwrap();
    let mut all = Sent::default();
    for sender in senders {
        let Sent { kept, deleted } = sender.await.unwrap();
        all.kept.extend(kept);
        all.deleted.extend(deleted);
    }
    assert!(all.kept.len() > 10 && all.deleted.len() > 10, "{} and {}", all.kept.len(), all.deleted.len());
    let tasks = async || client.get(fleet.at(0), "/api/v1/files/tasks").await.unwrap().json(200);
    until("the sides are not brought in step", async || tasks().await == json!([])).await;
    for address in fleet.addresses() {
        for (id, content) in &all.kept {
            let answer = client.get(address, &format!("/api/v1/files/{id}/content")).await.unwrap();
            assert_eq!((answer.status, &answer.body), (200, content), "{id}");
        }
        for id in &all.deleted {
            assert_eq!(client.get(address, &format!("/api/v1/files/{id}")).await.unwrap().status, 404, "{id}");
        }
    }
    let said = check(&url, folder.path(), &places);
    assert!(said.status.success(), "{said:?}");
    fleet.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_keeps_files_elsewhere_says_so_and_the_command_line_does_too() {
    let url = postgres::database().await;
    // Each keeps them in its own data directory.
    let mut fleet = Fleet::of(2, &url).await;
    let (leader, follower) = (fleet.leader().await, fleet.follower().await);
    let client = fleet.client.clone();
    let upload = async |at| {
        let request = client.request("POST", at, "/api/v1/files?feature=kimi&name=a.bin");
        send(request.body("a file")).await.unwrap()
    };
    let id = upload(leader).await.json(201)["file_reference"]["id"].as_str().unwrap().to_owned();
    until("it takes in what the others do not see", async || upload(follower).await.status == 503).await;
    let detail = client.get(follower, &format!("/api/v1/files/{id}/content")).await.unwrap().json(503);
    assert!(detail["detail"].as_str().unwrap().contains("in other folders or buckets"), "{detail}");
    let data = tempfile::tempdir().unwrap();
    let checked = check(&url, data.path(), &[]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(!checked.status.success() && said.contains("keeps files elsewhere"), "{said}");
    let took = {
        fleet.kill(leader);
        until("nobody takes over", async || client.leads(follower).await).await
    };
    assert!(took < Duration::from_secs(10), "{took:?}");
    fleet.stop();
}
