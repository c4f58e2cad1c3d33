//! What can be set, on the command line or in the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};
use clap::{Args, ValueEnum};

/// Where the data is. Shared by every command that opens the store.
#[derive(Args, Clone, Debug)]
pub struct StoreArgs {
    /// Database to use: `sqlite:FILE`. Default: crossfade.db in the data directory
    #[arg(long, env = "CROSSFADE_DATABASE", value_name = "URL", value_parser = parse_database)]
    pub database: Option<Database>,

    /// Directory that holds everything kept; made if it is not there
    #[arg(long, env = "CROSSFADE_DATA_DIR", value_name = "DIR", default_value = "data")]
    pub data_dir: PathBuf,
}

/// A database as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// An SQLite database in a file.
    Sqlite(PathBuf),
}

impl StoreArgs {
    /// The database that was named, or the one in the data directory.
    pub fn database(&self) -> Database {
        self.database.clone().unwrap_or_else(|| Database::Sqlite(self.data_dir.join("crossfade.db")))
    }
}

fn parse_database(url: &str) -> Result<Database, String> {
    let file = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    match file {
        Some("") => Err("names no file; write sqlite:FILE".to_owned()),
        Some(file) => Ok(Database::Sqlite(PathBuf::from(file))),
        None => Err("must start with sqlite:".to_owned()),
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `crossfade serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Address to listen on; port 0 picks a free one, and the line `listening on http://…` on standard output names it
    #[arg(long, env = "CROSSFADE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// Directory with what the browser loads. Default: `site` beside the program's own directory, where the build
    /// leaves it
    #[arg(long, env = "CROSSFADE_SITE_ROOT", value_name = "DIR")]
    pub site_root: Option<PathBuf>,

    /// Origin whose pages may ask which path to take over OFREP, as `https://shop.example.com`; may be given more than once
    #[arg(long = "ofrep-origin", env = "CROSSFADE_OFREP_ORIGINS", value_name = "ORIGIN", value_delimiter = ',')]
    pub ofrep_origins: Vec<Origin>,

    /// Create the example migration `file-management` if it is not there
    #[arg(long, env = "CROSSFADE_EXAMPLE")]
    pub example: bool,
}

/// An origin of pages, as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(pub HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a scheme and a host, as https://shop.example.com, and nothing after them";
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or(WRONG)?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(WRONG)?;
        let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
        // What browsers send is compared byte by byte, so nothing that they would write otherwise is taken.
        if origin != text {
            return Err(WRONG);
        }
        HeaderValue::from_str(&origin).map(Self).map_err(|_| WRONG)
    }
}

impl ServeArgs {
    /// Where what the browser loads is: as set, or `site` beside the directory of the program (`target/site` for
    /// `target/release/crossfade`), or in it, or `target/site` below the working directory.
    pub fn site_root(&self) -> PathBuf {
        if let Some(root) = &self.site_root {
            return root.clone();
        }
        let program = std::env::current_exe().unwrap_or_default();
        let directory = program.parent().unwrap_or(Path::new("."));
        [directory.join("../site"), directory.join("site")]
            .into_iter()
            .find(|root| root.is_dir())
            .unwrap_or_else(|| PathBuf::from("target/site"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_scheme() {
        for (url, expected) in [
            ("sqlite:a.db", Ok(Database::Sqlite("a.db".into()))),
            ("sqlite:/var/a.db", Ok(Database::Sqlite("/var/a.db".into()))),
            ("sqlite:///var/a.db", Ok(Database::Sqlite("/var/a.db".into()))),
            ("sqlite:", Err("names no file; write sqlite:FILE".to_owned())),
            ("mysql://a", Err("must start with sqlite:".to_owned())),
        ] {
            assert_eq!(parse_database(url), expected);
        }
    }
}
