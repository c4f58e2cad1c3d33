//! `crossfade import`, as a person runs it, and what is in the store after it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Write as _;
use std::path::{Path as FilePath, PathBuf};
use std::process::{Command, Output, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::path::Path;
use crossfade::domain::rollup::{Hour, ObservationRollup};
use crossfade::server::clock::{Clock as _, SystemClock};
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{RollupQuery, Span, Store as _};

/// A folder of its own, with the data directory in it.
struct Import {
    folder: tempfile::TempDir,
}

impl Import {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn command(&self, file: &FilePath, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crossfade"));
        command.arg("import").arg(file).args(options).arg("--data-dir").arg(self.folder.path().join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("USER", "tester");
        command
    }

    fn run(&self, file: &FilePath, options: &[&str]) -> Output {
        self.command(file, options).output().unwrap()
    }

    /// Runs it and gives what it said; it has to end well.
    #[track_caller]
    fn said(&self, file: &FilePath, options: &[&str]) -> String {
        let output = self.run(file, options);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("data/crossfade.db")).await.unwrap()
    }

    /// Everything that is kept of one path of a feature.
    async fn kept(&self, feature: &str, path: Path) -> ObservationRollup {
        let store = self.store().await;
        let (_, feature) = store.feature(&FeatureKey::parse(feature).unwrap()).await.unwrap().unwrap();
        let span = Span::Hours { from: Hour(0), to: Hour(1_000_000) };
        let mut whole = ObservationRollup::default();
        for (key, rollup) in store.observations(&RollupQuery::of(feature.id, span)).await.unwrap() {
            if key.path == path {
                whole.merge(&rollup);
            }
        }
        whole
    }
}

fn ago(minutes: i64) -> DateTime<Utc> {
    SystemClock.now() - TimeDelta::minutes(minutes)
}

fn observation(id: Option<usize>, at: DateTime<Utc>, outcome: &str, latency_ms: f64) -> String {
    let id = id.map(|id| format!(r#""id":"legacy-{id:05}","#)).unwrap_or_default();
    let at = at.to_rfc3339();
    format!(
        r#"{{{id}"at":"{at}","feature":"kimi","operation":"upload","path":"legacy","outcome":"{outcome}","latency_ms":{latency_ms}}}"#
    )
}

/// 282 observations over two weeks, four of them caller errors, with latencies over two orders of magnitude.
fn history() -> (String, Vec<f64>) {
    let mut latencies = Vec::new();
    let mut lines = String::new();
    let mut state = 7_u64;
    for number in 0..282 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "a fraction")]
        let fraction = (state >> 11) as f64 / (1_u64 << 53) as f64;
        let latency = (30.0 * 100_f64.powf(fraction) * 1_000.0).round() / 1_000.0;
        let outcome = if number % 70 == 69 { "caller_error" } else { "ok" };
        lines.push_str(&observation(Some(number), ago(20_000 - 70 * i64::try_from(number).unwrap()), outcome, latency));
        lines.push('\n');
        latencies.push(latency);
    }
    latencies.sort_by(f64::total_cmp);
    (lines, latencies)
}

#[tokio::test]
async fn history_is_counted_exactly_and_importing_it_again_changes_nothing() {
    let import = Import::new();
    let (lines, latencies) = history();
    let file = import.write("history.ndjson", lines.as_bytes());
    assert_eq!(import.said(&file, &[]), "282 accepted, 0 duplicates, 0 rejected\n  kimi: 282, created\n");
    // The second time at other times: an id counts once all the same.
    assert_eq!(import.said(&file, &["--shift-to-now"]), "0 accepted, 282 duplicates, 0 rejected\n  kimi: 282\n");
    let kept = import.kept("kimi", Path::Legacy).await;
    assert_eq!((kept.requests(), kept.ok, kept.caller_errors, kept.errors), (282, 278, 4, 0));
    assert_eq!(kept.error_rate(), Some(0.0));
    for (quantile, rank) in [(0.5, 141), (0.95, 268), (0.99, 280)] {
        let (measured, exact) = (kept.latency.quantile_ms(quantile).unwrap(), latencies[rank - 1]);
        assert!((measured / exact - 1.0).abs() <= 0.01, "p{quantile}: {measured} for {exact}");
    }
}

