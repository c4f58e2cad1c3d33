//! Durable ingest on both databases beside a bare parse of the same bytes, in one run.
//!
//! Batches of 1,000 observations over four connections, each answered after its commit: with an `Idempotency-Key` a
//! batch, and with an id on every item. The bare parse is `serde_json::from_slice` on one thread, once into the wire
//! form and once into `serde_json::Value`. Also told: how many commits a second the disk takes. PostgreSQL is another
//! process, and has the cores that the rest of the work leaves it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::fmt::Write as _;
use std::time::Duration;

use crossfade::server::ingest::items::{self, Format};
use crossfade::server::ingest::wire::{Context, ObservationWire};
use support::database::{Databases, NAMES};
use support::{Connection, Server, time};

const BATCHES: usize = 600;
const ITEMS: usize = 1_000;
const CONNECTIONS: usize = 4;
const ROUNDS: usize = 3;

#[derive(Clone, Copy, PartialEq)]
enum Ids {
    None,
    EveryItem,
}

fn main() {
    let mut bodies = Vec::new();
    let directory = tempfile::tempdir().unwrap();
    let databases = Databases::start();
    let servers =
        databases.fresh(directory.path()).map(|database| Server::on(&database, directory.path(), directory.path()));
    let features = servers[0].runtime.block_on(servers[0].application.state.store.features()).unwrap();
    println!("{BATCHES} batches of {ITEMS} observations, {CONNECTIONS} connections, best of {ROUNDS} rounds\n");
    for ids in [Ids::None, Ids::EveryItem] {
        let mut best = [0.0_f64; 5];
        for round in 0..ROUNDS {
            bodies.clear();
            let context = Context::new(&features, servers[0].now());
            bodies.extend((0..BATCHES).map(|batch| body(&servers[0], ids, round * BATCHES + batch)));
            let bytes: usize = bodies.iter().map(String::len).sum();
            let wire = rate(time(|| bodies.iter().map(|body| parse_wire(body)).sum::<usize>()));
            let value = rate(time(|| bodies.iter().map(|body| parse_value(body)).sum::<usize>()));
            let fold = rate(time(|| bodies.iter().map(|body| fold(body, &context)).sum::<usize>()));
            let [sqlite, postgres] =
                [0, 1].map(|database| rate(time(|| ingest(&servers[database], &bodies, ids, round))));
            for (best, measured) in best.iter_mut().zip([wire, value, fold, sqlite, postgres]) {
                *best = best.max(measured);
            }
            if round == 0 {
                println!("{} bytes an observation", bytes / BATCHES / ITEMS);
            }
        }
        tell(ids, best);
    }
    servers.into_iter().for_each(Server::stop);
    println!("commits of this disk: {:.0} a second (4 KiB written and synchronised)", commits(directory.path()));
}

fn tell(ids: Ids, [wire, value, fold, sqlite, postgres]: [f64; 5]) {
    match ids {
        Ids::None => println!("with a key a batch:"),
        Ids::EveryItem => println!("with an id on every item:"),
    }
    println!("  bare parse into the wire form {wire:>12.0} observations/s");
    println!("  bare parse into Value         {value:>12.0} observations/s");
    println!("  parsed, checked and folded    {fold:>12.0} observations/s");
    for (name, ingest) in NAMES.into_iter().zip([sqlite, postgres]) {
        println!("  durable ingest on {name:<11} {ingest:>12.0} observations/s");
        println!("    / parse into the wire form  {:>12.2}", ingest / wire);
        println!("    / parse into Value          {:>12.2}", ingest / value);
    }
    println!("  {} / {}           {:>12.2}\n", NAMES[1], NAMES[0], postgres / sqlite);
}

fn rate((duration, count): (Duration, usize)) -> f64 {
    count as f64 / duration.as_secs_f64()
}

fn parse_wire(body: &str) -> usize {
    serde_json::from_str::<Vec<ObservationWire<'_>>>(body).unwrap().len()
}

fn parse_value(body: &str) -> usize {
    serde_json::from_str::<serde_json::Value>(body).unwrap().as_array().unwrap().len()
}

/// What a handler does with a body before it is queued.
fn fold(body: &str, context: &Context) -> usize {
    let parsed = items::parse::<ObservationWire<'_>>(body.as_bytes(), Format::Json).unwrap();
    let batch = items::batch(parsed, context);
    assert!(batch.rejected.is_empty());
    usize::try_from(batch.folded_count).unwrap() + batch.identified.len()
}

fn ingest(server: &Server, bodies: &[String], ids: Ids, round: usize) -> usize {
    let requests: Vec<Vec<u8>> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            let key = match ids {
                Ids::None => format!("idempotency-key: bench-{round}-{index}\r\n"),
                Ids::EveryItem => String::new(),
            };
            format!(
                "POST /api/v1/observations HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{}{key}content-length: {}\r\n\r\n{body}",
                server.authorization,
                body.len()
            )
            .into_bytes()
        })
        .collect();
    let address = server.address;
    std::thread::scope(|scope| {
        let senders: Vec<_> = requests
            .chunks(requests.len().div_ceil(CONNECTIONS))
            .map(|requests| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    for request in requests {
                        let (status, answer) = connection.exchange(request);
                        assert_eq!(status, 202);
                        let start = format!("{{\"accepted\":{ITEMS},\"duplicates\":0");
                        assert!(answer.starts_with(start.as_bytes()), "{}", String::from_utf8_lossy(&answer));
                    }
                    requests.len() * ITEMS
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    })
}

/// 1,000 observations of the last minutes: three features, two operations, two paths, ten thousand units.
fn body(server: &Server, ids: Ids, batch: usize) -> String {
    let now = server.now();
    let mut body = String::from("[");
    for item in 0..ITEMS {
        let number = batch * ITEMS + item;
        if item > 0 {
            body.push(',');
        }
        body.push('{');
        let at = now - chrono::TimeDelta::milliseconds(i64::try_from(number % 60_000).unwrap());
        if ids == Ids::EveryItem {
            write!(body, r#""id":"{}{number:016}","#, ulid_time(at)).unwrap();
        }
        let feature = ["kimi", "smart_handler", "supabase"][number % 3];
        let operation = ["upload", "download"][number / 3 % 2];
        let path = if number % 10 == 0 { "candidate" } else { "legacy" };
        let outcome = if number % 250 == 0 { "error" } else { "ok" };
        let latency = 200.0 + f64::from(u32::try_from(number * 7_919 % 100_000).unwrap()) / 50.0;
        let unit = number * 31 % 10_000;
        write!(
            body,
            r#""at":"{}","feature":"{feature}","operation":"{operation}","path":"{path}","outcome":"{outcome}","latency_ms":{latency},"unit":"user{unit}","fallback":false,"error_kind":null}}"#,
            at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
        )
        .unwrap();
    }
    body.push(']');
    body
}

/// The first ten characters of a ULID made at `at` (<https://github.com/ulid/spec>).
fn ulid_time(at: chrono::DateTime<chrono::Utc>) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let millis = u64::try_from(at.timestamp_millis()).unwrap();
    (0..10).rev().map(|digit| char::from(DIGITS[usize::try_from(millis >> (5 * digit) & 31).unwrap()])).collect()
}

fn commits(directory: &std::path::Path) -> f64 {
    use std::io::Write as _;
    let mut file = std::fs::File::create(directory.join("commits")).unwrap();
    let (duration, count) = time(|| {
        for _ in 0..200 {
            file.write_all(&[0; 4096]).unwrap();
            file.sync_data().unwrap();
        }
        200
    });
    rate((duration, count))
}
