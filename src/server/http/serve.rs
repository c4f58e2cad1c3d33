//! The accept loop: bounds connections and idle time, and lets requests under way end when the program stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::under_way;
use crate::server::access::Peer;

/// How long the server waits for whom.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of a connection's next request: an idle connection ends after this.
    pub head: Duration,
    /// For the requests under way once the program stops.
    pub shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head: Duration::from_mins(1), shutdown: Duration::from_secs(20) }
    }
}

/// How long what was answered last may take to be sent, once the program stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long to wait when no connection can be accepted, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections may wait to be accepted, as far as the system allows; who finds no room tries again after a
/// second.
const BACKLOG: u32 = 4_096;

/// File descriptors kept for the store, files and standard streams.
const RESERVED_DESCRIPTORS: u64 = 128;

/// Listens on `address`.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again takes its address over from the one before it.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` until `stop`, then waits for the requests under way.
pub async fn serve(listener: TcpListener, router: Router, timeouts: Timeouts, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let (requests, connections) = (TaskTracker::new(), TaskTracker::new());
    let end = CancellationToken::new();
    let router = under_way::track(router, &requests, &stop);
    let slots = Arc::new(Semaphore::new(max_connections()));
    loop {
        // A slot before the connection: what cannot be served yet waits in the listener's backlog, where it is cheap.
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            listener.accept().await.map(|(stream, peer)| (stream, peer, slot))
        };
        let (stream, peer, slot) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let connection = graceful.watch(connection(stream, peer, router.clone(), timeouts.head));
        let end = end.clone();
        connections.spawn(async move {
            match end.run_until_cancelled(connection).await {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::debug!(%error, "a connection ended early"),
                None => tracing::debug!("a connection was ended"),
            }
            drop(slot);
        });
    }
    drop(listener);
    requests.close();
    let no_request = async {
        requests.wait().await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = graceful.shutdown() => {}
        // What is left then are connections that never said all of a request.
        () = no_request => {}
        () = tokio::time::sleep(timeouts.shutdown) => tracing::warn!("some requests did not end in time"),
    }
    // Whatever is left must not hold on to what the router holds.
    end.cancel();
    connections.close();
    connections.wait().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    head_timeout: Duration,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let router = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        request
    });
    // Not `hyper_util::server::conn::auto`: it waits without end for the first byte, to tell the versions apart.
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}

/// As many connections as there are file descriptors for, after asking for as many as allowed.
fn max_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let available = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let connections = available.unwrap_or(u64::from(u32::MAX)).saturating_sub(RESERVED_DESCRIPTORS).clamp(64, 16_384);
    usize::try_from(connections).unwrap_or(16_384)
}
