//! Plans of PostgreSQL with what was really read, as `auto_explain` logs them.

use serde_json::Value;

/// One statement that was run.
#[derive(Clone, Debug)]
pub struct Explained {
    pub statement: String,
    pub ms: f64,
    /// Pages of eight KiB that were looked at.
    pub buffers: u64,
    /// How many rows it gave.
    pub rows: u64,
    /// Whether something did not fit into memory.
    pub spills: bool,
    pub scans: Vec<Scan>,
}

/// One way into a table, or into a partition of one.
#[derive(Clone, Debug)]
pub struct Scan {
    /// `Seq Scan`, `Index Scan` and so on.
    pub kind: String,
    pub table: String,
    /// How many rows were looked at, those that were thrown away among them.
    pub read: u64,
}

impl Explained {
    /// How many rows were looked at in all tables.
    pub fn read(&self) -> u64 {
        self.scans.iter().map(|scan| scan.read).sum()
    }
}

/// What is told in a part of the server's log.
pub fn all(log: &str) -> Vec<Explained> {
    let mut lines = log.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some((_, told)) = line.split_once("duration: ") else { continue };
        let Some(ms) = told.strip_suffix(" ms  plan:") else { continue };
        let mut plan = String::new();
        // What belongs to a line is indented.
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            plan.push_str(more);
        }
        found.push(explained(ms.parse().unwrap(), &serde_json::from_str(&plan).unwrap()));
    }
    found
}

fn explained(ms: f64, told: &Value) -> Explained {
    let plan = &told["Plan"];
    let mut scans = Vec::new();
    walk(plan, &mut scans);
    Explained {
        statement: told["Query Text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
        ms,
        buffers: number(plan, "Shared Hit Blocks") + number(plan, "Shared Read Blocks"),
        rows: number(plan, "Actual Rows"),
        spills: number(plan, "Temp Written Blocks") > 0,
        scans,
    }
}

fn walk(node: &Value, scans: &mut Vec<Scan>) {
    let loops = number(node, "Actual Loops");
    if let Some(table) = node["Relation Name"].as_str().filter(|_| loops > 0) {
        let each = number(node, "Actual Rows")
            + number(node, "Rows Removed by Filter")
            + number(node, "Rows Removed by Index Recheck");
        let kind = node["Node Type"].as_str().unwrap().to_owned();
        scans.push(Scan { kind, table: table.to_owned(), read: each * loops });
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        walk(inner, scans);
    }
}

fn number(node: &Value, name: &str) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, of which some are averages")]
    let number = node[name].as_f64().unwrap_or_default().round() as u64;
    number
}

#[test]
fn a_plan_is_read_from_the_log() {
    let log = "2026-01-05 10:00:00.000 UTC [7] LOG:  duration: 1.250 ms  plan:\n\t{\n\t  \"Query Text\": \"SELECT *\\n  FROM a\",\n\t  \
               \"Plan\": {\"Node Type\": \"Limit\", \"Actual Rows\": 2, \"Actual Loops\": 1, \"Shared Hit Blocks\": 3, \
               \"Shared Read Blocks\": 1, \"Plans\": [{\"Node Type\": \"Seq Scan\", \"Relation Name\": \"a\", \"Actual \
               Rows\": 2, \"Rows Removed by Filter\": 5, \"Actual Loops\": 3}]}\n\t}\n2026-01-05 10:00:00.000 UTC [7] \
               LOG:  something else\n";
    let [it] = &all(log)[..] else { panic!("one plan") };
    assert_eq!((it.statement.as_str(), it.rows, it.buffers, it.read()), ("SELECT * FROM a", 2, 4, 21));
    assert_eq!((it.scans[0].kind.as_str(), it.scans[0].table.as_str(), it.spills), ("Seq Scan", "a", false));
}
