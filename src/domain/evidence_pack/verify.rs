//! Checking a pack: everything in it is computed anew from what it is computed from, and held against what it says.

use super::counts::{differences, implausible, implausible_series};
use super::documents::Documents;
use super::verdict::{Checks, NotAPack, PackVerdict, several};
use super::{Extent, FORMAT, FORMAT_VERSION, Files, Manifest, Moment, PackPolicy, audit_part, file, series_table};
use crate::domain::digest::{canonical_sha256, sha256};
use crate::domain::evidence::Evidence;
use crate::domain::gate::{GateReport, judge};
use crate::domain::series::Series;

/// Checks the files of a pack.
pub fn verify(files: &Files) -> Result<PackVerdict, NotAPack> {
    let manifest = read_manifest(files)?;
    let mut checks = Checks::default();
    digests(files, &manifest, &mut checks);
    let documents = Documents::read(files, &mut checks);
    let evidence = documents.evidence.as_ref().filter(|evidence| match implausible(evidence) {
        Some(wrong) => {
            checks.contradicted("evidence", wrong);
            false
        }
        None => true,
    });
    if let Some(evidence) = evidence {
        subject(&manifest, evidence, &mut checks);
        if let Some(series) = &documents.series {
            sums(&manifest, series, evidence, files, &mut checks);
        }
        if let Some(report) = &documents.report {
            judged(evidence, report, &mut checks);
        }
        if let Some(policy) = &documents.policy {
            stage(evidence, policy, &mut checks);
        }
        if let Some(sign_offs) = &documents.sign_offs {
            let wrong = sign_offs.iter().flat_map(|it| sign_off(it, evidence)).collect();
            checks.all(
                "sign-offs",
                wrong,
                format!(
                    "{}, each with the report that follows from what it was given on",
                    several(sign_offs.len(), "sign-off")
                ),
            );
            seen(&manifest, evidence, sign_offs, &mut checks);
        }
    }
    if let (Some(audit), Some(sign_offs)) = (&documents.audit, &documents.sign_offs) {
        audit_part::check(
            &manifest,
            audit,
            sign_offs,
            documents.report.as_ref(),
            documents.policy.as_ref(),
            &mut checks,
        );
    }
    Ok(PackVerdict { subject: manifest.of.to_string(), checks: checks.0 })
}

fn read_manifest(files: &Files) -> Result<Manifest, NotAPack> {
    let bytes = files.get(file::MANIFEST).ok_or(NotAPack::NoManifest)?;
    let cannot = |error: serde_json::Error| NotAPack::Manifest(error.to_string());
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(cannot)?;
    // Another format or version need not look like this one's.
    match value["format"].as_str() {
        Some(FORMAT) => {}
        other => return Err(NotAPack::Format(other.unwrap_or_default().to_owned())),
    }
    match value["format_version"].as_u64().and_then(|version| u32::try_from(version).ok()) {
        Some(FORMAT_VERSION) => {}
        other => return Err(NotAPack::Version(other.unwrap_or_default())),
    }
    serde_json::from_value(value).map_err(cannot)
}

/// Every file is there, has its digest, and there is no other.
fn digests(files: &Files, manifest: &Manifest, checks: &mut Checks) {
    let mut wrong = Vec::new();
    for name in file::ALL.into_iter().filter(|name| *name != file::MANIFEST) {
        match (files.get(name), manifest.files.get(name)) {
            (None, _) => wrong.push(format!("{name} is missing")),
            (Some(_), None) => wrong.push(format!("the manifest does not tell of {name}")),
            (Some(bytes), Some(digest)) if sha256(bytes) != *digest => {
                wrong.push(format!("{name} does not have the digest that the manifest tells"));
            }
            (Some(_), Some(_)) => {}
        }
    }
    let known = |name: &str| file::ALL.contains(&name);
    wrong.extend(files.keys().filter(|name| !known(name)).map(|name| format!("{name:?} is no file of a pack")));
    let told = manifest.files.keys().filter(|name| !known(name) || *name == file::MANIFEST);
    wrong.extend(told.map(|name| format!("the manifest tells of {name:?}, which is no file of a pack")));
    checks.all("files", wrong, format!("all {} have the digests that the manifest tells", manifest.files.len()));
}

fn subject(manifest: &Manifest, evidence: &Evidence, checks: &mut Checks) {
    let of = &manifest.of;
    let same = (&of.migration, &of.feature, &of.stage, of.entered_at, of.as_of)
        == (&evidence.migration, &evidence.feature, &evidence.stage.name, evidence.entered_at, evidence.as_of);
    if same {
        checks.ok("subject", "the evidence is of what the manifest tells");
    } else {
        checks.contradicted("subject", format!("the evidence is not of {of}"));
    }
}

