//! What each error is as a problem.

use super::Problem;
use crate::domain::access::Denied;
use crate::domain::field_error::FieldError;
use crate::server::commands::CommandError;
use crate::server::files::manager::ManagerError;
use crate::server::files::service::FileError;
use crate::server::ingest::IngestError;
use crate::server::ingest::items::BodyError;
use crate::server::store::StoreError;

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full => Self::storage_full("the disk that holds the store is full; nothing was written"),
            StoreError::ReadOnly => Self::unavailable("the store is read-only; nothing was written"),
            StoreError::Unavailable(_) => Self::unavailable("the store does not answer"),
            StoreError::TurnLost => {
                Self::unavailable("the connection to the store was lost meanwhile; nothing was written")
            }
            StoreError::Schema(_) => Self::unavailable("the store's schema is not the one that this program expects"),
            StoreError::Corrupt { .. } | StoreError::Failed(_) => Self::internal(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::from(&error)
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Exists { .. } => Self::conflict(error),
            CommandError::NotFound { .. } => Self::not_found(error),
            CommandError::Invalid(errors) => Self::invalid(errors),
            CommandError::Refused(refusals) => Self::refused(&refusals),
            CommandError::Stale { what, version, changes } => Self::stale(&what, version, changes),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotSignedIn => Self::unauthorized("send a token that works as `Authorization: Bearer …`"),
            Denied::Forbidden { needs } => Self::forbidden(format!("this needs the permission {needs}")),
            Denied::NotForPrograms => Self::forbidden(denied),
            Denied::Unavailable => Self::unavailable("the store does not answer"),
        }
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Busy => Self::busy(),
            IngestError::Stopping => Self::unavailable("the service is stopping; nothing was written"),
            IngestError::Panicked => Self::internal(),
            IngestError::Store(error) => Self::from(error.as_ref()),
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::UnknownFeature(_) => Self::invalid(vec![FieldError::new("/feature", error)]),
            FileError::NotFound(_) => Self::not_found(error),
            FileError::Invalid(errors) => Self::invalid(errors),
            FileError::TooLarge(_) => Self::too_large(error),
            FileError::CutOff(_) => Self::bad_request(error),
            FileError::TooSlow => Self::timeout(),
            FileError::NotAsAnnounced { .. } => Self::checksum(error),
            FileError::Full => Self::storage_full(error),
            FileError::Side(ManagerError::Full) => Self::storage_full("the storage of files is full; nothing was kept"),
            FileError::Store(error) => error.into(),
            FileError::Elsewhere { .. } | FileError::NobodyLeads => Self::unavailable(error),
            FileError::Side(_) | FileError::Spool(_) => {
                tracing::error!(%error, "a file operation failed");
                Self::unavailable("the storage of files does not do this at the moment")
            }
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooMany => Self::too_large(error),
            BodyError::Empty | BodyError::NotJson(_) | BodyError::NotItems => Self::bad_request(error),
        }
    }
}
