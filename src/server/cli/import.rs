//! `crossfade import`: history in the wire form, through the same queue as everything else.
//!
//! A line without an id gets one made of its text, so that importing a file again changes nothing.

mod lines;
mod summary;

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde::de::IgnoredAny;

use self::lines::{Line, Source};
use self::summary::Summary;
use crate::domain::author::Author;
use crate::domain::feature::NewFeature;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::FieldError;
use crate::domain::migration::NewMigration;
use crate::domain::observation::TimeError;
use crate::domain::text::Actor;
use crate::server::commands::{CommandError, catalog};
use crate::server::config::StoreArgs;
use crate::server::ingest::comparison_wire::ComparisonWire;
use crate::server::ingest::wire::{Context, ObservationWire, SoFar, Wire};
use crate::server::startup::Application;
use crate::server::state::AppState;
use crate::server::store::{Batch, Digest, Identified, Item, Receipt, Rejection};

/// Lines in one batch.
const BATCH_LINES: usize = 1_000;

/// `crossfade import`.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// File with one observation or comparison a line, optionally gzip; `-` for standard input
    file: PathBuf,

    /// Migration under which missing features are created, made if it is not there
    #[arg(long, value_name = "SLUG", default_value = "imported")]
    migration: MigrationSlug,

    /// Move all times by the same amount, so that the newest is now
    #[arg(long)]
    shift_to_now: bool,

    #[command(flatten)]
    store: StoreArgs,
}

/// Takes in a file and says what came of it. Fails when a line was rejected, after the others were taken in.
pub async fn run(args: ImportArgs) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    let application = Application::start(&args.store).await?;
    let result = Import::start(&application.state, &args, &source).await;
    let result = match result {
        Ok(mut import) => match import.read(&source).await {
            Ok(()) => Ok(import.summary),
            Err(error) => Err(error.context(format!("stopped; until then: {}", import.summary.in_words()))),
        },
        Err(error) => Err(error),
    };
    application.stop().await;
    result?.report()
}

struct Import<'a> {
    state: &'a AppState,
    migration: MigrationSlug,
    actor: Actor,
    shift: TimeDelta,
    context: Context,
    so_far: SoFar,
    /// How often each line without an id was met: two that are alike are two observations.
    alike: HashMap<Digest, u64>,
    summary: Summary,
}

/// As much of a line as tells what it is.
#[derive(Deserialize)]
#[serde(expecting = "an observation or a comparison")]
struct Head {
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    feature: String,
    /// Observations have one, comparisons have not.
    #[serde(default)]
    path: Option<IgnoredAny>,
}

impl<'a> Import<'a> {
    async fn start(state: &'a AppState, args: &ImportArgs, source: &Source) -> anyhow::Result<Self> {
        let now = state.clock.now();
        let shift = if args.shift_to_now {
            newest(source)?.map_or(TimeDelta::zero(), |at| now - at)
        } else {
            TimeDelta::zero()
        };
        Ok(Self {
            state,
            migration: args.migration.clone(),
            actor: actor()?,
            shift,
            context: context(state, now).await?,
            so_far: SoFar::default(),
            alike: HashMap::new(),
            summary: Summary::default(),
        })
    }

