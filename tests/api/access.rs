//! Who may what: every route, every server function and every page, held against everyone who may ask.

use axum::body::Body;
use axum::http::{Method, Request, header};
use crossfade::domain::access::{Permission, Role};
use crossfade::domain::scope::Scope;
use crossfade::server::http::{page_routes, routes};

use crate::answer::Answer;
use crate::app::{TestApp, Visitor};

/// What is needed of whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A person or a token that may do this.
    To(Permission),
    /// A person who may do this.
    Person(Permission),
    /// A token that may do this: sessions count for nothing.
    Token(Permission),
}

use Needs::{Nothing, Person, To, Token};

/// Every route of the API.
const ROUTES: [(&str, &str, Needs); 70] = [
    ("GET", "/healthz", Nothing),
    ("GET", "/readyz", Nothing),
    ("GET", "/metrics", To(Permission::Read)),
    ("GET", "/monitoring/hybrid-status", To(Permission::Read)),
    ("GET", "/charts/{feature}/{file}", To(Permission::Read)),
    ("GET", "/api/v1/migrations", To(Permission::Read)),
    ("POST", "/api/v1/migrations", To(Permission::Operate)),
    ("GET", "/api/v1/migrations/{slug}", To(Permission::Read)),
    ("GET", "/api/v1/features", To(Permission::Read)),
    ("POST", "/api/v1/features", To(Permission::Operate)),
    ("GET", "/api/v1/features/{key}", To(Permission::Read)),
    ("GET", "/api/v1/features/{key}/metrics", To(Permission::Read)),
    ("PATCH", "/api/v1/migrations/{slug}", To(Permission::Operate)),
    ("GET", "/api/v1/migrations/{slug}/policy", To(Permission::Read)),
    ("PUT", "/api/v1/migrations/{slug}/policy", To(Permission::Operate)),
    ("GET", "/api/v1/migrations/{slug}/policies", To(Permission::Read)),
    ("GET", "/api/v1/migrations/{slug}/comparison-rules", To(Permission::Read)),
    ("PUT", "/api/v1/migrations/{slug}/comparison-rules", To(Permission::Operate)),
    ("GET", "/api/v1/migrations/{slug}/runbook", To(Permission::Read)),
    ("PUT", "/api/v1/migrations/{slug}/runbook", To(Permission::Operate)),
    ("POST", "/api/v1/migrations/{slug}/runbook/items/{id}", To(Permission::Operate)),
    ("GET", "/api/v1/features/{key}/discrepancies", To(Permission::Read)),
    ("PATCH", "/api/v1/features/{key}", To(Permission::Operate)),
    ("PUT", "/api/v1/features/{key}/percentage", To(Permission::Operate)),
    ("POST", "/api/v1/features/{key}/advance", To(Permission::Operate)),
    ("POST", "/api/v1/features/{key}/restart-stage", To(Permission::Operate)),
    ("GET", "/api/v1/features/{key}/history", To(Permission::Read)),
    ("GET", "/api/v1/features/{key}/gate", To(Permission::Read)),
    ("GET", "/api/v1/features/{key}/evidence.zip", To(Permission::Read)),
    ("GET", "/api/v1/features/{key}/hand-over.md", To(Permission::Read)),
    ("GET", "/api/v1/features/{key}/sign-offs", To(Permission::Read)),
    ("POST", "/api/v1/features/{key}/sign-offs", To(Permission::SignOff)),
    ("GET", "/api/v1/sign-offs/{id}", To(Permission::Read)),
    ("GET", "/api/v1/rollbacks", To(Permission::Read)),
    ("POST", "/api/v1/rollbacks", To(Permission::Operate)),
    ("GET", "/api/v1/rollbacks/{id}", To(Permission::Read)),
    ("DELETE", "/api/v1/rollbacks/{id}", To(Permission::Operate)),
    ("GET", "/api/v1/alerts", To(Permission::Read)),
    ("GET", "/api/v1/alerts/{id}", To(Permission::Read)),
    ("GET", "/api/v1/silences", To(Permission::Read)),
    ("POST", "/api/v1/silences", To(Permission::Operate)),
    ("DELETE", "/api/v1/silences/{id}", To(Permission::Operate)),
    ("GET", "/api/v1/notification-targets", To(Permission::Read)),
    ("POST", "/api/v1/notification-targets", To(Permission::Administer)),
    ("PATCH", "/api/v1/notification-targets/{id}", To(Permission::Administer)),
    ("DELETE", "/api/v1/notification-targets/{id}", To(Permission::Administer)),
    ("POST", "/api/v1/notification-targets/{id}/test", To(Permission::Administer)),
    ("GET", "/api/v1/notifications", To(Permission::Read)),
    ("POST", "/api/v1/notifications/{id}/retry", To(Permission::Operate)),
    ("POST", "/api/v1/notifications/{id}/drop", To(Permission::Operate)),
    ("GET", "/api/v1/audit", To(Permission::Read)),
    ("POST", "/api/v1/files", To(Permission::Ingest)),
    ("GET", "/api/v1/files", To(Permission::Read)),
    ("GET", "/api/v1/files/tasks", To(Permission::Read)),
    ("GET", "/api/v1/files/backfill", To(Permission::Read)),
    ("POST", "/api/v1/files/backfill", To(Permission::Operate)),
    ("GET", "/api/v1/files/consistency", To(Permission::Read)),
    ("POST", "/api/v1/files/consistency/checks", To(Permission::Operate)),
    ("POST", "/api/v1/files/consistency/findings/{id}/repair", To(Permission::Operate)),
    ("GET", "/api/v1/files/{id}", To(Permission::Read)),
    ("DELETE", "/api/v1/files/{id}", To(Permission::Operate)),
    ("GET", "/api/v1/files/{id}/content", To(Permission::Read)),
    ("GET", "/api/v1/openapi.json", To(Permission::Read)),
    ("POST", "/api/v1/observations", To(Permission::Ingest)),
    ("POST", "/api/v1/comparisons", To(Permission::Ingest)),
    ("POST", "/v1/metrics", To(Permission::Ingest)),
    ("GET", "/api/v1/events", To(Permission::Read)),
    ("POST", "/ofrep/v1/evaluate/flags/{key}", Token(Permission::Evaluate)),
    ("POST", "/ofrep/v1/evaluate/flags", Token(Permission::Evaluate)),
    ("GET", "/ofrep/v1/events", Token(Permission::Evaluate)),
];

