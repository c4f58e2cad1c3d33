//! An evidence pack: everything that a gate was judged on, as files that anyone can check without the program's database.
//! What is in a pack, and checking it. Not gathering it, and not the archive that it travels in.

mod audit_part;
mod counts;
mod documents;
mod manifest;
mod readme;
mod series_table;
mod verdict;
mod verify;

use std::collections::BTreeMap;

use serde::Serialize;

pub use counts::differences;
pub use manifest::{AuditPart, Extent, FORMAT, FORMAT_VERSION, Manifest, Moment, PackChange, Subject};
pub use verdict::{Check, NotAPack, Outcome, PackVerdict};
pub use verify::verify;

use super::audit::{Head, Line};
use super::digest::sha256;
use super::evidence::Evidence;
use super::gate::GateReport;
use super::series::Series;
use super::sign_off::{Capacity, Decision, SignOff, Tool};
use super::snapshot::PolicyVersion;

/// What a pack's files are called.
pub mod file {
    pub const MANIFEST: &str = "manifest.json";
    pub const REPORT: &str = "report.json";
    pub const EVIDENCE: &str = "evidence.json";
    pub const SERIES: &str = "series.json";
    pub const SERIES_TABLE: &str = "series.csv";
    pub const POLICY: &str = "policy.json";
    pub const SIGN_OFFS: &str = "sign_offs.json";
    pub const AUDIT: &str = "audit.ndjson";
    pub const README: &str = "README.txt";

    /// Every file that a pack has, by name.
    pub const ALL: [&str; 9] = [README, AUDIT, EVIDENCE, MANIFEST, POLICY, REPORT, SERIES_TABLE, SERIES, SIGN_OFFS];
}

/// The files of a pack by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// All that a pack tells.
#[derive(Clone, Debug)]
pub struct Pack {
    pub made_at: chrono::DateTime<chrono::Utc>,
    pub program_version: String,
    pub subject: Subject,
    pub report: GateReport,
    pub evidence: Evidence,
    pub series: Series,
    /// The policy version that the stage is from.
    pub policy: PackPolicy,
    /// Of this entry into the stage, oldest first.
    pub sign_offs: Vec<PackSignOff>,
    /// The chain from the entry to its end, as recorded.
    pub audit: Vec<Line>,
    pub audit_head: Head,
}

/// A version of the policy.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct PackPolicy {
    pub version: i64,
    pub at: chrono::DateTime<chrono::Utc>,
    pub actor: String,
    pub reason: String,
    pub policy: super::policy::Policy,
}

/// A sign-off with what the reviewer saw.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct PackSignOff {
    pub id: String,
    pub at: chrono::DateTime<chrono::Utc>,
    pub decision: Decision,
    pub capacity: Capacity,
    pub reviewer: String,
    pub comment: String,
    pub tool: Option<Tool>,
    pub report_digest: String,
    pub report: GateReport,
    pub evidence: Evidence,
}

impl Pack {
    /// The files of the pack, the manifest among them.
    pub fn files(&self) -> Result<Files, serde_json::Error> {
        let mut audit = String::new();
        for line in &self.audit {
            audit.push_str(&line.to_text());
        }
        let mut files = Files::from([
            (file::REPORT.to_owned(), document(&self.report)?),
            (file::EVIDENCE.to_owned(), document(&self.evidence)?),
            (file::SERIES.to_owned(), document(&self.series)?),
            (file::SERIES_TABLE.to_owned(), series_table::write(&self.series).into_bytes()),
            (file::POLICY.to_owned(), document(&self.policy)?),
            (file::SIGN_OFFS.to_owned(), document(&self.sign_offs)?),
            (file::AUDIT.to_owned(), audit.into_bytes()),
        ]);
        let mut manifest = Manifest {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            program_version: self.program_version.clone(),
            made_at: self.made_at,
            of: self.subject.clone(),
            series: self.extent(),
            audit: AuditPart { events: self.audit.len() as u64, head: self.audit_head.clone() },
            files: BTreeMap::new(),
        };
        files.insert(file::README.to_owned(), readme::write(&manifest).into_bytes());
        manifest.files = files.iter().map(|(name, bytes)| (name.clone(), sha256(bytes))).collect();
        files.insert(file::MANIFEST.to_owned(), document(&manifest)?);
        Ok(files)
    }

    /// Whether the series adds up to the evidence. Of a gate that was frozen some time ago less may be kept than was
    /// counted then, or more may have been counted since in its last minute.
    fn extent(&self) -> Extent {
        let differences = differences(&self.series.totals(self.evidence.entered_at), &self.evidence);
        if differences.is_empty() { Extent::Whole } else { Extent::Partial { because: differences.join("; ") } }
    }
}

impl From<&SignOff> for PackSignOff {
    fn from(sign_off: &SignOff) -> Self {
        Self {
            id: sign_off.id.0.clone(),
            at: sign_off.at,
            decision: sign_off.decision,
            capacity: sign_off.capacity,
            reviewer: sign_off.author.actor.as_str().to_owned(),
            comment: sign_off.comment.clone(),
            tool: sign_off.tool.clone(),
            report_digest: sign_off.report_digest.clone(),
            report: sign_off.report.clone(),
            evidence: sign_off.evidence.clone(),
        }
    }
}

impl From<&PolicyVersion> for PackPolicy {
    fn from(version: &PolicyVersion) -> Self {
        Self {
            version: version.version,
            at: version.at,
            actor: version.actor.as_str().to_owned(),
            reason: version.reason.clone(),
            policy: version.policy.clone(),
        }
    }
}

/// JSON that people can read, with an end of line at its end.
fn document<T: Serialize>(document: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
