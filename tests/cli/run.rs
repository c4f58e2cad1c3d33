//! Running the program to its end, and asking a server what is in its store.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, crossfade, serve, token};

/// What the program said, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `command` to its end with `input` on its standard input.
pub fn run(command: &mut Command, input: &[u8]) -> Said {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that ends without reading it is no failure of the test.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder for files to import and for the data that they become.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn data_dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A file with this text in it.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    /// `crossfade import FILE OPTIONS`.
    pub fn import(&self, file: &Path, options: &[&str]) -> Said {
        self.import_with(file, options, b"")
    }

    /// `crossfade import FILE OPTIONS` with something on standard input.
    pub fn import_with(&self, file: &Path, options: &[&str], input: &[u8]) -> Said {
        let mut command = crossfade();
        command.args(["--log", "warn", "import"]).arg(file).args(options).arg("--data-dir").arg(self.data_dir());
        run(&mut command, input)
    }

    /// Imports `text`, which is all right, and gives what was said.
    pub fn take_in(&self, text: impl AsRef<[u8]>, options: &[&str]) -> String {
        let said = self.import(&self.file("observations.ndjson", text), options);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        said.out
    }

    /// `crossfade ARGUMENTS --data-dir …` on the data of this desk.
    pub fn crossfade(&self, arguments: &[&str]) -> Said {
        let mut command = crossfade();
        command.args(["--log", "warn"]).args(arguments).arg("--data-dir").arg(self.data_dir()).env("USER", "ada");
        run(&mut command, b"")
    }

    /// Runs SQL behind the program's back.
    pub fn execute(&self, sql: &'static str) {
        use sqlx::{ConnectOptions as _, Connection as _};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let file = self.data_dir().join("crossfade.db");
            let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// A server on what was imported.
    pub fn server(&self) -> Server {
        Server::start(serve(&self.data_dir()))
    }
}

/// `GET` of a JSON document.
pub fn get(address: SocketAddr, path: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    let token = token(address);
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close");
    write!(stream, "{head}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{text}");
    serde_json::from_str(body).unwrap()
}

/// What a flag's evaluation is answered: the status, and the reason where there is one.
pub fn evaluate(address: SocketAddr, flag: &str, unit: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let body = json!({"context": {"targetingKey": unit}}).to_string();
    let head = format!("POST /ofrep/v1/evaluate/flags/{flag} HTTP/1.1\r\nhost: {address}\r\nconnection: close");
    let token = token(address);
    write!(stream, "{head}\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body["reason"].as_str().unwrap_or_default().to_owned())
}

/// The steps of the last 24 hours of a feature in which there is something.
pub fn points(address: SocketAddr, feature: &str) -> Vec<Value> {
    let mut document = get(address, &format!("/api/v1/features/{feature}/metrics"));
    let Value::Array(points) = document["points"].take() else { panic!("{document}") };
    let is_something = |point: &Value| {
        point["legacy"]["requests"] != 0 || point["candidate"]["requests"] != 0 || point["shadow"]["comparisons"] != 0
    };
    points.into_iter().filter(is_something).collect()
}

/// `[legacy, candidate, comparisons]` of a feature in the last 24 hours.
pub fn counted(address: SocketAddr, feature: &str) -> [u64; 3] {
    let points = points(address, feature);
    ["/legacy/requests", "/candidate/requests", "/shadow/comparisons"]
        .map(|pointer| points.iter().map(|point| point.pointer(pointer).unwrap().as_u64().unwrap()).sum())
}

/// An observation of `kimi` made when it is read, changed by `changes`; one line.
pub fn line(changes: &Value) -> String {
    let mut item =
        json!({"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 100.0});
    item.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("{item}\n")
}
