//! A database that is filled, and what of it addresses name.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::retention::Retention;
use crossfade::server::store::Store;
use crossfade::server::store::retention::Expiring;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

pub use crate::database::Database;
use crate::rows::{Size, Words, statements};
use crate::sample::{at, key};
use crate::seeds::{sketches, sow};

impl Database {
    /// Runs statements one after another, on one connection.
    pub async fn execute(&self, statements: &[String]) {
        match self {
            Self::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file).pragma("synchronous", "OFF");
                let mut connection = options.connect().await.unwrap();
                for sql in statements {
                    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
                    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
                }
                connection.close().await.unwrap();
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                for sql in statements {
                    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await;
                    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
                }
                connection.close().await.unwrap();
            }
        }
    }

    /// Fills it, and has it learn how its rows are spread.
    pub async fn fill(&self, size: Size) {
        let store = self.open().await;
        sow(store.as_ref(), size, now()).await;
        // Makes the places of days of which only hours are kept, and removes them again.
        while store.remove_expired(Expiring::Minutes, Retention::default(), now(), 1_000).await.unwrap().rows > 0 {}
        store.close().await;
        let words = match self {
            Self::Sqlite(_) => Words { blob: |bytes| format!("X'{}'", hex(bytes)), random: "randomblob(24)" },
            Self::Postgres(_) => Words {
                blob: |bytes| format!("'\\x{}'::bytea", hex(bytes)),
                random: "substr(sha256(random()::text::bytea), 1, 24)",
            },
        };
        let mut all = statements(size, words, &sketches(), now().timestamp_millis());
        all.push(match self {
            Self::Sqlite(_) => "ANALYZE".to_owned(),
            Self::Postgres(_) => "VACUUM (ANALYZE)".to_owned(),
        });
        self.execute(&all).await;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// When all of it was so.
pub fn now() -> DateTime<Utc> {
    at(1_830)
}

/// How much there is: `PLANS=year` asks for a year.
pub fn size() -> Size {
    if std::env::var("PLANS").is_ok_and(|plans| plans == "year") { Size::YEAR } else { Size::FEW_MONTHS }
}

/// What stands in addresses.
pub async fn names(store: &dyn Store, size: Size) -> Vec<(&'static str, String)> {
    let feature = store.feature(&key("f3")).await.unwrap().unwrap().1;
    let (change, _) = store.frozen_gates(feature.id, 1).await.unwrap().pop().unwrap();
    let day = |ago: i64| (now() - TimeDelta::days(ago)).format("%Y-%m-%d").to_string();
    vec![
        ("feature", "f3".to_owned()),
        ("slug", "files".to_owned()),
        ("alert", "a00001000".to_owned()),
        ("rollback", "r00000100".to_owned()),
        ("change", change.id.to_string()),
        ("sign_off", "s23".to_owned()),
        ("file", "0199a1b2-0000-7000-8000-000000001501".to_owned()),
        ("year_ago", day(size.days_of_hours - 1)),
        ("today", day(0)),
    ]
}
