//! The schema of the database: its migrations, and where it has drifted from them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::schema::steps::Step;

/// What `/system/schema` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaView {
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// The kind of database, as people call it.
    pub database: String,
    pub migrations: Vec<Step>,
    /// The last migration that what is there was held against.
    pub compared_to: Option<i64>,
    pub drift: Vec<DriftRow>,
}

/// One thing that is not as the migrations make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftRow {
    pub kind: String,
    pub subject: String,
    pub detail: String,
}
