//! What can go wrong below the trait, without a word of SQL.

/// Why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing more can be written; reads go on.
    #[error("the disk that holds the store is full")]
    Full,
    /// The files cannot be written.
    #[error("the store is read-only")]
    ReadOnly,
    /// It does not answer, or not in time.
    #[error("the store is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// What was done in turn may be somebody else's by now; nothing was written.
    #[error("the turn was lost with the connection that it was given on")]
    TurnLost,
    /// The schema is not the one that this program expects.
    #[error("the store's schema is not the one that this program expects: {0}")]
    Schema(String),
    /// A row that this program cannot have written.
    #[error("corrupt row: {table}.{column}: {detail}")]
    Corrupt { table: &'static str, column: &'static str, detail: String },
    /// Anything else, a fault of this program.
    #[error("the store failed")]
    Failed(#[source] sqlx::Error),
}

impl StoreError {
    /// It was asked and said nothing for too long.
    pub fn silent() -> Self {
        let cause = std::io::Error::new(std::io::ErrorKind::TimedOut, "there was no answer in time");
        Self::Unavailable(sqlx::Error::Io(cause))
    }
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Something with that name is there already.
    #[error("{what} exists already")]
    Exists { what: String },
    /// What the change refers to is not there.
    #[error("{what} does not exist")]
    NotFound { what: String },
    /// Somebody changed it meanwhile; nothing was changed.
    #[error("{what} was changed meanwhile")]
    Stale { what: String },
    /// Nobody would be left who can let others in.
    #[error("the last enabled admin must stay an enabled admin")]
    LastAdmin,
    /// The store failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
