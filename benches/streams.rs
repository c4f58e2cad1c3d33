//! Durable ingest while a thousand browsers listen for changes, beside the same with nobody listening, in one run.
//!
//! The listeners are in this process, so what reading costs them is in the figures as well.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossfade::server::events;
use support::{Connection, Server, time};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const STREAMS: usize = 1_000;
/// Enough that a round takes some seconds: figures are told once in each.
const BATCHES: usize = 4_000;
const ITEMS: usize = 500;
const CONNECTIONS: usize = 4;
const ROUNDS: usize = 3;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), directory.path());
    let stop = CancellationToken::new();
    let telling = server.runtime.spawn(events::run(server.application.state.clone(), stop.clone()));
    println!("{BATCHES} batches of {ITEMS} observations, {CONNECTIONS} connections, best of {ROUNDS} rounds\n");
    let (mut alone, mut among, mut told) = (0.0_f64, 0.0_f64, 0);
    for round in 0..ROUNDS {
        alone = alone.max(rate(&server, &format!("alone-{round}")));
        let heard = Arc::new(AtomicU64::new(0));
        let listeners = server.runtime.block_on(listen(&server, &heard));
        among = among.max(rate(&server, &format!("among-{round}")));
        told = told.max(heard.load(Ordering::Relaxed));
        drop(listeners);
    }
    println!("nobody listens          {alone:>12.0} observations/s");
    println!("{STREAMS} streams are open  {among:>12.0} observations/s, {told} events told");
    println!("ratio {:.2}", among / alone);
    stop.cancel();
    server.runtime.block_on(telling).unwrap();
    server.stop();
}

/// Streams that are read and counted until they are dropped.
async fn listen(server: &Server, heard: &Arc<AtomicU64>) -> JoinSet<()> {
    let mut listeners = JoinSet::new();
    for _ in 0..STREAMS {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!("GET /api/v1/events HTTP/1.1\r\nhost: bench\r\n{}\r\n", server.authorization);
        stream.write_all(head.as_bytes()).await.unwrap();
        let heard = Arc::clone(heard);
        listeners.spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                let events = buffer[..read].windows(7).filter(|window| window == b"event: ").count();
                heard.fetch_add(events as u64, Ordering::Relaxed);
            }
        });
    }
    listeners
}

/// Observations that were durable in a second.
fn rate(server: &Server, key: &str) -> f64 {
    let item = r#"{"feature":"kimi","operation":"upload","path":"legacy","outcome":"ok","latency_ms":12.5}"#;
    let body = format!("[{}]", vec![item; ITEMS].join(","));
    let (duration, ()) = time(|| {
        std::thread::scope(|scope| {
            for connection in 0..CONNECTIONS {
                let (body, address) = (&body, server.address);
                scope.spawn(move || {
                    let mut open = Connection::open(address);
                    for batch in 0..BATCHES / CONNECTIONS {
                        let request = format!(
                            "POST /api/v1/observations HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{}idempotency-key: {key}-{connection}-{batch}\r\ncontent-length: {}\r\n\r\n{body}",
                            server.authorization,
                            body.len()
                        );
                        assert_eq!(open.exchange(request.as_bytes()).0, 202);
                    }
                });
            }
        });
    });
    (BATCHES * ITEMS) as f64 / duration.as_secs_f64()
}
