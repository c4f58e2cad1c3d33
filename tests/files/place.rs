//! A file service on folders of its own, with faults that a test sets and a clock that stands still.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use bytes::Bytes;
use chrono::TimeDelta;
use crossfade::domain::access::Principal;
use crossfade::domain::feature::{Feature, NewFeature, Switch};
use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::file::FileId;
use crossfade::domain::file_name::FileName;
use crossfade::domain::migration::{Migration, NewMigration};
use crossfade::domain::mime_type::MimeType;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::policy::Policy;
use crossfade::domain::text::Actor;
use crossfade::domain::token::NewToken;
use crossfade::server::clock::{Clock as _, ManualClock};
use crossfade::server::commands::tokens;
use crossfade::server::files::faulty::{Faults, Faulty};
use crossfade::server::files::legacy::folder::Folder;
use crossfade::server::files::service::{FileError, FileService, NewFile};
use crossfade::server::files::sides::Sides;
use crossfade::server::files::spool::Spool;
use crossfade::server::files::unified::Unified;
use crossfade::server::http;
use crossfade::server::startup::Application;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{Change, Store, Write};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The most bytes of a file here.
pub const MOST: u64 = 3 << 20;

pub struct Place {
    pub application: Application,
    pub clock: Arc<ManualClock>,
    /// What goes wrong with legacy and with the candidate.
    pub faults: [Arc<Faults>; 2],
    pub folder: Arc<TempDir>,
    router: Router,
    token: String,
}

impl Place {
    /// With the feature `kimi` at 0 %.
    pub async fn new() -> Self {
        Self::seeded(1).await
    }

    /// The same; faults follow from `seed`.
    pub async fn seeded(seed: u64) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let store = SqliteStore::open(&folder.path().join("crossfade.db")).await.unwrap();
        Self::first(Arc::new(store), folder, seed).await
    }

    /// The first on a database, with the feature `kimi` at 0 % and files in `folder`.
    pub async fn first(store: Arc<dyn Store>, folder: Arc<TempDir>, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-05T10:30:30Z".parse().unwrap()));
        let mut place = Self::on(store, folder, clock, seed);
        place.create().await;
        let token = NewToken::parse("everything", "ingest,read,operate", "").unwrap();
        let token = tokens::create(&place.application.state, token, &Principal::cli("test")).await;
        token.unwrap().expose().clone_into(&mut place.token);
        place
    }

    /// One more on the same database, which `store` is another connection to; it keeps files in `folder`.
    pub fn beside(&self, store: Arc<dyn Store>, folder: Arc<TempDir>, seed: u64) -> Self {
        Self { token: self.token.clone(), ..Self::on(store, folder, Arc::clone(&self.clock), seed) }
    }

    fn on(store: Arc<dyn Store>, folder: Arc<TempDir>, clock: Arc<ManualClock>, seed: u64) -> Self {
        let faults = [Faults::seeded(seed), Faults::seeded(seed ^ 0xffff)];
        let sides = Sides {
            legacy: Arc::new(Faulty::new(
                Arc::new(Folder::open(&folder.path().join("legacy")).unwrap()),
                Arc::clone(&faults[0]),
            )),
            candidate: Arc::new(Faulty::new(
                Arc::new(Unified::folder(&folder.path().join("unified")).unwrap()),
                Arc::clone(&faults[1]),
            )),
        };
        let spool = Spool::open(&folder.path().join("incoming")).unwrap();
        let application = Application::with(store, Arc::clone(&clock) as _).with_files(sides, spool, MOST).unwrap();
        let router = http::router(application.state.clone(), folder.path().join("site"));
        Self { application, clock, faults, folder, router, token: String::new() }
    }

    async fn create(&self) {
        let state = &self.application.state;
        let write = Write::CreateMigration {
            migration: NewMigration::parse("files", "Files").unwrap(),
            policy: Policy::default_policy(),
            reason: "a test".to_owned(),
        };
        let feature = Write::CreateFeature {
            feature: NewFeature::parse("files", "kimi", "Kimi").unwrap(),
            stage: "shadow".to_owned(),
            person: Actor::panel(),
            reason: "a test".to_owned(),
        };
        for write in [write, feature] {
            let change = Change { actor: Actor::panel(), at: self.clock.now(), writes: vec![write], audit: Vec::new() };
            state.commit(&change).await.unwrap();
        }
    }

    pub fn files(&self) -> &FileService {
        self.application.state.files.as_ref().unwrap()
    }

    /// Sets what is configured, past all gates.
    pub async fn set(&self, change: impl FnOnce(&mut Migration, &mut Feature)) {
        let state = &self.application.state;
        let (mut migration, mut feature) = state.store.feature(&kimi()).await.unwrap().unwrap();
        let (expected_migration, expected) = (migration.version, feature.version);
        change(&mut migration, &mut feature);
        migration.version += 1;
        feature.version += 1;
        let writes =
            vec![Write::Migration { migration, expected: expected_migration }, Write::Feature { feature, expected }];
        let change = Change { actor: Actor::panel(), at: self.clock.now(), writes, audit: Vec::new() };
        state.commit(&change).await.unwrap();
        // What is told of in no audit event goes unnoticed otherwise.
        state.decisions.refresh().await.unwrap();
    }

    pub async fn set_percentage(&self, percentage: u8) {
        self.set(|_, feature| feature.configured = Percentage::from_whole(percentage)).await;
    }

    pub async fn switch_candidate(&self, switch: Switch) {
        self.set(|migration, _| migration.candidate_enabled = switch).await;
    }

    /// Takes in a file.
    pub async fn upload(&self, content: impl Into<Bytes>) -> Result<FileId, FileError> {
        let new = NewFile {
            feature: kimi(),
            unit: None,
            name: FileName::parse("a.bin").unwrap(),
            mime_type: MimeType::unknown(),
            metadata: serde_json::Map::new(),
            announced: None,
        };
        let body = futures::stream::iter([Ok(content.into())]);
        let result = self.files().upload(new, body).await?;
        assert!(result.success);
        Ok(FileId(result.file_reference.unwrap().id))
    }

    /// Does everything that is due until nothing is left, with the time that it takes.
    pub async fn drain(&self) {
        for _ in 0..100 {
            self.files().finish().await;
            while self.files().settle_due().await.unwrap() {}
            let query = crossfade::server::store::FileTaskQuery { limit: 1, ..Default::default() };
            if self.application.state.store.file_tasks(&query).await.unwrap().is_empty() {
                return;
            }
            self.clock.advance(TimeDelta::minutes(11));
        }
        panic!("the queue does not get empty");
    }

    /// Sends a request with a token that may everything.
    pub async fn send(&self, request: axum::http::request::Builder, body: impl Into<Body>) -> Answer {
        let request =
            request.header(header::AUTHORIZATION, format!("Bearer {}", self.token)).body(body.into()).unwrap();
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Ends it, and with it everything that holds the data.
    pub async fn stop(self) {
        // It holds the state, which has to be gone first.
        drop(self.router);
        self.application.stop().await;
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri), Body::empty()).await
    }
}

pub fn kimi() -> FeatureKey {
    FeatureKey::parse("kimi").unwrap()
}

/// What came back, as far as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: axum::http::HeaderMap,
    /// `None` when it broke off.
    pub body: Option<Bytes>,
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.ok().map(http_body_util::Collected::to_bytes);
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_slice(self.body.as_ref().unwrap()).unwrap()
    }

    /// Problem details with this status.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        self.json(status)
    }
}
