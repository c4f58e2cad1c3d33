//! The documents of a pack, read back from its files: each whole, and nothing beside what is checked.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::verdict::Checks;
use super::{Files, PackPolicy, PackSignOff, file};
use crate::domain::audit::Line;
use crate::domain::evidence::Evidence;
use crate::domain::gate::GateReport;
use crate::domain::series::Series;

const ABOUT: &str = "documents";

/// What could be read; `None` for what could not, which is told.
pub(super) struct Documents {
    pub report: Option<GateReport>,
    pub evidence: Option<Evidence>,
    pub series: Option<Series>,
    pub policy: Option<PackPolicy>,
    pub sign_offs: Option<Vec<PackSignOff>>,
    pub audit: Option<Vec<Line>>,
}

impl Documents {
    pub fn read(files: &Files, checks: &mut Checks) -> Self {
        let before = checks.0.len();
        let documents = Self {
            report: read(files, file::REPORT, checks),
            evidence: read(files, file::EVIDENCE, checks),
            series: read(files, file::SERIES, checks),
            policy: read(files, file::POLICY, checks),
            sign_offs: read(files, file::SIGN_OFFS, checks),
            audit: lines(files, checks),
        };
        if checks.0.len() == before {
            checks.ok(ABOUT, "every document can be read, and says nothing that is not checked");
        }
        documents
    }
}

fn read<T: Serialize + DeserializeOwned>(files: &Files, name: &str, checks: &mut Checks) -> Option<T> {
    // What is missing is told where the files are checked.
    parse(files.get(name)?).map_err(|wrong| checks.contradicted(ABOUT, format!("{name}: {wrong}"))).ok()
}

fn lines(files: &Files, checks: &mut Checks) -> Option<Vec<Line>> {
    let bytes = files.get(file::AUDIT)?;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(index, line)| parse(line).map_err(|wrong| format!("line {}: {wrong}", index + 1)));
    let lines: Result<Vec<Line>, String> = lines.collect();
    lines.map_err(|wrong| checks.contradicted(ABOUT, format!("{}: {wrong}", file::AUDIT))).ok()
}

fn parse<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let cannot = |error: serde_json::Error| format!("cannot be read: {error}");
    let value: Value = serde_json::from_slice(bytes).map_err(cannot)?;
    let document: T = serde_json::from_value(value.clone()).map_err(cannot)?;
    if serde_json::to_value(&document).map_err(cannot)? != value {
        return Err("says more than is checked, or says it in another way".to_owned());
    }
    Ok(document)
}
