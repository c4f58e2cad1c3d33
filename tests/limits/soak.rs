//! Steady load for as long as one likes: memory stays flat, and no request fails. `make soak` takes ten minutes.

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::json;

use crate::Alone;
use crate::http::{OBSERVATIONS, connect, get, observe, post};
use crate::support::token;

/// How long without being told otherwise; too short to tell a slow leak, long enough for a fast one.
const SHORT: Duration = Duration::from_secs(20);

/// The most that the trend of the later part may come to over all of it, in MiB.
const MOST_GROWTH: f64 = 6.0;

/// The same of a short run, in which the store's cache is still growing into its place: 32 MiB, mostly of ids.
const MOST_GROWTH_AT_FIRST: f64 = 24.0;

/// Batches of ten thousand ids that fill that cache.
const FILLING: u64 = 110;

/// Observations in a second, in batches of a hundred; there are a tenth as many decisions and comparisons.
const A_SECOND: u64 = 1_000;

/// What is looked at all the time, as by somebody who leaves every page open: documents, pages with and without a client,
/// and a drawing.
const LOOKED_AT: [&str; 9] = [
    "/api/v1/features",
    "/monitoring/hybrid-status",
    "/metrics",
    "/",
    "/features/kimi",
    "/features/kimi/discrepancies",
    "/alerts",
    "/system",
    "/charts/kimi/requests.svg",
];

/// How many of these in a second.
const LOOKS_A_SECOND: u64 = 6;

/// A hundred observations of both paths, with ids and units, of which none is like another.
fn observations(number: u64) -> Vec<u8> {
    let operation = ["upload", "download", "delete"][usize::try_from(number % 3).unwrap()];
    let item = |index: u64| {
        let path = if index % 4 == 0 { "candidate" } else { "legacy" };
        let outcome = if index == 50 { "error" } else { "ok" };
        let (latency_ms, unit) = ((number * 7 + index * 13) % 900 + 1, (number * 100 + index) % 50_000);
        json!({
            "id": format!("{number:08}-{index:02}"), "feature": "kimi", "operation": operation, "path": path,
            "outcome": outcome, "latency_ms": latency_ms, "unit": format!("user{unit}"),
        })
    };
    json!((0..100).map(item).collect::<Vec<_>>()).to_string().into_bytes()
}

