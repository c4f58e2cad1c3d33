//! Whether this instance may work on files, as it was last found out: not while others keep them elsewhere, since it would take
//! their files for lost. Who finds out is `workers/instances.rs`; where nobody does, as in a command, it may.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::presence::FileStanding;

/// How it stands; cheap to clone.
#[derive(Clone, Debug)]
pub struct Standing(Arc<RwLock<FileStanding>>);

impl Default for Standing {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(FileStanding::Together)))
    }
}

impl Standing {
    /// How it stands now.
    pub fn get(&self) -> FileStanding {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on.
    pub fn set(&self, standing: FileStanding) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}
