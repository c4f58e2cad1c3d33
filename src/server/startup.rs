//! Puts the parts together and takes them apart again, in order.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::access::known_tokens::KnownTokens;
use super::access::password::Passwords;
use super::clock::{Clock, SystemClock};
use super::commands::sign_in;
use super::config::{Database, FilesArgs, ServeArgs, StoreArgs};
use super::decisions::Decisions;
use super::drive::Rate;
use super::drive::inside::Inside;
use super::events::{self, Events};
use super::files::reports::Inward;
use super::files::service::{FileService, Parts, spool_folder};
use super::files::sides::Sides;
use super::files::spool::Spool;
use super::http::serve::Timeouts;
use super::ingest::Ingest;
use super::leadership::Leadership;
use super::notify::Notifier;
use super::queries::schema::LastAudit;
use super::seal;
use super::state::{AppParts, AppState};
use super::store::Store;
use super::store::postgres::{self, PostgresStore};
use super::store::sqlite::SqliteStore;
use super::workers::instances::Member;
use super::workers::retention::CleanUps;
use super::workers::system::SystemLoad;
use super::workers::{alerts, consistency, files, notifications, retention, rollbacks};
use super::{ending, example, http};
use crate::domain::instance::FilePlaces;
use crate::domain::retention::Retention;
use crate::facade::batch::{BatchReporter, BatchSettings};
use crate::facade::{AnyDecisions, Settings};

/// How long the last reports may take to be written when the program stops.
const LAST_REPORTS: Duration = Duration::from_secs(5);

/// How long the connections to the store may take to end.
const LAST_GOODBYES: Duration = Duration::from_secs(5);

/// How long batches may still be queued once everything else has ended.
const LAST_BATCHES: Duration = Duration::from_secs(30);

/// How long it may take to find out who leads before anyone is served.
const FIRST_BEAT: Duration = Duration::from_secs(1);

/// A running application without a listener: what `serve` and the commands that change things stand on.
pub struct Application {
    pub state: AppState,
    writer: JoinHandle<()>,
    /// What the file service has to report.
    reports: Option<BatchReporter>,
}

impl Application {
    /// Opens the store and starts the writer.
    pub async fn start(args: &StoreArgs) -> anyhow::Result<Self> {
        let retention = args.retention.kept()?;
        let store = open_store(args).await?;
        let mut application = Self::with(store, Arc::new(SystemClock));
        application.state.set(|parts| parts.retention = retention);
        Ok(application)
    }

    /// An application on `store` that takes its time from `clock`.
    pub fn with(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let decisions = Decisions::new(Arc::clone(&store), Arc::clone(&clock));
        let (ingest, writer) = Ingest::start(Arc::clone(&store), Arc::clone(&clock));
        let (started_at, reach) = (clock.now(), store.reach().clone());
        Self {
            state: AppState::new(AppParts {
                store,
                clock,
                ingest,
                started_at,
                secrets: Arc::default(),
                passwords: Passwords::default(),
                system: SystemLoad::default(),
                firing: Arc::default(),
                retention: Retention::default(),
                clean_ups: CleanUps::default(),
                last_audit: LastAudit::default(),
                decisions,
                events: Events::default(),
                ofrep_origins: Arc::default(),
                example_rate: None,
                known_tokens: KnownTokens::default(),
                leadership: Leadership::default(),
                reach,
                notifier: Notifier::default(),
                files: None,
            }),
            writer,
            reports: None,
        }
    }

    /// The same with a file service on `sides`, where files wait in `spool` until they are whole.
    pub fn with_files(mut self, sides: Sides, spool: Spool, most_bytes: u64) -> anyhow::Result<Self> {
        let AppParts { store, clock, ingest, decisions, .. } = &*self.state;
        let inward = Inward { store: Arc::clone(store), clock: Arc::clone(clock), ingest: ingest.clone() };
        let reporter = BatchReporter::start(inward, BatchSettings::default());
        let files = FileService::new(Parts {
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            decisions: AnyDecisions::of(decisions.clone()),
            sides,
            spool,
            most_bytes,
            reporter: Arc::new(reporter.clone()),
            settings: Settings { clock: Arc::clone(clock), ..Settings::default() },
        })?;
        self.state.set(|parts| parts.files = Some(files));
        self.reports = Some(reporter);
        Ok(self)
    }

    /// The same with the file service that `args` name.
    pub fn with_files_of(self, args: &FilesArgs, data_dir: &Path) -> anyhow::Result<Self> {
        let sides = Sides::open(args, data_dir)?;
        let folder = spool_folder(data_dir);
        let spool = Spool::open(&folder).with_context(|| format!("could not make the folder {}", folder.display()))?;
        self.with_files(sides, spool, args.files_max_bytes)
    }

    /// Writes what is queued and closes the store. Every other clone of the state must be gone by then: while one is held, more
    /// may be queued, and after half a minute that is logged and no longer waited for.
    pub async fn stop(self) {
        let store = Arc::clone(&self.state.store);
        if let Some(files) = &self.state.files
            && tokio::time::timeout(ending::PATIENCE, files.finish()).await.is_err()
        {
            tracing::warn!("what was begun with files did not end; it is gone on with at the next start");
        }
        if let Some(reports) = &self.reports {
            reports.shutdown(LAST_REPORTS).await;
        }
        drop(self.reports);
        drop(self.state);
        match tokio::time::timeout(LAST_BATCHES, self.writer).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the writer did not end well"),
            Err(_) => tracing::error!("batches may still be queued by what did not end; it is waited for no longer"),
        }
        if tokio::time::timeout(LAST_GOODBYES, store.close()).await.is_err() {
            tracing::warn!("the store does not answer: its connections are left to end with the program");
        }
    }
}