#[tokio::test]
async fn gzip_and_standard_input_are_taken_like_a_plain_file() {
    let (lines, _) = history();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(lines.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let import = Import::new();
    import.said(&import.write("history.ndjson.gz", &gzip), &[]);
    assert_eq!(import.kept("kimi", Path::Legacy).await.requests(), 282);

    let import = Import::new();
    let mut child = import.command(FilePath::new("-"), &["--shift-to-now"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(import.kept("kimi", Path::Legacy).await.requests(), 282);
    let newest = import.store().await.last_seen().await.unwrap().into_iter().map(|(_, _, at)| at).max().unwrap();
    assert!((SystemClock.now() - newest).num_seconds() < 60, "{newest}");
}

#[tokio::test]
async fn two_lines_that_are_alike_count_twice_however_often_the_file_is_imported() {
    let import = Import::new();
    let line = observation(None, ago(10), "ok", 5.0);
    let file = import.write("alike.ndjson", format!("{line}\n{line}\n").as_bytes());
    assert_eq!(import.said(&file, &[]), "2 accepted, 0 duplicates, 0 rejected\n  kimi: 2, created\n");
    assert_eq!(import.said(&file, &[]), "0 accepted, 2 duplicates, 0 rejected\n  kimi: 2\n");
    assert_eq!(import.kept("kimi", Path::Legacy).await.requests(), 2);
}

#[tokio::test]
async fn missing_features_are_created_under_the_migration_that_is_named() {
    let import = Import::new();
    let comparison = r#"{"feature":"search","operation":"query","verdict":"match"}"#;
    let lines = format!("{}\n{comparison}\n", observation(None, ago(10), "error", 5.0));
    let file = import.write("mixed.ndjson", lines.as_bytes());
    import.said(&file, &["--migration", "moving"]);
    let store = import.store().await;
    let migrations: Vec<String> =
        store.migrations().await.unwrap().into_iter().map(|migration| migration.slug.to_string()).collect();
    assert_eq!(migrations, ["moving"]);
    let features: Vec<String> = store.features().await.unwrap().into_iter().map(|it| it.key.to_string()).collect();
    assert_eq!(features, ["kimi", "search"]);
    let span = Span::Hours { from: Hour(0), to: Hour(1_000_000) };
    let compared = store.comparisons(&RollupQuery::all(span)).await.unwrap();
    assert_eq!(compared.iter().map(|(_, counts)| counts.matches).sum::<u64>(), 1);
}

#[tokio::test]
async fn lines_that_are_wrong_are_named_and_lose_no_neighbour() {
    let import = Import::new();
    let good = observation(None, ago(10), "ok", 5.0);
    let negative = observation(None, ago(10), "ok", -5.0);
    let old = observation(None, ago(800 * 1_440), "ok", 5.0);
    let lines = format!("{good}\nnot json\n\n{negative}\n{old}\n{{\"feature\":\"No\",\"path\":\"legacy\"}}\n{good}\n");
    let output = import.run(&import.write("wrong.ndjson", lines.as_bytes()), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("2 accepted, 0 duplicates, 4 rejected\n"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["4 lines were rejected", "line 2: ", "line 4: latency_ms", "line 5: at lies", "line 6: feature \"No\""]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(import.kept("kimi", Path::Legacy).await.requests(), 2);
}

#[test]
fn what_cannot_be_read_is_told_and_what_was_read_before_is_kept() {
    let import = Import::new();
    let check = |output: Output, parts: &[&str]| {
        assert!(!output.status.success());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(parts.iter().all(|part| told.contains(part)), "{parts:?}: {told}");
    };
    check(import.run(FilePath::new("nowhere.ndjson"), &[]), &["could not open nowhere.ndjson"]);
    let file = import.write("empty.ndjson", b"");
    check(import.run(&file, &["--migration", "No Slug"]), &["--migration", "small letter"]);
    let (lines, _) = history();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(lines.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let cut = import.write("cut.gz", &gzip[..gzip.len() / 2]);
    check(import.run(&cut, &[]), &["cut off", "until then"]);
}