/// Fills the store's cache, so that what grows afterwards is none of it.
fn fill(address: SocketAddr) {
    for batch in 0..FILLING {
        let item = |index: u64| {
            let id = format!("filling-{batch:04}-{index:05}");
            json!({"id": id, "feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 1})
        };
        let items = json!((0..10_000).map(item).collect::<Vec<_>>()).to_string();
        assert_eq!(post(address, OBSERVATIONS, "", items.as_bytes()).unwrap().accepted(), 10_000);
    }
}

/// Ten comparisons, one of which differs.
fn comparisons(number: u64) -> Vec<u8> {
    let side = |size: u64| json!({"outcome": "ok", "latency_ms": 5, "result": {"size": size, "name": "report.pdf"}});
    let item = |index: u64| {
        let candidate = side(number + u64::from(index == 0));
        json!({"feature": "kimi", "operation": "upload", "legacy": side(number), "candidate": candidate})
    };
    json!((0..10).map(item).collect::<Vec<_>>()).to_string().into_bytes()
}

fn resident_mib(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// What a line of least squares through values a second apart rises in all.
fn rise(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let (mut along, mut across) = (0.0, 0.0);
    for (second, value) in values.iter().enumerate() {
        let from_middle = second as f64 - middle;
        along += from_middle * (value - mean);
        across += from_middle * from_middle;
    }
    along / across * n
}

/// Does it as often a second as it is told to, until `done`, and counts.
fn steadily(a_second: u64, done: &AtomicBool, count: &AtomicU64, mut it: impl FnMut(u64)) {
    let began = Instant::now();
    for number in 0.. {
        let due = began + Duration::from_secs(1) * u32::try_from(number).unwrap() / u32::try_from(a_second).unwrap();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if done.load(Ordering::Relaxed) {
            return;
        }
        it(number);
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads a stream of changes until `done`.
fn listen(address: SocketAddr, done: &AtomicBool, events: &AtomicU64) {
    use std::io::Write as _;
    let mut stream = connect(address).unwrap();
    let token = token(address);
    let head = format!("GET /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}");
    write!(stream, "{head}\r\naccept: text/event-stream\r\n\r\n").unwrap();
    let mut buffer = [0; 4_096];
    while !done.load(Ordering::Relaxed) {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the stream ended");
        let text = String::from_utf8_lossy(&buffer[..read]);
        events.fetch_add(text.matches("event: ").count() as u64, Ordering::Relaxed);
    }
}

#[test]
fn memory_stays_flat_at_steady_load() {
    let seconds = env::var("SOAK_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    let length = seconds.map_or(SHORT, Duration::from_secs);
    let it = Alone::start();
    let (address, process) = (it.server.address, it.server.child.id());
    if seconds.is_some() {
        fill(address);
    }
    let most_growth = if seconds.is_some() { MOST_GROWTH } else { MOST_GROWTH_AT_FIRST };
    let (done, counts) = (AtomicBool::new(false), [const { AtomicU64::new(0) }; 5]);
    let mut memory = Vec::new();
    thread::scope(|scope| {
        let [batches, decisions, pages, changes, events] = &counts;
        let done = &done;
        scope.spawn(|| {
            steadily(A_SECOND / 100, done, batches, |number| {
                assert_eq!(post(address, OBSERVATIONS, "", &observations(number)).unwrap().accepted(), 100);
                assert_eq!(post(address, "/api/v1/comparisons", "", &comparisons(number)).unwrap().accepted(), 10);
            });
        });
        scope.spawn(|| {
            steadily(A_SECOND / 10, done, decisions, |number| {
                let body = format!(r#"{{"context":{{"targetingKey":"user{number}"}}}}"#);
                assert_eq!(post(address, "/ofrep/v1/evaluate/flags/kimi", "", body.as_bytes()).unwrap().status, 200);
            });
        });
        scope.spawn(|| {
            steadily(LOOKS_A_SECOND, done, pages, |number| {
                let path = LOOKED_AT[usize::try_from(number).unwrap() % LOOKED_AT.len()];
                assert_eq!(get(address, path).status, 200, "{path}");
            });
        });
        scope.spawn(|| {
            steadily(1, done, changes, |number| {
                let body = format!(r#"{{"kind":"feature","feature":"kimi","reason":"once more {number}"}}"#);
                let status = post(address, "/api/v1/rollbacks", "", body.as_bytes()).unwrap().status;
                // After the first there is nothing left to roll back.
                assert_eq!(status, if number == 0 { 201 } else { 200 });
            });
        });
        scope.spawn(|| listen(address, done, events));
        let began = Instant::now();
        while began.elapsed() < length {
            thread::sleep(Duration::from_secs(1));
            memory.push(resident_mib(process));
        }
        done.store(true, Ordering::Relaxed);
        // The stream is told of one more change, so that who reads it sees that it is over.
        assert_eq!(observe(address, "upload", 1).accepted(), 1);
    });
    let [batches, decisions, pages, changes, events] = counts.map(AtomicU64::into_inner);
    let later = &memory[memory.len() / 3..];
    let rise = rise(later);
    let most = memory.iter().copied().fold(0.0, f64::max);
    println!(
        "{length:?}: {batches} batches of 100, {decisions} decisions, {pages} pages and documents, {changes} rollbacks, \
         {events} events; memory {:.1} MiB after a second, {:.1} after a third, {most:.1} at most, {rise:+.1} by its trend since",
        memory[0], later[0]
    );
    let enough = length.as_secs() / 2;
    assert!(
        batches > enough * 10
            && decisions > enough * 10
            && pages > enough * 4
            && changes > enough / 2
            && events > enough
    );
    assert!(rise < most_growth, "memory grew by {rise:.1} MiB: {memory:.0?}");
}
