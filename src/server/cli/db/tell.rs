//! What the commands say, for people and for programs.

use std::io::Write as _;

use serde_json::json;

use crate::domain::schema::steps::{Step, StepState};
use crate::server::store::schema::audit::Audit;

/// The migrations with what became of each.
pub(super) fn status(kind: &str, steps: &[Step], json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let pending = steps.iter().filter(|step| step.state == StepState::Pending).count();
    if json {
        let document = json!({"database": kind, "migrations": steps, "pending": pending});
        writeln!(out, "{document}")?;
        return Ok(());
    }
    for step in steps {
        let at = step.applied_at.as_deref().unwrap_or("-");
        writeln!(out, "{:04}\t{}\t{at}\t{}", step.version, step.state.in_words(), step.name)?;
    }
    writeln!(out, "{kind}: {} migrations, {pending} pending", steps.len())?;
    Ok(())
}

/// Everything that has drifted.
pub(super) fn audit(found: &Audit, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        let mut drift = Vec::new();
        for one in &found.drift {
            let mut document = serde_json::to_value(one)?;
            document["detail"] = one.detail().into();
            drift.push(document);
        }
        let document = json!({"database": found.database, "compared_to": found.compared_to, "drift": drift});
        writeln!(out, "{document}")?;
        return Ok(());
    }
    for one in &found.drift {
        writeln!(out, "{one}")?;
    }
    match (found.drift.len(), found.compared_to) {
        (0, Some(version)) => writeln!(out, "{}: as the migrations make it, up to {version:04}", found.database)?,
        (0, None) => writeln!(out, "{}: empty", found.database)?,
        (1, _) => writeln!(out, "{}: 1 difference", found.database)?,
        (count, _) => writeln!(out, "{}: {count} differences", found.database)?,
    }
    Ok(())
}