fn sums(manifest: &Manifest, series: &Series, evidence: &Evidence, files: &Files, checks: &mut Checks) {
    if let Some(wrong) = implausible_series(series) {
        checks.contradicted("series", wrong);
        return;
    }
    let differ = differences(&series.totals(evidence.entered_at), evidence);
    match (&manifest.series, &manifest.of.moment) {
        (Extent::Whole, _) | (Extent::Partial { .. }, Moment::Gate) => {
            let well = format!(
                "{} of operations and {} of comparisons add up to the evidence",
                several(series.observations.len(), "row"),
                several(series.comparisons.len(), "row"),
            );
            checks.all("series", differ, well);
        }
        (Extent::Partial { because }, Moment::SignOff { .. } | Moment::Change { .. }) => {
            checks.not_checked(
                "series",
                format!("read after the evidence was frozen, it does not add up to it any more: {because}"),
            );
        }
    }
    if files.get(file::SERIES_TABLE).is_some_and(|table| *table != series_table::write(series).into_bytes()) {
        checks.contradicted("series", format!("{} is not the table of {}", file::SERIES_TABLE, file::SERIES));
    }
}

fn judged(evidence: &Evidence, report: &GateReport, checks: &mut Checks) {
    let anew = judge(evidence);
    let wrong = report_differences(&anew, report);
    let well = format!("judged anew, the gate is {} ({})", anew.verdict.as_str(), anew.state.in_words());
    checks.all("verdict", wrong, well);
}

/// Where `told` is not what follows from the evidence.
fn report_differences(anew: &GateReport, told: &GateReport) -> Vec<String> {
    if anew == told {
        return Vec::new();
    }
    let mut found = Vec::new();
    if anew.evidence_digest != told.evidence_digest {
        found.push("the report is not of this evidence: its digest is another".to_owned());
    }
    if anew.verdict != told.verdict {
        found.push(format!("the report says {}; judged anew it is {}", told.verdict.as_str(), anew.verdict.as_str()));
    }
    for criterion in &anew.criteria {
        match told.criteria.iter().find(|it| it.is_same_demand(criterion)) {
            None => found.push(format!("the report leaves out {}", criterion.kind)),
            Some(other) if other != criterion => {
                let (is, says) = (criterion.verdict.as_str(), other.verdict.as_str());
                found.push(format!(
                    "{}: the report says {says}; judged anew it is {is}: {}",
                    criterion.kind, criterion.reason
                ));
            }
            Some(_) => {}
        }
    }
    if found.is_empty() {
        found.push("the report is not what follows from the evidence".to_owned());
    }
    found
}

fn stage(evidence: &Evidence, policy: &PackPolicy, checks: &mut Checks) {
    let mut wrong = Vec::new();
    if policy.version != evidence.policy_version {
        wrong.push(format!("it is version {}; the evidence is judged by {}", policy.version, evidence.policy_version));
    }
    if policy.policy.stage(&evidence.stage.name) != Some(&evidence.stage) {
        wrong.push(format!("its stage {:?} is not the one that the evidence is judged by", evidence.stage.name));
    }
    checks.all("policy", wrong, format!("version {} has the stage that was judged", policy.version));
}

fn sign_off(given: &super::PackSignOff, evidence: &Evidence) -> Vec<String> {
    let told = |wrong: String| format!("{} by {}: {wrong}", given.decision.as_str(), given.reviewer);
    if let Some(wrong) = implausible(&given.evidence) {
        return vec![told(wrong)];
    }
    let mut wrong = Vec::new();
    if canonical_sha256(&given.report).ok().as_ref() != Some(&given.report_digest) {
        wrong.push(told("the report that the reviewer saw does not have the digest beside it".to_owned()));
    }
    wrong.extend(report_differences(&judge(&given.evidence), &given.report).into_iter().map(told));
    let entry = |of: &Evidence| (of.migration.clone(), of.feature.clone(), of.stage.name.clone(), of.entered_at);
    if entry(&given.evidence) != entry(evidence) {
        wrong.push(told("it was given on another entry into a stage".to_owned()));
    }
    wrong
}

/// Of a pack of what a reviewer saw: that is what this reviewer saw.
fn seen(manifest: &Manifest, evidence: &Evidence, sign_offs: &[super::PackSignOff], checks: &mut Checks) {
    let Moment::SignOff { id } = &manifest.of.moment else { return };
    match sign_offs.iter().find(|it| it.id == *id) {
        None => checks.contradicted("sign-offs", format!("sign-off {id}, of which the pack is, is not in it")),
        Some(given) if given.evidence != *evidence => {
            checks.contradicted("sign-offs", format!("the evidence is not what the reviewer of sign-off {id} saw"));
        }
        Some(_) => {}
    }
}
