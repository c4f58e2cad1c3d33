//! The plans of PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::ALONE;
use crate::app::App;
use crate::explained::{self, Explained, Scan};
use crate::filling::{Database, names, now, size};
use crate::{addresses, postgres};

/// Statements that read a table as a whole or a large part of it, whatever they give, by words that are in them, and why.
const WHOLE: [(&str, &str); 4] = [
    (
        ".state <> 'present'",
        "what a side lacks is looked for among all files, since a side that is not in use lacks them all",
    ),
    (
        "feature = $1 AND at >= $2 ORDER BY seq LIMIT",
        "where a pack's part of the chain begins, among all events of a feature",
    ),
    ("AS legacy_behind", "what there is of all files is added up"),
    ("GROUP BY file_sides.provider_id ) AS shared", "likewise, object by object"),
];

/// How plans are made: for what is asked, or one for whatever may be asked, to which PostgreSQL may keep after some times.
const PLANS: [&str; 2] = ["force_custom_plan", GENERIC];
const GENERIC: &str = "force_generic_plan";

/// What is in statements that are put together for what is asked and planned each time, whatever the setting is.
const ANEW: &str = "WHERE TRUE";

/// As many rows as nobody notices.
const FEW: u64 = 1_000;

/// What an address costs.
struct Cost {
    address: String,
    statements: Vec<Explained>,
}

/// A database of which every statement's plan is logged.
struct Explaining {
    database: Database,
    log: PathBuf,
    folder: TempDir,
}

impl Explaining {
    async fn filled() -> Self {
        let url = postgres::database().await;
        let (rest, folder) = url.split_once("?host=").unwrap();
        let log = PathBuf::from(folder).join("log");
        let name = rest.rsplit('/').next().unwrap();
        let database = Database::Postgres(url.clone());
        database.fill(size()).await;
        let settings = [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"),
            ("auto_explain.log_format", "json"),
        ];
        let set = |(setting, value)| format!("ALTER DATABASE {name} SET {setting} = '{value}'");
        database.execute(&settings.map(set)).await;
        Self { database, log, folder: tempfile::tempdir().unwrap() }
    }

    /// What every address costs when plans are made in this way.
    async fn costs(&self, plans: &str) -> Vec<Cost> {
        let Database::Postgres(url) = &self.database else { unreachable!() };
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        self.database.execute(&[format!("ALTER DATABASE {name} SET plan_cache_mode = '{plans}'")]).await;
        let store = self.database.open().await;
        let names = names(store.as_ref(), size()).await;
        let app = App::on(store, now(), self.folder.path()).await;
        let mut costs = Vec::new();
        for address in addresses::all(&names) {
            let before = fs::metadata(&self.log).unwrap().len();
            app.get(&address).await;
            let log = fs::read(&self.log).unwrap();
            let log = String::from_utf8_lossy(&log[usize::try_from(before).unwrap()..]).into_owned();
            costs.push(Cost { address, statements: explained::all(&log) });
        }
        app.stop().await;
        costs
    }
}

/// What is wrong with a statement.
fn faults(it: &Explained) -> Vec<String> {
    let mut faults = Vec::new();
    if WHOLE.iter().any(|(words, _)| it.statement.contains(words)) {
        return faults;
    }
    // Who gives all that there is has nothing to look for.
    let goes_through = |scan: &&Scan| scan.kind == "Seq Scan" && scan.read > FEW && scan.read > 2 * it.rows;
    for scan in it.scans.iter().filter(goes_through) {
        faults.push(format!("reads all {} rows of {}", scan.read, scan.table));
    }
    let read = it.read();
    if read > FEW + 10 * it.rows && !["sum(", "count("].iter().any(|sums| it.statement.contains(sums)) {
        faults.push(format!("reads {read} rows to give {}", it.rows));
    }
    if it.buffers > FEW + 10 * read {
        faults.push(format!("looks at {} pages for {read} rows", it.buffers));
    }
    if it.spills {
        faults.push("does not fit into memory".to_owned());
    }
    faults
}

/// The tables in which a statement looks into more partitions than the two that a day or an hour back can lie in.
fn unpruned(it: &Explained) -> Vec<String> {
    let mut partitions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for scan in &it.scans {
        if let Some((table, date)) = scan.table.rsplit_once('_').filter(|(_, date)| date.parse::<u32>().is_ok()) {
            partitions.entry(table).or_default().insert(date);
        }
    }
    let many = partitions.into_iter().filter(|(_, dates)| dates.len() > 2);
    many.map(|(table, dates)| format!("looks into {} partitions of {table}", dates.len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_behind_a_page_reads_more_than_it_gives() {
    let _alone = ALONE.lock().await;
    let explaining = Explaining::filled().await;
    let mut found: BTreeMap<String, (String, Explained)> = BTreeMap::new();
    for plans in PLANS {
        let costs = explaining.costs(plans).await;
        println!("\n{plans}\n{}", table(&costs));
        for cost in costs {
            assert!(
                cost.address.starts_with("/healthz") || !cost.statements.is_empty(),
                "{} asks nothing",
                cost.address
            );
            for it in cost.statements.into_iter().filter(|it| plans != GENERIC || !it.statement.contains(ANEW)) {
                let mut faults = faults(&it);
                if cost.address == "/" {
                    faults.extend(unpruned(&it));
                }
                if !faults.is_empty() {
                    let told = format!("{}: {} ({plans})", cost.address, faults.join(", "));
                    found.entry(it.statement.clone()).or_insert((told, it));
                }
            }
        }
    }
    let mut told = String::new();
    for (statement, (fault, it)) in found {
        writeln!(told, "{fault}; {:.1} ms, {} pages\n    {statement}", it.ms, it.buffers).unwrap();
    }
    assert!(told.is_empty(), "\n{told}");
}

/// What each address costs, and the statement of it that costs most.
fn table(costs: &[Cost]) -> String {
    let mut table = format!("{:>10} {:>9} {:>9} {:>9}  address\n", "statements", "ms", "rows", "pages");
    for Cost { address, statements } in costs {
        let ms: f64 = statements.iter().map(|it| it.ms).sum();
        let (read, buffers): (u64, u64) =
            (statements.iter().map(Explained::read).sum(), statements.iter().map(|it| it.buffers).sum());
        writeln!(table, "{:>10} {ms:>9.1} {read:>9} {buffers:>9}  {address}", statements.len()).unwrap();
        if let Some(worst) = statements.iter().max_by(|a, b| a.ms.total_cmp(&b.ms)) {
            let words: String = worst.statement.chars().take(120).collect();
            writeln!(table, "{:>10} {:>9.1} {:>9} {:>9}    {words}", "", worst.ms, worst.read(), worst.buffers)
                .unwrap();
        }
    }
    table
}
