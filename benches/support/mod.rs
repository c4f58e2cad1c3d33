//! What the benchmarks share: a server on loopback, and senders that cost as little as possible.

pub mod database;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossfade::domain::access::Principal;
use crossfade::domain::token::NewToken;
use crossfade::server::clock::SystemClock;
use crossfade::server::commands::tokens;
use crossfade::server::config::DEFAULT_FILE_BYTES;
use crossfade::server::example;
use crossfade::server::files::legacy::folder::Folder;
use crossfade::server::files::sides::Sides;
use crossfade::server::files::spool::Spool;
use crossfade::server::files::unified::Unified;
use crossfade::server::http;
use crossfade::server::http::serve::Timeouts;
use crossfade::server::startup::Application;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use self::database::Database;

/// A server in this process, on loopback.
pub struct Server {
    pub address: SocketAddr,
    pub application: Application,
    pub runtime: Runtime,
    /// The header line that lets a request do everything.
    pub authorization: String,
    serving: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Server {
    /// Starts one with the example migration and a database in `directory`.
    pub fn start(directory: &Path, site_root: &Path) -> Self {
        Self::on(&Database::Sqlite(directory.join("bench.db")), directory, site_root)
    }

    /// Starts one with the example migration on `database`; its files are in `directory`.
    pub fn on(database: &Database, directory: &Path, site_root: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let stop = CancellationToken::new();
        let (address, application, authorization, serving) = runtime.block_on(async {
            let store = database.open().await;
            let files = directory.join("files");
            let sides = Sides {
                legacy: Arc::new(Folder::open(&files.join("legacy")).unwrap()),
                candidate: Arc::new(Unified::folder(&files.join("unified")).unwrap()),
            };
            let spool = Spool::open(&files.join("incoming")).unwrap();
            let application = Application::with(store, Arc::new(SystemClock));
            let application = application.with_files(sides, spool, DEFAULT_FILE_BYTES).unwrap();
            example::create(&application.state).await.unwrap();
            let token = NewToken::parse("bench", "evaluate,ingest,read", "").unwrap();
            let token = tokens::create(&application.state, token, &Principal::cli("bench")).await.unwrap();
            let authorization = format!("authorization: Bearer {}\r\n", token.expose());
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = http::router(application.state.clone(), site_root.to_owned());
            let serving = tokio::spawn(http::serve::serve(listener, router, Timeouts::default(), stop.clone()));
            (address, application, authorization, serving)
        });
        Self { address, application, runtime, authorization, serving, stop }
    }

    /// Ends it, as a signal would.
    pub fn stop(self) {
        self.stop.cancel();
        // The accept loop holds the state until it has ended.
        self.runtime.block_on(async {
            let _ = self.serving.await;
            self.application.stop().await;
        });
    }

    /// A `GET` of `path`.
    pub fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{}\r\n", self.authorization).into_bytes()
    }

    /// The present time, as the server has it.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.application.state.clock.now()
    }
}

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::with_capacity(1 << 20, stream.try_clone().unwrap());
        Self { stream, reader }
    }

    /// Sends a whole request and gives the status and the body of its response.
    pub fn exchange(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.stream.write_all(request).unwrap();
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = None;
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = Some(value.parse::<usize>().unwrap());
            }
        }
        let mut body = Vec::new();
        if let Some(length) = length {
            body.resize(length, 0);
            self.reader.read_exact(&mut body).unwrap();
        } else {
            self.read_chunks(&mut body);
        }
        (status, body)
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) {
        let mut line = String::new();
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
            let start = body.len();
            body.resize(start + length, 0);
            self.reader.read_exact(&mut body[start..]).unwrap();
            self.reader.read_exact(&mut [0; 2]).unwrap();
            if length == 0 {
                return;
            }
        }
    }
}

/// The middle one of `times`.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// How many times as long `of` is as `to`.
pub fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}

/// How long `work` takes.
pub fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}
