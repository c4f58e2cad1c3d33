//! Where a database has drifted from the migration files, and bringing its ledger in step with what is there.

use super::ledger::{Fate, LEDGER, files, put_files, recorded};
use super::{Base, SchemaError, live, scratch};
use crate::domain::schema::drift::{Drift, drift, of_objects};
use crate::domain::schema::{MigrationFile, Recorded, expected_version};

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The kind of database, as people call it.
    pub database: &'static str,
    pub files: Vec<MigrationFile>,
    pub recorded: Vec<Recorded>,
    /// The last file that what is there was held against.
    pub compared_to: Option<i64>,
    pub drift: Vec<Drift>,
}

/// The files and the ledger, without a look at what is there.
pub async fn status(base: &mut Base) -> Result<(Vec<MigrationFile>, Vec<Recorded>), SchemaError> {
    Ok((files(base), recorded(base).await?))
}

/// Holds the ledger against the files, and what is there against what the files make.
pub async fn audit(base: &mut Base) -> Result<Audit, SchemaError> {
    base.begin_reading().await?;
    let read = async { Ok::<_, SchemaError>((recorded(base).await?, live::read(base).await?)) };
    let read = read.await;
    base.roll_back().await?;
    let (recorded, live) = read?;
    let files = files(base);
    let compared_to = expected_version(&files, &recorded, &live);
    let expected = scratch::expected(base, compared_to).await?;
    let drift = drift(&files, &recorded, &live, &expected);
    Ok(Audit { database: base.kind(), files, recorded, compared_to, drift })
}

/// Whether what is there has to be what the files make for them to count as applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Compared,
    Believed,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("what is there is not what the files make")]
    Differs(Vec<Drift>),
}

/// Records the files up to `version` (all of them without one) as applied, and gives those that were not before. What was
/// recorded of them with another checksum, or as one that did not end, is recorded anew.
pub async fn baseline(
    base: &mut Base,
    version: Option<i64>,
    shape: Shape,
) -> Result<Vec<MigrationFile>, BaselineError> {
    let all = files(base);
    let last = all.iter().map(|file| file.version).max().unwrap_or_default();
    let version = version.unwrap_or(last);
    if !all.iter().any(|file| file.version == version) {
        return Err(SchemaError::refused(format!("there is no migration {version}; the last is {last}")).into());
    }
    let live = live::read(base).await?;
    if live.0.is_empty() {
        let reason = "the database is empty: `crossfade db migrate` makes the schema";
        return Err(SchemaError::refused(reason).into());
    }
    let differs = of_objects(&live, &scratch::expected(base, Some(version)).await?);
    if shape == Shape::Compared && !differs.is_empty() {
        return Err(BaselineError::Differs(differs));
    }
    let recorded = recorded(base).await?;
    if let Some(later) = recorded.iter().find(|row| row.version > version) {
        let reason = format!("migration {} is recorded already, which is later than {version}", later.version);
        return Err(SchemaError::refused(reason).into());
    }
    let as_is = |file: &MigrationFile| {
        recorded.iter().any(|row| row.version == file.version && row.success && row.checksum == file.checksum)
    };
    let (done, new): (Vec<_>, Vec<_>) =
        all.into_iter().filter(|file| file.version <= version).partition(|file| as_is(file));
    let done: Vec<i64> = done.into_iter().map(|file| file.version).collect();
    let begun = async {
        base.run("BEGIN").await?;
        for row in recorded.iter().filter(|row| new.iter().any(|file| file.version == row.version)) {
            base.run(format!("DELETE FROM {LEDGER} WHERE version = {}", row.version)).await?;
        }
        put_files(base, version, &done, Fate::Recorded).await?;
        base.run("COMMIT").await
    };
    if let Err(error) = begun.await {
        // The connection may be gone, and the transaction with it.
        let _ = base.roll_back().await;
        return Err(SchemaError::from(error).into());
    }
    Ok(new)
}
