//! What every handler, page and server function has at hand.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::access::password::Passwords;
use super::clock::Clock;
use super::files::service::FileService;
use super::ingest::Ingest;
use super::store::Store;
use super::workers::system::SystemLoad;

/// Secrets of this installation.
#[derive(Debug, Default)]
pub struct Secrets {
    /// What evidence is sealed with.
    pub seal: OnceCell<Vec<u8>>,
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// The queue in front of the store.
    pub ingest: Ingest,
    /// Secrets of this installation, once they were read.
    pub secrets: Arc<Secrets>,
    /// Where passwords are hashed, a few at a time.
    pub passwords: Passwords,
    /// The last measurement of the machine.
    pub system: SystemLoad,
    /// The file service; `None` where the program was started for something else.
    pub files: Option<FileService>,
}