/// Every server function.
const SERVER_FUNCTIONS: [(&str, &str, Needs); 66] = [
    ("GET", "/panel/door", Nothing),
    ("POST", "/panel/log-in", Nothing),
    ("POST", "/panel/log-out", Nothing),
    ("POST", "/panel/set-up", Nothing),
    ("GET", "/panel/session", Person(Permission::Read)),
    ("POST", "/panel/change-password", Person(Permission::Read)),
    ("GET", "/panel/overview", To(Permission::Read)),
    ("GET", "/panel/feature", To(Permission::Read)),
    ("POST", "/panel/create-migration", To(Permission::Operate)),
    ("POST", "/panel/create-feature", To(Permission::Operate)),
    ("GET", "/panel/gate", To(Permission::Read)),
    ("GET", "/panel/frozen-gate", To(Permission::Read)),
    ("GET", "/panel/migrations", To(Permission::Read)),
    ("GET", "/panel/sign-off-seen", To(Permission::Read)),
    ("POST", "/panel/sign-off", To(Permission::SignOff)),
    ("POST", "/panel/advance", To(Permission::Operate)),
    ("POST", "/panel/set-percentage", To(Permission::Operate)),
    ("POST", "/panel/set-feature-enabled", To(Permission::Operate)),
    ("POST", "/panel/restart-stage", To(Permission::Operate)),
    ("GET", "/panel/migration", To(Permission::Read)),
    ("POST", "/panel/set-migration", To(Permission::Operate)),
    ("GET", "/panel/rollbacks", To(Permission::Read)),
    ("POST", "/panel/roll-back-feature", To(Permission::Operate)),
    ("POST", "/panel/roll-back-gradually", To(Permission::Operate)),
    ("POST", "/panel/emergency-rollback", To(Permission::Operate)),
    ("POST", "/panel/cancel-rollback", To(Permission::Operate)),
    ("GET", "/panel/alerts", To(Permission::Read)),
    ("GET", "/panel/alert", To(Permission::Read)),
    ("POST", "/panel/begin-silence", To(Permission::Operate)),
    ("POST", "/panel/end-silence", To(Permission::Operate)),
    ("GET", "/panel/audit", To(Permission::Read)),
    ("GET", "/panel/policy", To(Permission::Read)),
    ("POST", "/panel/save-policy", To(Permission::Operate)),
    ("GET", "/panel/comparison-rules", To(Permission::Read)),
    ("POST", "/panel/save-comparison-rules", To(Permission::Operate)),
    ("GET", "/panel/discrepancies", To(Permission::Read)),
    ("POST", "/panel/ignore-field", To(Permission::Operate)),
    ("GET", "/panel/queue", To(Permission::Read)),
    ("GET", "/panel/files", To(Permission::Read)),
    ("GET", "/panel/file", To(Permission::Read)),
    ("POST", "/panel/delete-file", To(Permission::Operate)),
    ("POST", "/panel/retry-files", To(Permission::Operate)),
    ("POST", "/panel/begin-backfill", To(Permission::Operate)),
    ("GET", "/panel/consistency", To(Permission::Read)),
    ("POST", "/panel/check-files", To(Permission::Operate)),
    ("POST", "/panel/repair-finding", To(Permission::Operate)),
    ("GET", "/panel/notifications", To(Permission::Read)),
    ("POST", "/panel/create-target", Person(Permission::Administer)),
    ("POST", "/panel/change-target", Person(Permission::Administer)),
    ("POST", "/panel/remove-target", Person(Permission::Administer)),
    ("POST", "/panel/test-target", Person(Permission::Administer)),
    ("POST", "/panel/send-again", To(Permission::Operate)),
    ("POST", "/panel/drop-notification", To(Permission::Operate)),
    ("GET", "/panel/runbook", To(Permission::Read)),
    ("POST", "/panel/import-runbook", To(Permission::Operate)),
    ("POST", "/panel/tick", To(Permission::Operate)),
    ("GET", "/panel/system", To(Permission::Read)),
    ("GET", "/panel/schema", To(Permission::Read)),
    ("GET", "/panel/tokens", Person(Permission::Read)),
    ("POST", "/panel/create-token", Person(Permission::Read)),
    ("POST", "/panel/revoke-token", Person(Permission::Read)),
    ("GET", "/panel/users", Person(Permission::Administer)),
    ("POST", "/panel/create-user", Person(Permission::Administer)),
    ("POST", "/panel/set-role", Person(Permission::Administer)),
    ("POST", "/panel/set-enabled", Person(Permission::Administer)),
    ("POST", "/panel/reset-password", Person(Permission::Administer)),
];

