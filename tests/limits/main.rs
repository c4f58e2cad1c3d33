//! The real program at its limits: huge bodies, countless connections, a full and a read-only disk. It answers in words,
//! its memory stays bounded, and it goes on.
//!
//! One test at a time: they measure time and memory. What needs rights that a user has not (mounting) says so and passes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail and print; clippy takes only the functions marked `#[test]` for tests"
)]

mod bodies;
mod connections;
mod disk;
mod files;
mod http;
mod memory;
mod soak;
mod streams;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use support::{Server, serve};
use tempfile::TempDir;

static ALONE: Mutex<()> = Mutex::new(());

/// A server of its own while no other test of this file runs.
struct Alone {
    server: Server,
    folder: TempDir,
    _lock: MutexGuard<'static, ()>,
}

impl Alone {
    fn start() -> Self {
        let lock = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(serve(&folder.path().join("data")));
        Self { server, folder, _lock: lock }
    }

    /// A place beside the server's data.
    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
