//! Single-flag evaluations on both databases beside a bare axum handler that returns the same bytes, in one run.
//!
//! All are served alike, on a port of their own, and are asked in turn by the same senders over as many connections. The
//! bare handler takes the same request and looks at nothing of it: what it does is what a request costs at all. Decisions are
//! made from memory, so that the database should make no difference.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use crossfade::domain::access::Principal;
use crossfade::server::http::serve::{Timeouts, serve};
use support::database::{Databases, NAMES};
use support::{Connection, Server, time};
use tokio_util::sync::CancellationToken;

const CONNECTIONS: usize = 4;
/// Of each connection in a round.
const REQUESTS: usize = 5_000;
const ROUNDS: usize = 5;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let databases = Databases::start();
    let servers =
        databases.fresh(directory.path()).map(|database| Server::on(&database, directory.path(), directory.path()));
    for server in &servers {
        server.runtime.block_on(half_on(server));
    }
    let requests = servers.each_ref().map(request);
    let (status, answer) = Connection::open(servers[0].address).exchange(requests[0].as_bytes());
    assert_eq!(status, 200);
    println!("{}", String::from_utf8_lossy(&answer));

    let stop = CancellationToken::new();
    let (bare, serving) = servers[0].runtime.block_on(bare(answer, stop.clone()));
    println!("\n{CONNECTIONS} connections, {ROUNDS} rounds of {REQUESTS} requests on each, best round");
    let asked = [(bare, &requests[0]), (servers[0].address, &requests[0]), (servers[1].address, &requests[1])];
    let mut best = [0.0_f64; 3];
    for _ in 0..ROUNDS {
        for (best, (address, request)) in best.iter_mut().zip(asked) {
            *best = best.max(rate(address, request));
        }
    }
    let [bare, evaluations @ ..] = best;
    println!("bare handler               {bare:>10.0} requests/s");
    for (name, evaluations) in NAMES.into_iter().zip(evaluations) {
        println!(
            "evaluations on {name:<11} {evaluations:>10.0} requests/s, {:.2} of the bare handler",
            evaluations / bare
        );
    }
    println!("{} / {}        {:>10.2}", NAMES[1], NAMES[0], evaluations[1] / evaluations[0]);
    stop.cancel();
    servers[0].runtime.block_on(async { serving.await.unwrap() });
    servers.into_iter().for_each(Server::stop);
}

/// The question for `kimi`, with the token of `server`.
fn request(server: &Server) -> String {
    let body = r#"{"context":{"targetingKey":"user123","plan":"paid","beta":true}}"#;
    format!(
        "POST /ofrep/v1/evaluate/flags/kimi HTTP/1.1\r\nhost: bench\r\n{}content-type: \
         application/json\r\ncontent-length: {}\r\n\r\n{body}",
        server.authorization,
        body.len()
    )
}

/// `kimi` at 50 %, so that a bucket is worked out for every answer.
async fn half_on(server: &Server) {
    let state = &server.application.state;
    let mut feature = state.store.features().await.unwrap().into_iter().find(|it| it.key.as_str() == "kimi").unwrap();
    let expected = feature.version;
    "50%".clone_into(&mut feature.stage);
    feature.configured = crossfade::domain::percentage::Percentage::from_whole(50);
    feature.version += 1;
    let change = crossfade::server::store::Change {
        actor: Principal::cli("bench").actor,
        at: server.now(),
        writes: vec![crossfade::server::store::Write::Feature { feature, expected }],
        audit: Vec::new(),
    };
    state.store.commit(&change).await.unwrap();
}

/// A server that answers every evaluation with `answer`.
async fn bare(answer: Vec<u8>, stop: CancellationToken) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let answer = Bytes::from(answer);
    let handler = move |_question: Bytes| {
        let answer = answer.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], answer) }
    };
    let router = Router::new().route("/ofrep/v1/evaluate/flags/{key}", post(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(serve(listener, router, Timeouts::default(), stop)))
}

/// Requests a second, over all connections together.
fn rate(address: SocketAddr, request: &str) -> f64 {
    let mut connections: Vec<Connection> = (0..CONNECTIONS).map(|_| Connection::open(address)).collect();
    let (duration, ()): (Duration, ()) = time(|| {
        std::thread::scope(|scope| {
            for connection in &mut connections {
                scope.spawn(|| {
                    for _ in 0..REQUESTS {
                        assert_eq!(connection.exchange(request.as_bytes()).0, 200);
                    }
                });
            }
        });
    });
    (CONNECTIONS * REQUESTS) as f64 / duration.as_secs_f64()
}
