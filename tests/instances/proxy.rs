//! The way to a database, which can be cut off: what is sent is swallowed and no connection is closed, as when a cable is
//! pulled. Connections that were cut off stay so, as after another machine took over the address.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::postgres::Cluster;

/// Between an address of this machine and the socket of a server.
pub struct Proxy {
    pub address: SocketAddr,
    way: Way,
}

/// How often the way was cut and mended, together: while that is odd, it is cut.
#[derive(Clone, Default)]
struct Way(Arc<AtomicUsize>);

impl Way {
    fn changes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether nothing comes through a connection that was made after so many changes.
    fn is_cut(&self, since: usize) -> bool {
        since % 2 == 1 || since != self.changes()
    }
}

impl Proxy {
    /// One that leads to `cluster`.
    pub async fn to(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, way) = (listener.local_addr().unwrap(), Way::default());
        let socket = Path::new(&cluster.folder).join(".s.PGSQL.5432");
        let taken = way.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(lead(client, socket.clone(), taken.clone()));
            }
        });
        Self { address, way }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }

    /// Nothing comes through any more, or new connections do again.
    pub fn cut_or_mend(&self) {
        self.way.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn lead(client: TcpStream, socket: impl AsRef<Path>, way: Way) {
    let since = way.changes();
    let Ok(server) = UnixStream::connect(socket).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(pass(from_client, to_server, &way, since), pass(from_server, to_client, &way, since));
}

/// Passes on what comes, until either end closes or it is cut: then it keeps both open, and takes nothing more.
async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, way: &Way, since: usize) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut buffer).await;
        if way.is_cut(since) {
            std::future::pending::<()>().await;
        }
        let Ok(length @ 1..) = read else { break };
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
