//! The application under test: a router without a listener, a store in a folder of its own, a clock that stands still.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, header};
use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::access::{Principal, Role};
use crossfade::domain::account::{Login, NewUser};
use crossfade::domain::token::NewToken;
use crossfade::server::clock::{Clock as _, ManualClock};
use crossfade::server::commands::{accounts, sign_in, tokens};
use crossfade::server::files::legacy::folder::Folder;
use crossfade::server::files::sides::Sides;
use crossfade::server::files::spool::Spool;
use crossfade::server::files::unified::Unified;
use crossfade::server::http;
use crossfade::server::startup::Application;
use crossfade::server::state::AppState;
use crossfade::server::store::Store;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::postgres;

/// How long a request may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// When every test begins: half past ten and half a minute.
pub const BEGIN: &str = "2026-01-05T10:30:30Z";

/// An application and everything under it.
pub struct TestApp {
    pub application: Application,
    pub router: Router,
    clock: Arc<ManualClock>,
    folder: TempDir,
    /// A token with all scopes, made at the command line.
    pub token: String,
}

impl TestApp {
    /// With nothing in it.
    pub async fn empty() -> Self {
        Self::on(|store| store).await
    }

    /// With the migration `files` and its features `kimi` and `smart_handler`.
    pub async fn with_features() -> Self {
        let app = Self::empty().await;
        app.create_features().await;
        app
    }

    /// The same with a file service on two folders.
    pub async fn with_files() -> Self {
        let Self { application, clock, folder, token, .. } = Self::with_features().await;
        let sides = Sides {
            legacy: Arc::new(Folder::open(&folder.path().join("legacy")).unwrap()),
            candidate: Arc::new(Unified::folder(&folder.path().join("candidate")).unwrap()),
        };
        let spool = Spool::open(&folder.path().join("incoming")).unwrap();
        let application = application.with_files(sides, spool, 1 << 20).unwrap();
        let router = http::router(application.state.clone(), folder.path().join("site"));
        Self { application, router, clock, folder, token }
    }

    /// Where a side of the file service keeps its files.
    pub fn side(&self, side: &str) -> PathBuf {
        self.folder.path().join(side)
    }

    /// With nothing in it, on a store that `wrap` puts something in front of.
    pub async fn on(wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::at(BEGIN.parse().unwrap()));
        Self::at(tempfile::tempdir().unwrap(), clock, None, wrap).await
    }

    async fn at(
        folder: TempDir,
        clock: Arc<ManualClock>,
        token: Option<String>,
        wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
    ) -> Self {
        let store = wrap(open_store(folder.path()).await);
        let application = Application::with(store, Arc::clone(&clock) as _);
        let router = http::router(application.state.clone(), folder.path().join("site"));
        let token = match token {
            Some(token) => token,
            None => new_token(&application.state, "everything", EVERY_SCOPE, &Principal::cli("test")).await,
        };
        Self { application, router, clock, folder, token }
    }

    /// Creates the migration `files` and its features `kimi` and `smart_handler`.
    pub async fn create_features(&self) {
        self.post("/api/v1/migrations", &json!({"slug": "files", "name": "Files"})).await.json(201);
        for key in ["kimi", "smart_handler"] {
            self.post("/api/v1/features", &json!({"migration": "files", "key": key})).await.json(201);
        }
    }

    /// The time that the application sees.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A time that many seconds ago.
    pub fn ago(&self, seconds: i64) -> DateTime<Utc> {
        self.now() - TimeDelta::seconds(seconds)
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Runs SQL behind the store's back.
    pub async fn execute(&self, sql: &'static str) {
        if on_postgres() {
            let url = std::fs::read_to_string(self.folder.path().join("database-url")).unwrap();
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            return connection.close().await.unwrap();
        }
        let file = self.folder.path().join("crossfade.db");
        let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Pages of these origins may ask for flags.
    pub fn allow_origins(&mut self, origins: &[&'static str]) {
        let origins = origins.iter().map(|it| HeaderValue::from_static(it)).collect();
        self.application.state.set(|parts| parts.ofrep_origins = origins);
        self.serve_again();
    }

    /// Serves with what was changed in the application's state.
    pub fn serve_again(&mut self) {
        self.router = http::router(self.application.state.clone(), self.folder.path().join("site"));
    }

    /// Another process on the same database.
    pub async fn beside(&self) -> Visitor {
        let store = open_store(self.folder.path()).await;
        let state = Application::with(store, Arc::clone(&self.clock) as _).state;
        let router = http::router(state, self.folder.path().join("site"));
        Visitor { router, headers: vec![(header::AUTHORIZATION, bearer(&self.token))] }
    }

    /// Stops the application and starts another on what it left behind.
    pub async fn restarted(self) -> Self {
        let Self { application, router, clock, folder, token } = self;
        drop(router);
        application.stop().await;
        Self::at(folder, clock, Some(token), |store| store).await
    }

    /// Sends a request with the token of the application, unless it says itself who it is of.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.anonymous().send(self.signed(request)).await
    }

    /// `request` with the token of the application, unless it says itself who it is of.
    pub fn signed(&self, mut request: Request<Body>) -> Request<Body> {
        if ![header::AUTHORIZATION, header::COOKIE].iter().any(|name| request.headers().contains_key(name)) {
            request.headers_mut().insert(header::AUTHORIZATION, bearer(&self.token).parse().unwrap());
        }
        request
    }

    /// Nobody.
    pub fn anonymous(&self) -> Visitor {
        Visitor { router: self.router.clone(), headers: Vec::new() }
    }

    /// A program with a token of its own, made at the command line.
    pub async fn with_token(&self, scopes: &str) -> Visitor {
        let state = &self.application.state;
        let token = new_token(state, &format!("with {scopes}"), scopes, &Principal::cli("test")).await;
        self.anonymous().with(header::AUTHORIZATION, &bearer(&token))
    }

    /// Somebody with an account of this role, signed in.
    pub async fn as_role(&self, role: Role) -> Visitor {
        self.create_user(role.as_str(), role).await;
        self.signed_in(role.as_str()).await
    }

    /// Somebody who has an account already, signed in anew.
    pub async fn signed_in(&self, login: &str) -> Visitor {
        let login = Login::parse(login).unwrap();
        let secret = sign_in::begin_session(&self.application.state, &login).await.unwrap();
        self.anonymous().with(header::COOKIE, &format!("crossfade_session={}", secret.expose()))
    }

    /// Creates an account with the password [`PASSWORD`].
    pub async fn create_user(&self, login: &str, role: Role) {
        let user = NewUser::parse(login, "", role.as_str(), PASSWORD).unwrap();
        accounts::create_user(&self.application.state, user, &Principal::cli("test")).await.unwrap();
    }

    /// `GET`.
    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, uri: &str, body: &Value) -> Answer {
        self.post_with(uri, &[], body.to_string()).await
    }

    /// `POST` with headers and any body; its type is JSON unless a header says otherwise.
    pub async fn post_with(&self, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.send(post(uri, headers, body)).await
    }

    /// What is counted of a feature in the last 24 hours.
    pub async fn counted(&self, feature: &str) -> Counted {
        let document = self.get(&format!("/api/v1/features/{feature}/metrics")).await.json(200);
        let sum = |pointer: &str| {
            let points = document["points"].as_array().unwrap();
            points.iter().map(|point| point.pointer(pointer).unwrap().as_u64().unwrap()).sum()
        };
        Counted {
            legacy: sum("/legacy/requests"),
            candidate: sum("/candidate/requests"),
            comparisons: sum("/shadow/comparisons"),
        }
    }
}