/// Pages that are for everybody; every other needs to be signed in.
const OPEN_PAGES: [&str; 2] = ["/login", "/set-up"];

/// Pages that need more than to be seen.
const PAGES: [(&str, Needs); 3] = [
    ("/account", Person(Permission::Read)),
    ("/tokens", Person(Permission::Read)),
    ("/users", Person(Permission::Administer)),
];

/// Everyone who may ask.
struct Everyone {
    app: TestApp,
    tokens: Vec<(Scope, Visitor)>,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    WrongToken,
    /// A wrong token is not helped by a good session beside it.
    WrongTokenOfAdmin,
    Token(Scope),
    Role(Role),
}

impl Who {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::Nobody, Self::WrongToken, Self::WrongTokenOfAdmin];
        all.extend(Scope::ALL.map(Self::Token));
        all.extend(Role::ALL.map(Self::Role));
        all
    }

    /// The status that refuses them, if they are to be refused.
    fn refusal(self, needs: Needs) -> Option<u16> {
        let permission = match needs {
            Nothing => return None,
            To(permission) | Person(permission) | Token(permission) => permission,
        };
        let may = match self {
            Self::Nobody | Self::WrongToken | Self::WrongTokenOfAdmin => return Some(401),
            Self::Token(scope) => scope.permission() == permission && matches!(needs, To(_) | Token(_)),
            Self::Role(_) if matches!(needs, Token(_)) => return Some(401),
            Self::Role(role) => role.may(permission),
        };
        (!may).then_some(403)
    }
}

