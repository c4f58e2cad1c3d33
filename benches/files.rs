//! How fast a file goes up and down over HTTP, beside a plain copy of it on the same disk, in one run.
//!
//! A copy reads and writes each byte once. An upload hashes it on its way in, writes it to wait, reads it and hashes it
//! once more on its way to its side; then the other side is written, which the throughput does not count but the disk
//! does.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::path::Path;
use std::time::Duration;

use support::{Connection, Server, time};

const BYTES: usize = 256 << 20;

const ROUNDS: usize = 5;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..=250_u8).cycle().step_by(31).take(BYTES).collect();
    std::fs::write(directory.path().join("original"), &content).unwrap();
    let server = Server::start(directory.path(), directory.path());
    let mut connection = Connection::open(server.address);
    let copy = median((0..ROUNDS).map(|_| copy(&server, directory.path())));
    let mut ids = Vec::new();
    let upload = median((0..ROUNDS).map(|round| {
        let (duration, id) = upload(&server, &mut connection, &content, round);
        ids.push(id);
        // What goes on after the answer is not this file's any more, but it would slow the next.
        server.runtime.block_on(server.application.state.files.as_ref().unwrap().finish());
        duration
    }));
    let download = median(ids.iter().map(|id| {
        let request = format!("GET /api/v1/files/{id}/content HTTP/1.1\r\nhost: bench\r\n{}\r\n", server.authorization);
        let (duration, (status, body)) = time(|| connection.exchange(request.as_bytes()));
        assert_eq!((status, body.len()), (200, BYTES));
        duration
    }));
    println!("a file of {} MiB", BYTES >> 20);
    for (what, duration) in [("copy with tokio::fs, fsync", copy), ("upload", upload), ("download", download)] {
        let (rate, ratio) = (rate(duration), copy.as_secs_f64() / duration.as_secs_f64());
        println!("{what:<28} {rate:>8.0} MiB/s  {ratio:>5.2} of the copy");
    }
    drop(connection);
    server.stop();
}

fn copy(server: &Server, directory: &Path) -> Duration {
    let (from, to) = (directory.join("original"), directory.join("copy"));
    let (duration, ()) = time(|| {
        server.runtime.block_on(async {
            tokio::fs::copy(&from, &to).await.unwrap();
            tokio::fs::File::open(&to).await.unwrap().sync_all().await.unwrap();
        });
    });
    std::fs::remove_file(to).unwrap();
    duration
}

/// Sends the file, with other bytes at its beginning in each round, so that it is another one.
fn upload(server: &Server, connection: &mut Connection, content: &[u8], round: usize) -> (Duration, String) {
    let head = format!(
        "POST /api/v1/files?feature=kimi&name=a.bin HTTP/1.1\r\nhost: bench\r\ncontent-length: {BYTES}\r\n{}\r\n",
        server.authorization
    );
    let mut request = head.into_bytes();
    let start = request.len();
    request.extend(content);
    request[start..start + 8].copy_from_slice(&(round as u64).to_le_bytes());
    let (duration, (status, body)) = time(|| connection.exchange(&request));
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    (duration, answer["file_reference"]["id"].as_str().unwrap().to_owned())
}

fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<Duration> = durations.collect();
    durations.sort();
    durations[durations.len() / 2]
}

fn rate(duration: Duration) -> f64 {
    (BYTES >> 20) as f64 / duration.as_secs_f64()
}
