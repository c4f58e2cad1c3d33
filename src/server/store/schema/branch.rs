//! A branch: a copy of a database with its rows, on which the migrations that wait are tried. The database itself is only
//! read.

use std::path::PathBuf;
use std::time::Duration;

use super::audit::{Audit, audit};
use super::backup::vacuum_into;
use super::base::quoted;
use super::copy::copy;
use super::incoming::{Incoming, Present, remove_with_log};
use super::{Base, Missing, SchemaError, apply, ledger};
use crate::domain::schema::MigrationFile;
use crate::domain::secret_text::SecretText;
use crate::server::config::Database;
use crate::server::store::StoreError;

/// What came of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Where it is: a file, or a database of the same server.
    pub name: String,
    /// Whether it has all that the database has, or the rows in the schema that the migrations make.
    pub likeness: Likeness,
    pub applied: Vec<MigrationFile>,
    pub took: Duration,
    /// What an audit of it finds.
    pub audit: Audit,
}

/// How like the database a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Exact,
    Rows,
}

/// `SQLSTATE` of a database that others are connected to.
const IN_USE: &str = "55006";

/// Makes a branch of `database`, applies what waits, and tells what came of it. It is kept under the name `keep`, which is
/// a file or a database, or is gone afterwards.
pub async fn branch(database: &Database, keep: Option<&str>) -> Result<Branch, SchemaError> {
    let fresh = format!("crossfade_branch_{}", uuid::Uuid::now_v7().simple());
    let mut source = Base::open(database, Missing::Refused).await?;
    let (place, name) = match database {
        Database::Sqlite(file) => {
            let place = keep.map_or_else(|| file.with_file_name(&fresh), PathBuf::from);
            if place.exists() {
                return Err(SchemaError::refused(format!("{} is there already", place.display())));
            }
            let name = place.display().to_string();
            (Database::Sqlite(place), name)
        }
        Database::Postgres(url) => {
            let name = keep.unwrap_or(&fresh).to_owned();
            let is_plain = name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
            if !is_plain || name.is_empty() || name.len() > 63 {
                return Err(SchemaError::refused("a database is called by small letters, digits and _"));
            }
            (Database::Postgres(named(url, &name)?), name)
        }
    };
    let made = make(&mut source, &place, &name).await;
    let tried = match made {
        Ok(likeness) => try_out(&place, likeness, &name).await,
        Err(Failed { error, is_there }) => {
            if is_there {
                remove(&mut source, &place, &name).await?;
            }
            return Err(error);
        }
    };
    if keep.is_none() || tried.is_err() {
        remove(&mut source, &place, &name).await?;
    }
    source.close().await?;
    tried
}

/// Why there is no branch, and whether something of it is left.
struct Failed {
    error: SchemaError,
    is_there: bool,
}

async fn make(source: &mut Base, place: &Database, name: &str) -> Result<Likeness, Failed> {
    if let Database::Sqlite(file) = place {
        let made = vacuum_into(source, file).await;
        return made.map(|()| Likeness::Exact).map_err(|error| Failed { error, is_there: true });
    }
    let gone = |error: SchemaError| Failed { error, is_there: false };
    let current = source.texts("SELECT CAST(current_database() AS TEXT)").await.map_err(|error| gone(error.into()))?;
    let template = quoted(current.first().map_or("", String::as_str));
    let exact = source.run(format!("CREATE DATABASE {} TEMPLATE {template}", quoted(name))).await;
    match exact {
        Ok(()) => return Ok(Likeness::Exact),
        Err(StoreError::Failed(sqlx::Error::Database(error))) if error.code().as_deref() == Some(IN_USE) => {}
        Err(error) => return Err(gone(error.into())),
    }
    source
        .run(format!("CREATE DATABASE {} TEMPLATE template0", quoted(name)))
        .await
        .map_err(|error| gone(error.into()))?;
    copy_rows(source, place).await.map(|()| Likeness::Rows).map_err(|error| Failed { error, is_there: true })
}

async fn copy_rows(source: &mut Base, place: &Database) -> Result<(), SchemaError> {
    source.begin_reading().await?;
    let copied = async {
        let version = ledger::version(source).await?;
        let mut incoming = Incoming::open(place, Present::Kept, version).await?;
        copy(source, &mut incoming.base, version, None).await?;
        incoming.put_in_place().await
    };
    let copied = copied.await;
    source.roll_back().await?;
    copied
}

async fn try_out(place: &Database, likeness: Likeness, name: &str) -> Result<Branch, SchemaError> {
    let mut base = Base::open(place, Missing::Refused).await?;
    let tried = async {
        let (applied, took) = apply::migrate(&mut base).await?;
        let audit = audit(&mut base).await?;
        Ok(Branch { name: name.to_owned(), likeness, applied, took, audit })
    };
    let tried = tried.await;
    base.close().await?;
    tried
}

async fn remove(source: &mut Base, place: &Database, name: &str) -> Result<(), SchemaError> {
    match place {
        Database::Sqlite(file) => remove_with_log(file),
        Database::Postgres(_) => {
            Ok(source.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))).await?)
        }
    }
}

/// The same URL with another database.
fn named(url: &SecretText, name: &str) -> Result<SecretText, SchemaError> {
    let (address, options) = url.expose().split_once('?').map_or((url.expose(), None), |(it, rest)| (it, Some(rest)));
    let scheme = address.find("://").map_or(0, |at| at + 3);
    let server = address[scheme..].find('/').map_or(address, |at| &address[..scheme + at]);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    SecretText::parse(&format!("{server}/{name}{options}"), 1).map_err(|error| SchemaError::refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_a_server_has_the_same_url_but_for_its_name() {
        for (url, expected) in [
            ("postgres://a:b@c:1/d?sslmode=require", "postgres://a:b@c:1/other?sslmode=require"),
            ("postgres://a@localhost/d", "postgres://a@localhost/other"),
            ("postgres://a@localhost", "postgres://a@localhost/other"),
        ] {
            let url = SecretText::parse(url, 1).unwrap();
            assert_eq!(named(&url, "other").unwrap().expose(), expected);
        }
    }
}