impl Everyone {
    async fn gathered() -> Self {
        let app = TestApp::with_features().await;
        for role in Role::ALL {
            app.create_user(role.as_str(), role).await;
        }
        let mut tokens = Vec::new();
        for scope in Scope::ALL {
            tokens.push((scope, app.with_token(scope.as_str()).await));
        }
        Self { app, tokens }
    }

    /// Sends a request of `who`, signed in anew, since a request may sign out.
    async fn ask(&self, who: Who, method: &str, path: &str) -> Answer {
        let visitor = match who {
            Who::Nobody => self.app.anonymous(),
            Who::WrongToken => self.app.anonymous().with(header::AUTHORIZATION, "Bearer cf_wrong"),
            Who::WrongTokenOfAdmin => self.app.signed_in("admin").await.with(header::AUTHORIZATION, "Bearer cf_wrong"),
            Who::Token(scope) => self.tokens.iter().find(|(it, _)| *it == scope).unwrap().1.clone(),
            Who::Role(role) => self.app.signed_in(role.as_str()).await,
        };
        let path = path.replace("{slug}", "files").replace("{key}", "kimi").replace("{feature}", "kimi");
        let uri = path.replace("{file}", "requests.svg");
        let content_type =
            if uri.starts_with("/panel") { "application/x-www-form-urlencoded" } else { "application/json" };
        let body = if uri.starts_with("/panel") { "" } else { "{}" };
        let request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, content_type);
        visitor.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn check(&self, table: &[(&str, &str, Needs)]) {
        for (method, path, needs) in table {
            for who in Who::all() {
                let answer = self.ask(who, method, path).await;
                let status = answer.status.as_u16();
                let refused = matches!(status, 401 | 403).then_some(status);
                // Signing in without a password is refused to everybody alike.
                if *path != "/panel/log-in" {
                    assert_eq!(refused, who.refusal(*needs), "{method} {path} asked by {who:?}: {answer:?}");
                }
                if refused.is_some() && !path.starts_with("/panel") {
                    let detail = match needs {
                        Token(_) => answer.json(status)["errorDetails"].take(),
                        // OTLP has a form of its own.
                        To(_) if *path == "/v1/metrics" => answer.json(status)["message"].take(),
                        Nothing | To(_) | Person(_) => answer.problem(status)["detail"].take(),
                    };
                    let detail = detail.as_str().unwrap();
                    match (needs, status) {
                        (To(permission) | Token(permission), 403) => {
                            assert!(detail.ends_with(permission.as_str()), "{detail}");
                        }
                        _ => assert_eq!(answer.header("www-authenticate"), "Bearer"),
                    }
                }
            }
        }
    }
}

/// `found`, which the program has, and `table` name the same.
fn check_complete(found: impl Iterator<Item = (Method, String)>, table: &[(&str, &str, Needs)]) {
    let mut found: Vec<(String, String)> = found.map(|(method, path)| (path, method.to_string())).collect();
    let mut known: Vec<(String, String)> =
        table.iter().map(|(method, path, _)| ((*path).to_owned(), (*method).to_owned())).collect();
    found.sort();
    known.sort();
    assert_eq!(found, known, "the table of who may what is to name everything there is, and nothing else");
}

