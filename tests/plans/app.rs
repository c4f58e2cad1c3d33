//! The application on a database that is filled, and an admin who asks it.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use chrono::{DateTime, Utc};
use crossfade::domain::access::Principal;
use crossfade::domain::account::NewUser;
use crossfade::server::clock::ManualClock;
use crossfade::server::commands::{accounts, sign_in};
use crossfade::server::files::legacy::folder::Folder;
use crossfade::server::files::sides::Sides;
use crossfade::server::files::spool::Spool;
use crossfade::server::files::unified::Unified;
use crossfade::server::http;
use crossfade::server::startup::Application;
use crossfade::server::store::Store;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// An application without a listener.
pub struct App {
    application: Application,
    router: Router,
    cookie: String,
}

impl App {
    /// On `store`, at `now`; its files are in `folder`.
    pub async fn on(store: Arc<dyn Store>, now: DateTime<Utc>, folder: &Path) -> Self {
        let sides = Sides {
            legacy: Arc::new(Folder::open(&folder.join("legacy")).unwrap()),
            candidate: Arc::new(Unified::folder(&folder.join("candidate")).unwrap()),
        };
        let spool = Spool::open(&folder.join("incoming")).unwrap();
        let application = Application::with(store, Arc::new(ManualClock::at(now)));
        let application = application.with_files(sides, spool, 1 << 20).unwrap();
        let state = &application.state;
        if state.store.users().await.unwrap().iter().all(|user| user.login.as_str() != "root") {
            let user = NewUser::parse("root", "", "admin", "correct horse battery").unwrap();
            accounts::create_user(state, user, &Principal::cli("test")).await.unwrap();
        }
        let secret = sign_in::begin_session(state, &"root".parse().unwrap()).await.unwrap();
        let router = http::router(state.clone(), folder.join("site"));
        Self { application, router, cookie: format!("crossfade_session={}", secret.expose()) }
    }

    /// Ends it.
    pub async fn stop(self) {
        drop(self.router);
        self.application.stop().await;
    }

    /// Asks for a page or a document, which must be there.
    pub async fn get(&self, address: &str) {
        let request = Request::get(address).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(
            status.is_success(),
            "{address}: {status}: {}",
            String::from_utf8_lossy(&body[..body.len().min(2_000)])
        );
    }
}
