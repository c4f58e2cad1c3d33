//! What every handler, page and server function has at hand.

use std::sync::Arc;

use super::access::password::Passwords;
use super::clock::Clock;
use super::ingest::Ingest;
use super::store::Store;
use super::workers::system::SystemLoad;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// The queue in front of the store.
    pub ingest: Ingest,
    /// Where passwords are hashed, a few at a time.
    pub passwords: Passwords,
    /// The last measurement of the machine.
    pub system: SystemLoad,
}
