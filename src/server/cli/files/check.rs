//! `crossfade files check`: all files against their records, also while a server runs on the same data.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio_util::sync::CancellationToken;

use crate::domain::consistency::check::{Check, CheckMode, CheckState};
use crate::domain::path::Path;
use crate::server::cli::principal;
use crate::server::commands::consistency;
use crate::server::files::check::{CheckSettings, run_waiting};
use crate::server::state::AppState;
use crate::server::store::FindingQuery;

/// How often it looks whether a check that runs elsewhere has ended.
const LOOK: Duration = Duration::from_millis(200);

/// How many findings are read at once.
const PAGE: u32 = 500;

/// Checks all files as `mode` says and prints what is open; the code tells whether anything is.
pub(super) async fn check(state: &AppState, mode: CheckMode, settings: CheckSettings) -> anyhow::Result<ExitCode> {
    let (asked, _) = consistency::ask(state, mode, &principal()).await?;
    let files = state.files.as_ref().context("there is no file service")?;
    let check = loop {
        // A server on the same data may be quicker.
        run_waiting(state, files, settings, &CancellationToken::new()).await?;
        match ended(state, &asked).await? {
            Some(check) => break check,
            None => tokio::time::sleep(LOOK).await,
        }
    };
    let mut out = std::io::stdout().lock();
    let looked = check.looked;
    writeln!(
        out,
        "{} check {}: {} records, {} objects, {} bytes read",
        check.mode.as_str(),
        check.state.as_str(),
        looked.records,
        looked.objects,
        looked.bytes
    )?;
    match &check.state {
        CheckState::Failed { error, .. } => bail!("the check failed: {error}"),
        CheckState::Interrupted { .. } => bail!("the check was interrupted"),
        CheckState::Waiting | CheckState::Running | CheckState::Complete { .. } => {}
    }
    drop(out);
    let open = print_open(state).await?;
    Ok(if open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The check, if it has ended.
async fn ended(state: &AppState, asked: &Check) -> anyhow::Result<Option<Check>> {
    let checks = state.store.checks(PAGE).await?;
    Ok(checks.into_iter().find(|check| check.id == asked.id && !check.state.is_open()))
}

async fn print_open(state: &AppState) -> anyhow::Result<u64> {
    let (mut open, mut before) = (0, None);
    loop {
        let query = FindingQuery { closed: Some(false), before, limit: PAGE, ..FindingQuery::default() };
        let page = state.store.findings(&query).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        let mut out = std::io::stdout().lock();
        for kept in &page {
            let is = &kept.finding.is;
            let side = is.side.map_or("both", Path::as_str);
            let (number, subject) = (kept.id.0, is.subject.as_str());
            writeln!(out, "{number}\t{}\t{side}\t{subject}\t{}", is.kind.as_str(), kept.finding.detail)?;
            open += 1;
        }
    }
    Ok(open)
}
