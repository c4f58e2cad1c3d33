//! What can be set, on the command line or in the environment.

mod files;
mod retention;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};
use clap::{Args, ValueEnum};
use ipnet::IpNet;

pub use self::files::{DEFAULT_FILE_BYTES, FilesArgs, LegacyPlace, UnifiedPlace};
pub use self::retention::RetentionArgs;
use super::drive::Rate;
use super::notify::NotifySettings;
use super::notify::address::Allowed;
use crate::domain::secret_text::SecretText;

/// Where the data is. Shared by every command that opens the store.
#[derive(Args, Clone, Debug)]
pub struct StoreArgs {
    /// Database to use: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Default: the variable `DATABASE_URL`, or
    /// else crossfade.db in the data directory
    #[arg(long, env = "CROSSFADE_DATABASE", hide_env_values = true, value_name = "URL", value_parser = parse_database)]
    pub database: Option<Database>,

    /// What platforms that provide a database call it.
    #[arg(long, env = "DATABASE_URL", hide = true, hide_env_values = true, value_parser = parse_database)]
    pub database_url: Option<Database>,

    /// Directory that holds everything kept; made if it is not there
    #[arg(long, env = "CROSSFADE_DATA_DIR", value_name = "DIR", default_value = "data")]
    pub data_dir: PathBuf,

    #[command(flatten)]
    pub retention: RetentionArgs,
}

/// A database as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// An SQLite database in a file.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server, by its URL, which may hold a password.
    Postgres(SecretText),
}

impl StoreArgs {
    /// The database that was named, or the one that the surroundings provide, or the one in the data directory.
    pub fn database(&self) -> Database {
        let named = self.database.as_ref().or(self.database_url.as_ref());
        named.cloned().unwrap_or_else(|| Database::Sqlite(self.data_dir.join("crossfade.db")))
    }
}

/// A database as it is named on the command line.
pub fn parse_database(url: &str) -> Result<Database, String> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return SecretText::parse(url, 1).map(Database::Postgres).map_err(|error| error.to_string());
    }
    let file = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    match file {
        Some("") => Err("names no file; write sqlite:FILE".to_owned()),
        Some(file) => Ok(Database::Sqlite(PathBuf::from(file))),
        None => Err("must start with sqlite: or postgres://".to_owned()),
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

    /// Create the example migration `file-management` if it is not there, and make some traffic with files of its own
    #[arg(long, env = "CROSSFADE_EXAMPLE")]
    pub example: bool,

    /// Operations a second of the example's traffic; 0 makes none
    #[arg(long, env = "CROSSFADE_EXAMPLE_RATE", value_name = "NUMBER", default_value = "5")]
    pub example_rate: Rate,

    #[command(flatten)]
    pub files: FilesArgs,

    #[command(flatten)]
    pub notify: NotifyArgs,
}

/// How alerts are told elsewhere.
#[derive(Args, Clone, Debug)]
pub struct NotifyArgs {
    /// Where the panel is for those who are told of alerts, as `https://crossfade.example.com`: links in what they get lead
    /// there
    #[arg(long, env = "CROSSFADE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,

    /// Network whose addresses may be told of alerts although they are not public, as `10.1.0.0/16`; may be given more
    /// than once
    #[arg(long = "notify-allow", env = "CROSSFADE_NOTIFY_ALLOW", value_name = "CIDR", value_delimiter = ',', value_parser = parse_network)]
    pub notify_allow: Vec<IpNet>,
}

impl NotifyArgs {
    /// How letters are sent.
    pub fn settings(&self) -> NotifySettings {
        NotifySettings {
            allowed: Allowed::of(&self.notify_allow),
            public_url: self.public_url.as_ref().map(|url| url.0.clone()),
            ..NotifySettings::default()
        }
    }
}

/// Where the panel is for others, without a `/` at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a scheme, a host and at most a path, as https://crossfade.example.com";
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or(WRONG)?;
        uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or(WRONG)?;
        if uri.query().is_some() || text.contains(['#', '|', '<', '>']) {
            return Err(WRONG);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// A network, or one address.
fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| "must be a network as 10.1.0.0/16 or fd00::/8, or an address")
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
            ("mysql://a", Err("must start with sqlite: or postgres://".to_owned())),
        ] {
            assert_eq!(parse_database(url), expected);
        }
    }

    #[test]
    fn a_network_is_one_or_a_single_address() {
        for (text, expected) in [
            ("10.1.0.0/16", Some("10.1.0.0/16")),
            ("fd00::/8", Some("fd00::/8")),
            ("127.0.0.1", Some("127.0.0.1/32")),
            ("10.1.0.0/33", None),
            ("localhost", None),
        ] {
            assert_eq!(parse_network(text).ok().map(|network| network.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_panel_is_where_a_browser_finds_it() {
        for (text, expected) in [
            ("https://crossfade.example.com", Some("https://crossfade.example.com")),
            ("http://10.0.0.1:3000/panel/", Some("http://10.0.0.1:3000/panel")),
            ("crossfade.example.com", None),
            ("ftp://crossfade.example.com", None),
            ("https://ada@crossfade.example.com", None),
            ("https://crossfade.example.com/?a=b", None),
        ] {
            assert_eq!(text.parse::<PublicUrl>().ok().map(|url| url.0).as_deref(), expected, "{text}");
        }
    }
}