async fn open_store(args: &StoreArgs) -> anyhow::Result<Arc<dyn Store>> {
    let file = match args.database() {
        Database::Sqlite(file) => file,
        Database::Postgres(url) => {
            let store = PostgresStore::open(url.expose()).await;
            let store =
                store.with_context(|| format!("could not open the database {}", postgres::named(url.expose())))?;
            return Ok(Arc::new(store));
        }
    };
    if let Some(directory) = file.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("could not make the directory {}", directory.display()))?;
    }
    let store =
        SqliteStore::open(&file).await.with_context(|| format!("could not open the database {}", file.display()))?;
    Ok(Arc::new(store))
}

/// Serves until the program is told to stop.
pub async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let mut application = Application::start(&args.store).await?.with_files_of(&args.files, &args.store.data_dir)?;
    application.state.set(|parts| {
        parts.ofrep_origins = args.ofrep_origins.iter().map(|origin| origin.0.clone()).collect();
        parts.notifier = Notifier::new(args.notify.settings());
    });
    if args.example {
        example::create(&application.state).await.context("could not create the example migration")?;
        let rate = Some(args.example_rate).filter(|rate| !rate.is_nothing());
        application.state.set(|parts| parts.example_rate = rate);
    }
    let listener = http::serve::listen(args.listen).with_context(|| format!("could not listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "others reach this address without TLS; put something in front of it that has it");
    }
    let stop = stop_signal()?;
    // It may lead from now on, and gives that up when nothing of what it does by the clock goes on any more.
    let left = CancellationToken::new();
    let places = file_places(&application.state).await;
    let mut member = Member::new(application.state.clone(), &instance_name(address), places);
    // Requests find out who leads, if that is to be known now.
    let _ = tokio::time::timeout(FIRST_BEAT, member.step(0)).await;
    let member = tokio::spawn(member.run(left.clone()));
    let load = tokio::spawn(application.state.system.clone().run(args.store.data_dir.clone(), stop.clone()));
    let files = application
        .state
        .files
        .clone()
        .map(|files| tokio::spawn(files::run(files, application.state.leadership.clone(), stop.clone())));
    let settings = args.files.check_settings();
    let checks = tokio::spawn(consistency::run(application.state.clone(), settings, stop.clone()));
    let clean_ups = tokio::spawn(retention::run(application.state.clone(), stop.clone()));
    let rollbacks = tokio::spawn(rollbacks::run(application.state.clone(), stop.clone()));
    let notifications = tokio::spawn(notifications::run(application.state.clone(), stop.clone()));
    let alerts = tokio::spawn(alerts::run(application.state.clone(), stop.clone()));
    // Later requests find it in memory; if it cannot be read now, the first of them tries again.
    if let Err(error) = application.state.decisions.catalog().await {
        tracing::error!(error = &error as &dyn std::error::Error, "what decisions need could not be read");
    }
    // Evaluations need it, also while the store does not answer.
    if let Err(error) = seal::key(&application.state).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the secret of this installation could not be read");
    }
    let changes = tokio::spawn(events::run(application.state.clone(), stop.clone()));
    let router = http::router(application.state.clone(), args.site_root());
    // What can be read is served although nothing can be written: a full disk must not keep the panel from starting.
    let link = sign_in::make_setup_link(&application.state).await.unwrap_or_else(|error| {
        tracing::error!(%error, "could not make the set-up link for the first admin; start again to try once more");
        None
    });
    announce(&format!("listening on http://{address}"));
    if let Some(link) = link {
        announce(&format!("set up the first admin: http://{address}/set-up?token={}", link.expose()));
    }
    if args.example {
        announce(&example::how_to_send(address));
    }
    let example = match application.state.example_rate {
        Some(rate) => start_example(&application.state, &args.files, rate, stop.clone()).await,
        None => None,
    };
    http::serve::serve(listener, router, Timeouts::default(), stop).await;
    tracing::info!("stopping");
    if let Some(example) = example {
        example.finish().await;
    }
    let by_the_clock = [load, alerts, clean_ups, rollbacks, notifications, checks, changes];
    ending::ended(by_the_clock.into_iter().chain(files)).await?;
    left.cancel();
    member.await?;
    application.stop().await;
    Ok(())
}

/// Where this instance keeps files. A disk that cannot be written must not keep the program from starting.
async fn file_places(state: &AppState) -> Option<FilePlaces> {
    let places = state.files.as_ref()?.places().await;
    places.map_err(|error| tracing::error!(%error, "where files are kept could not be named for other instances")).ok()
}

/// What this instance is called: its machine and port.
fn instance_name(address: SocketAddr) -> String {
    let machine = sysinfo::System::host_name().unwrap_or_else(|_| "localhost".to_owned());
    format!("{machine}:{}", address.port())
}

/// Makes the example's traffic. What it needs may not be there, as on a full disk, and the panel is served all the same.
async fn start_example(state: &AppState, args: &FilesArgs, rate: Rate, stop: CancellationToken) -> Option<Inside> {
    let started = async {
        example::shadow_more(state).await?;
        // Nothing is made in anyone's bucket.
        let files = state.files.as_ref().filter(|_| args.are_folders());
        Inside::start(state, files, rate, stop).await
    };
    started.await.map_err(|error| tracing::error!(%error, "the example's traffic could not be started")).ok()
}

/// Says a line on standard output. Nobody has to listen: a program that waited for the first line may close its end.
fn announce(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Cancelled by SIGINT or SIGTERM.
pub fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