    async fn read(&mut self, source: &Source) -> anyhow::Result<()> {
        let progress = progress_bar(source, "taking in");
        let mut batch = Batch::default();
        let mut size = 0;
        for line in source.lines(&progress)? {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    // What lies before the fault is whole.
                    self.submit(batch).await?;
                    return Err(error);
                }
            };
            if let Err(detail) = self.take(&mut batch, &line).await? {
                let index = u32::try_from(line.number).unwrap_or(u32::MAX);
                batch.rejected.push(Rejection { index, detail });
            }
            size += 1;
            if size == BATCH_LINES {
                self.submit(std::mem::take(&mut batch)).await?;
                size = 0;
            }
        }
        self.submit(batch).await?;
        progress.finish_and_clear();
        Ok(())
    }

    /// Puts one line into `batch`, or says what is wrong with it.
    async fn take(&mut self, batch: &mut Batch, line: &Line) -> anyhow::Result<Result<(), String>> {
        let text = match &line.text {
            Ok(text) => text.as_slice(),
            Err(detail) => return Ok(Err(detail.clone())),
        };
        let head: Head = match serde_json::from_slice(text) {
            Ok(head) => head,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Err(detail) = self.make_feature(&head.feature).await? {
            return Ok(Err(detail));
        }
        let Ok(at) = head.at.map(|at| at.checked_add_signed(self.shift).ok_or(())).transpose() else {
            let kept_days = self.state.retention.minutes.num_days();
            return Ok(Err(TimeError::Past { kept_days }.to_string()));
        };
        let checked = if head.path.is_some() {
            self.check::<ObservationWire<'_>>(text, |wire| wire.at = at)
        } else {
            self.check::<ComparisonWire<'_>>(text, |wire| wire.at = at)
        };
        Ok(checked.map(|(digest, item)| {
            self.summary.count(&head.feature);
            batch.identified.push(Identified { digest, item });
        }))
    }

    fn check<'t, T: Wire + Deserialize<'t>>(
        &mut self,
        text: &'t [u8],
        shift: impl FnOnce(&mut T),
    ) -> Result<(Digest, Item), String> {
        let mut wire: T = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        shift(&mut wire);
        let digest = wire.digest()?;
        let item = wire.check(&self.context, &mut self.so_far)?;
        let digest = digest.unwrap_or_else(|| {
            let met = self.alike.entry(Digest::of(&[text])).or_default();
            *met += 1;
            Digest::of(&[b"line", text, &met.to_le_bytes()])
        });
        Ok((digest, item))
    }

    /// Creates the feature with this key if it is not there.
    async fn make_feature(&mut self, key: &str) -> anyhow::Result<Result<(), String>> {
        if self.context.feature(key).is_ok() {
            return Ok(Ok(()));
        }
        if let Err(error) = FeatureKey::parse(key) {
            return Ok(Err(format!("feature {key:?} {error}")));
        }
        let slug = self.migration.as_str();
        let feature = match NewFeature::parse(slug, key, "") {
            Ok(feature) => feature,
            // A key that is one, and that no new feature may have.
            Err(errors) => return Ok(Err(format!("feature {key:?} {}", in_words(&errors)))),
        };
        let migration = NewMigration::parse(slug, slug).map_err(invalid)?;
        match catalog::create_migration(self.state, migration, &Author::own(self.actor.clone())).await {
            Ok(()) | Err(CommandError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        match catalog::create_feature(self.state, feature, &Author::own(self.actor.clone())).await {
            Ok(()) => self.summary.created(key),
            // A server beside this import may have been faster.
            Err(CommandError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.context = context(self.state, self.state.clock.now()).await?;
        Ok(Ok(()))
    }

    async fn submit(&mut self, batch: Batch) -> anyhow::Result<()> {
        self.so_far = SoFar::default();
        let share = self.state.ingest.budget.share();
        match self.state.ingest.submit(batch, share).await? {
            Receipt::Stored(answer) | Receipt::Repeated(answer) => self.summary.add(answer),
            Receipt::KeyReused => anyhow::bail!("a batch without a key cannot reuse one"),
        }
        Ok(())
    }
}

/// What items are checked against at `now`.
async fn context(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<Context> {
    let context = Context::new(&state.store.features().await?, now).keeping(state.retention);
    Ok(context.with_rules(state.store.rules_in_force().await?))
}

/// The newest time in `source`; lines that do not parse are told of when they are taken in.
fn newest(source: &Source) -> anyhow::Result<Option<DateTime<Utc>>> {
    let progress = progress_bar(source, "finding the newest");
    let mut newest = None;
    for line in source.lines(&progress)? {
        let Ok(text) = line?.text else { continue };
        let at = serde_json::from_slice::<Head>(&text).ok().and_then(|head| head.at);
        newest = newest.max(at);
    }
    progress.finish_and_clear();
    Ok(newest)
}

fn progress_bar(source: &Source, doing: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(source.bytes()).with_style(style).with_message(doing)
}

fn actor() -> anyhow::Result<Actor> {
    let user = std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned());
    Actor::parse(&format!("cli:{user}")).context("the name of the user is not fit for the record")
}

fn invalid(errors: Vec<FieldError>) -> anyhow::Error {
    anyhow::anyhow!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// What is wrong, without where: the line has one field only that it can be.
fn in_words(errors: &[FieldError]) -> String {
    errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ")
}
