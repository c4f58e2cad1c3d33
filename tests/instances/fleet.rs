//! Instances on one database, which are killed, stand still, and are started again.

use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossfade::domain::feature::Feature;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::text::Actor;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::{Change, Store as _, Write};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::client::{Client, until};
use crate::postgres::{Cluster, SCRIPT};
use crate::support::{Server, crossfade, serve, token};

/// The password of everyone in these tests.
pub const PASSWORD: &str = "correct horse battery";

impl Cluster {
    /// Asks `pg_ctl` for something, or has the server stand still or go on.
    pub fn ask(&self, arguments: &[&str]) {
        let mut command = Command::new(SCRIPT);
        command.arg("at").arg(&self.folder).args(arguments).stdin(Stdio::null());
        let said = command.output().unwrap();
        assert!(said.status.success(), "{arguments:?}: {said:?}");
    }
}

/// Instances, all gone when this is.
pub struct Fleet {
    folder: TempDir,
    pub url: String,
    servers: Vec<Server>,
    /// Where those are that are there, for whoever goes on asking meanwhile.
    pub there: Arc<Mutex<Vec<SocketAddr>>>,
    pub client: Client,
    started: usize,
    /// What each is started with besides.
    arguments: Vec<String>,
}

impl Fleet {
    /// So many on the database `url`, each known to answer decisions.
    pub async fn of(instances: usize, url: &str) -> Self {
        Self::with(instances, url, &[]).await
    }

    /// The same, each started with `arguments` besides.
    pub async fn with(instances: usize, url: &str, arguments: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::new(String::new());
        let mut fleet = Self {
            folder,
            url: url.to_owned(),
            servers: Vec::new(),
            there: Arc::default(),
            client,
            started: 0,
            arguments: arguments.to_vec(),
        };
        for _ in 0..instances {
            fleet.start();
        }
        fleet.client = Client::new(token(fleet.at(0)));
        for address in fleet.addresses() {
            fleet.client.percentage(address).await;
        }
        fleet
    }

    /// One more.
    pub fn start(&mut self) -> SocketAddr {
        self.started += 1;
        let mut command = serve(&self.folder.path().join(self.started.to_string()));
        command.args(["--notify-allow", "127.0.0.0/8", "--database", &self.url]).args(&self.arguments);
        let server = Server::start(command);
        let address = server.address;
        self.servers.push(server);
        self.there.lock().unwrap().push(address);
        address
    }

    pub fn at(&self, index: usize) -> SocketAddr {
        self.servers[index].address
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| server.address).collect()
    }

    /// The one that leads, once there is one.
    pub async fn leader(&self) -> SocketAddr {
        let mut found = None;
        until("nobody leads", async || {
            for address in self.addresses() {
                if self.client.leads(address).await {
                    found = Some(address);
                }
            }
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    /// One that does not lead.
    pub async fn follower(&self) -> SocketAddr {
        let leader = self.leader().await;
        self.addresses().into_iter().find(|address| *address != leader).unwrap()
    }

    /// Kills one with `kill -9`.
    pub fn kill(&mut self, address: SocketAddr) {
        self.there.lock().unwrap().retain(|it| *it != address);
        let index = self.servers.iter().position(|server| server.address == address).unwrap();
        drop(self.servers.remove(index));
    }

    /// Sends a signal to one.
    pub fn signal(&self, address: SocketAddr, signal: Signal) {
        let server = self.servers.iter().find(|server| server.address == address).unwrap();
        kill_process(Pid::from_child(&server.child), signal).unwrap();
    }

    /// Stops all of them in order.
    pub fn stop(&mut self) {
        self.there.lock().unwrap().clear();
        for mut server in self.servers.drain(..) {
            assert!(server.terminate().success());
        }
    }

    /// Runs `crossfade user create` for somebody with this role.
    pub fn create_user(&self, login: &str, role: &str) {
        let file = self.folder.path().join("password");
        std::fs::write(&file, PASSWORD).unwrap();
        let mut command = crossfade();
        command.args(["--log", "warn", "user", "create", "--login", login, "--role", role, "--password-stdin"]);
        command.args(["--database", &self.url]).stdin(std::fs::File::open(&file).unwrap());
        let said: Output = command.output().unwrap();
        assert!(said.status.success(), "{said:?}");
    }

    /// The cookie of a session of `login`, begun at one.
    pub async fn sign_in(&self, at: SocketAddr, login: &str) -> String {
        let answer = self.try_to_sign_in(at, login, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    pub async fn try_to_sign_in(&self, at: SocketAddr, login: &str, password: &str) -> crate::client::Answer {
        let form = format!("login={login}&password={}", password.replace(' ', "+"));
        let request = self.client.anonymous("POST", at, "/panel/log-in").header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        // Passwords are hashed two at a time, and slowly.
        crate::client::send(request.timeout(Duration::from_secs(20))).await.unwrap()
    }

    /// Takes `kimi` to 100 %, which nobody would wait for.
    pub async fn all_the_way_up(&self) {
        let store = PostgresStore::open(&self.url).await.unwrap();
        let (_, kimi) = store.feature(&"kimi".parse().unwrap()).await.unwrap().unwrap();
        let feature = Feature {
            configured: Percentage::FULL,
            stage: "100%".to_owned(),
            version: kimi.version + 1,
            ..kimi.clone()
        };
        let writes = vec![Write::Feature { feature, expected: kimi.version }];
        let change = Change { actor: Actor::system(), at: kimi.created_at, writes, audit: Vec::new() };
        store.commit(&change).await.unwrap();
        store.close().await;
    }
}