/// Every scope that a token may have.
pub const EVERY_SCOPE: &str = "evaluate,ingest,read,operate,sign_off";

/// The password of every account that a test creates.
pub const PASSWORD: &str = "correct horse battery";

/// Makes a token and gives its text.
pub async fn new_token(state: &AppState, name: &str, scopes: &str, by: &Principal) -> String {
    let token = NewToken::parse(name, scopes, "").unwrap();
    tokens::create(state, token, by).await.unwrap().expose().to_owned()
}

/// The value of an `Authorization` header.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Whoever sends requests with the same headers.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    headers: Vec<(HeaderName, String)>,
}

impl Visitor {
    /// One who sends this header as well.
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// One who sends this cookie beside the others.
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        let cookies = self.headers.iter_mut().find(|(name, _)| *name == header::COOKIE).map(|(_, value)| value);
        cookies.unwrap().extend(["; ", cookie]);
        self
    }

    /// Sends a request with the visitor's headers; one that is never answered fails its test by name.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert(value.parse().unwrap());
        }
        let asked = format!("{} {}", request.method(), request.uri());
        let answer = async { Answer::of(self.router.clone().oneshot(request).await.unwrap()).await };
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("{asked} was not answered"))
    }

    /// `GET`.
    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, uri: &str, body: &Value) -> Answer {
        self.send(post(uri, &[], body.to_string())).await
    }

    /// `POST` of a form, as the panel's script sends it.
    pub async fn post_form(&self, uri: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        self.send(post(uri, &headers, form(fields))).await
    }

    /// `POST` of a form, as a browser sends it without scripts from the page at `page`.
    pub async fn submit_form(&self, page: &str, uri: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html,application/xhtml+xml"),
            ("referer", page),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(post(uri, &headers, form(fields))).await
    }
}

/// Fields as forms send them.
fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect()
    };
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// A `POST` with headers and any body; its type is JSON unless a header says otherwise.
pub fn post(uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    request.headers_mut().entry(header::CONTENT_TYPE).or_insert("application/json".parse().unwrap());
    request
}

/// Lets everything else go on until `done`.
pub async fn until(mut done: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !done() {
        assert!(began.elapsed() < std::time::Duration::from_mins(2), "this never comes");
        tokio::task::yield_now().await;
    }
}

/// How much was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub legacy: u64,
    pub candidate: u64,
    pub comparisons: u64,
}

impl Counted {
    pub const NOTHING: Self = Self::legacy(0);

    /// Observations of the legacy path alone.
    pub const fn legacy(legacy: u64) -> Self {
        Self { legacy, candidate: 0, comparisons: 0 }
    }

    /// Comparisons alone.
    pub const fn comparisons(comparisons: u64) -> Self {
        Self { legacy: 0, candidate: 0, comparisons }
    }
}

/// Whether the suite runs on PostgreSQL this time.
pub fn on_postgres() -> bool {
    std::env::var_os("CROSSFADE_TESTS_ON").is_some_and(|database| database == "postgres")
}

/// The store of the data in `folder`: a file there, or the database of a server that a file there names.
async fn open_store(folder: &Path) -> Arc<dyn Store> {
    if !on_postgres() {
        return Arc::new(SqliteStore::open(&folder.join("crossfade.db")).await.unwrap());
    }
    let named = folder.join("database-url");
    let url = match std::fs::read_to_string(&named) {
        Ok(url) => url,
        Err(_) => postgres::database().await,
    };
    std::fs::write(&named, &url).unwrap();
    Arc::new(PostgresStore::open(&url).await.unwrap())
}