#[tokio::test]
async fn every_route_is_for_those_who_may_and_nobody_else() {
    check_complete(routes::all().into_iter().map(|route| (route.method, route.path.to_owned())), &ROUTES);
    Everyone::gathered().await.check(&ROUTES).await;
}

#[tokio::test]
async fn every_server_function_is_for_those_who_may_and_nobody_else() {
    let everyone = Everyone::gathered().await;
    let registered = leptos::server_fn::axum::server_fn_paths();
    check_complete(registered.map(|(path, method)| (method, path.to_owned())), &SERVER_FUNCTIONS);
    everyone.check(&SERVER_FUNCTIONS).await;
}

#[tokio::test]
async fn every_page_leads_to_sign_in_first_and_programs_are_told() {
    let everyone = Everyone::gathered().await;
    let pages: Vec<&str> = page_routes::addresses().collect();
    assert!(pages.len() > 15);
    for page in pages {
        let path = page.replace(":key", "{key}").replace(":slug", "{slug}").replace(":id", "1");
        if OPEN_PAGES.contains(&path.as_str()) {
            assert_eq!(everyone.ask(Who::Nobody, "GET", &path).await.status, 200, "{path}");
            continue;
        }
        let nobody = everyone.ask(Who::Nobody, "GET", &path).await;
        assert_eq!(nobody.status, 303, "{path}");
        assert!(nobody.header("location").starts_with("/login"), "{path}: {}", nobody.header("location"));
        for who in Who::all().into_iter().skip(1) {
            let answer = everyone.ask(who, "GET", &path).await;
            let status = answer.status.as_u16();
            let refused = matches!(status, 303 | 401 | 403).then_some(status);
            let needs = PAGES.iter().find(|(page, _)| *page == path).map_or(To(Permission::Read), |(_, needs)| *needs);
            assert_eq!(refused, who.refusal(needs), "{path} asked by {who:?}");
        }
    }
}

#[tokio::test]
async fn the_way_to_sign_in_remembers_where_one_was_going() {
    let app = TestApp::empty().await;
    for (uri, expected) in [
        ("/", "/login"),
        ("/features/kimi?range=1h", "/login?next=/features/kimi%3Frange%3D1h"),
        ("/features/kimi?range=%2F%2Fevil", "/login?next=/features/kimi%3Frange%3D%252F%252Fevil"),
    ] {
        let answer = app.anonymous().get(uri).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, expected), "{uri}");
    }
}

#[tokio::test]
async fn who_is_signed_in_is_led_on_from_where_one_signs_in() {
    let app = TestApp::empty().await;
    let viewer = app.as_role(Role::Viewer).await;
    for (uri, expected) in [
        ("/login", "/"),
        ("/login?next=/features/kimi%3Frange%3D1h", "/features/kimi?range=1h"),
        ("/login?next=//evil.example", "/"),
        ("/login?next=/%5Cevil.example", "/"),
        ("/login?next=https://evil.example", "/"),
    ] {
        let answer = viewer.get(uri).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, expected), "{uri}");
    }
}

#[tokio::test]
async fn only_an_admin_gets_past_a_gate_that_has_not_passed() {
    let everyone = Everyone::gathered().await;
    let fields = [("key", "kimi"), ("reason", "it must go on"), ("override_gate", "true")];
    for (who, refused) in [
        (everyone.app.signed_in("viewer").await, true),
        (everyone.app.signed_in("engineer").await, true),
        (everyone.app.signed_in("manager").await, true),
        (everyone.tokens.iter().find(|(scope, _)| *scope == Scope::Operate).unwrap().1.clone(), true),
        (everyone.app.signed_in("admin").await, false),
    ] {
        let answer = who.post_form("/panel/advance", &fields).await;
        assert_eq!(answer.status == 403, refused, "{answer:?}");
    }
}
