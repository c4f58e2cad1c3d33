//! A server with `kimi` at 50 %, and programs that are run against it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use crossfade::domain::bucket::Bucket;
use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::unit::Unit;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, serve, token};

/// A server and its data.
pub struct Started {
    server: Server,
    _data: TempDir,
}

impl Started {
    /// With `kimi` at 50 %, and every call run on both sides.
    pub fn at_half() -> Self {
        let data = tempfile::tempdir().unwrap();
        let data_dir = data.path().join("data");
        let started = Self { server: Server::start(serve(&data_dir)), _data: data };
        set(&data_dir, "UPDATE features SET basis_points = 5000, stage = '50%' WHERE key = 'kimi'");
        // The server reads it anew with the change that it is told of.
        let body = json!({"shadow_mode": {"sample_rate": 1}, "reason": "to compare all"});
        let (status, answer) = started.ask("PATCH", "/api/v1/migrations/file-management", &body);
        assert_eq!(status, 200, "{answer}");
        started
    }

    /// Runs `command` to its end with the address and a token in its environment, and gives the last line it says, as JSON.
    pub fn run(&self, command: &mut Command) -> Value {
        let output = command
            .env("CROSSFADE_URL", format!("http://{}", self.server.address))
            .env("CROSSFADE_TOKEN", token(self.server.address))
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; has scripts/setup test been run?"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}{complained}");
        serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// `GET` of a document.
    pub fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Ends it, as an operator would.
    pub fn stop(mut self) {
        assert!(self.server.terminate().success());
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (address, body) = (self.server.address, body.to_string());
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json"
        );
        let authorization = format!("authorization: Bearer {}", token(address));
        write!(stream, "{head}\r\n{authorization}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

/// Whether this unit is on `kimi`'s candidate at 50 %.
pub fn is_on_candidate(unit: &str) -> bool {
    Bucket::of(&FeatureKey::parse("kimi").unwrap(), &Unit::parse(unit).unwrap()).index() < 5_000
}

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// `python FILE`.
pub fn python(path: &str) -> Command {
    let mut command = Command::new(file("target/venv/bin/python"));
    command.arg(file(path)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// `node` with what `path` becomes when it is bundled with the packages that it imports.
pub fn node(path: &str, into: &Path) -> Command {
    let bundled = into.join("bundled.mjs");
    let mut esbuild = Command::new(file("end2end/node_modules/.bin/esbuild"));
    esbuild.arg(file(path)).args(["--bundle", "--platform=node", "--format=esm", "--log-level=warning"]);
    esbuild.arg(format!("--outfile={}", bundled.display())).env("NODE_PATH", file("end2end/node_modules"));
    let output = esbuild.output().unwrap_or_else(|error| panic!("{error}; has scripts/setup test been run?"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut command = Command::new("node");
    command.arg(bundled);
    command
}

fn set(data_dir: &Path, sql: &'static str) {
    use sqlx::{ConnectOptions as _, Connection as _};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = data_dir.join("crossfade.db");
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}
