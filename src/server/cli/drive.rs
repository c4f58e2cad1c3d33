//! `crossfade drive`: makes traffic for a Crossfade that runs, with faults if that is wanted, for trying out alerts and
//! rollbacks. Everything that it does is told to be a driver's, and every fault to be injected.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::facade::AnyDecisions;
use crate::facade::batch::{BatchReporter, BatchSettings};
use crate::facade::remote::{Crossfade, DecisionSettings, HttpTransport, OfrepDecisions};
use crate::server::drive::fault::Fault;
use crate::server::drive::{self, Rate, Works};
use crate::server::startup::stop_signal;

/// How long an answer to a batch of reports may take.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the last reports may take.
const LAST_REPORTS: Duration = Duration::from_secs(10);

/// `crossfade drive`.
#[derive(Args, Clone, Debug)]
pub struct DriveArgs {
    /// Address of the Crossfade that decides and is told
    #[arg(long, env = "CROSSFADE_URL", value_name = "URL", default_value = "http://127.0.0.1:3000")]
    url: String,

    /// Token with the scopes `evaluate` and `ingest`
    #[arg(long, env = "CROSSFADE_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    token: String,

    /// Operations a second
    #[arg(long, value_name = "NUMBER", default_value = "5")]
    rate: Rate,

    /// Fault of the candidate and how often it strikes: `corrupt=0.2`, `error=0.1`, `lost-answer=0.1` or
    /// `delay=500ms:0.3`; may be given more than once
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,

    /// End after so many seconds; otherwise it goes on until it is told to stop
    #[arg(long, value_name = "NUMBER")]
    seconds: Option<u64>,
}

/// Does what `args` say.
pub async fn run(args: DriveArgs) -> anyhow::Result<()> {
    let crossfade = Crossfade::new(&args.url, &args.token).context("--url or --token cannot be used")?;
    let decisions = OfrepDecisions::new(crossfade.clone(), DecisionSettings::default())?;
    drive::check(&decisions).await?;
    let reports = BatchReporter::start(HttpTransport::new(crossfade, ANSWER)?, BatchSettings::default());
    let works = Works::open(AnyDecisions::of(decisions), reports.clone()).await?;
    let stop = stop_signal()?;
    if let Some(seconds) = args.seconds {
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.cancel();
        });
    }
    say(&format!("driving {} at {} operations a second, {}", args.url, args.rate, in_words(&args.faults)));
    let driven = works.drive(args.rate, &args.faults, stop).await;
    let sent = reports.shutdown(LAST_REPORTS).await;
    say(&format!(
        "{} operations, {} failed, {} faults injected; {} reports sent, {} refused, {} dropped",
        driven.operations, driven.failed, driven.injected, sent.sent, sent.refused, sent.dropped
    ));
    Ok(())
}

fn in_words(faults: &[Fault]) -> String {
    if faults.is_empty() {
        return "without faults".to_owned();
    }
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    format!("injecting {} into the candidate", faults.join(" "))
}

/// On standard output, to which nobody has to listen.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
