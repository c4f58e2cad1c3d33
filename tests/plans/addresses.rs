//! Every page and every document, in the ways in which it is asked for.

use std::collections::BTreeSet;

use axum::http::Method;
use crossfade::app::App;
use crossfade::plain::PlainApp;
use crossfade::server::http::routes;

/// A route, and addresses of it. `{feature}` and the like stand for what is in the database.
type Asked = (&'static str, &'static [&'static str]);

/// Pages.
const PAGES: [Asked; 30] = [
    ("/", &["/"]),
    (
        "/features/{key}",
        &[
            "/features/{feature}",
            "/features/{feature}?range=1h",
            "/features/{feature}?range=30d",
            "/features/{feature}?range=24h&operation=upload",
            "/features/{feature}?range=custom&from={year_ago}T00:00&to={today}T00:00",
        ],
    ),
    ("/login", NOTHING),
    ("/set-up", NOTHING),
    ("/account", &["/account"]),
    ("/users", &["/users"]),
    ("/tokens", &["/tokens"]),
    ("/system", &["/system"]),
    ("/system/schema", NOTHING),
    ("/sign-offs", &["/sign-offs"]),
    ("/rollback", &["/rollback"]),
    ("/rollbacks", &["/rollbacks"]),
    ("/notifications", &["/notifications"]),
    ("/alerts", &["/alerts", "/alerts?before={alert}"]),
    ("/alerts/{id}", &["/alerts/{alert}"]),
    (
        "/files",
        &[
            "/files",
            "/files?feature={feature}",
            "/files?side=not_candidate",
            "/files?feature={feature}&side=not_legacy",
            "/files?side=candidate",
            "/files?before={file}",
        ],
    ),
    (
        "/files/consistency",
        &[
            "/files/consistency",
            "/files/consistency?state=closed",
            "/files/consistency?feature={feature}",
            "/files/consistency?kind=no_object",
        ],
    ),
    ("/files/{id}", &["/files/{file}"]),
    (
        "/audit",
        &[
            "/audit",
            "/audit?feature={feature}",
            "/audit?migration={slug}",
            "/audit?actor=user:grace",
            "/audit?action=policy",
            "/audit?action=feature.advanced",
            "/audit?from={year_ago}&to={year_ago}",
            "/audit?before=500",
        ],
    ),
    ("/features/{key}/gate", &["/features/{feature}/gate"]),
    ("/features/{key}/evidence/{id}", &["/features/{feature}/evidence/{change}"]),
    (
        "/features/{key}/discrepancies",
        &["/features/{feature}/discrepancies", "/features/{feature}/discrepancies?days=30"],
    ),
    ("/features/{key}/change", &["/features/{feature}/change"]),
    ("/features/{key}/roll-back", &["/features/{feature}/roll-back"]),
    ("/migrations/new", &["/migrations/new"]),
    ("/features/new", &["/features/new"]),
    ("/migrations/{slug}", &["/migrations/{slug}"]),
    ("/migrations/{slug}/policy", &["/migrations/{slug}/policy"]),
    ("/migrations/{slug}/runbook", &["/migrations/{slug}/runbook"]),
    ("/migrations/{slug}/comparison-rules", &["/migrations/{slug}/comparison-rules"]),
];

/// Whoever asks is led on, or nothing is read; what compares the schema with the migrations is not for a glance.
const NOTHING: &[&str] = &[];

/// Documents.
const DOCUMENTS: [Asked; 38] = [
    ("/healthz", &["/healthz"]),
    ("/readyz", &["/readyz"]),
    ("/metrics", &["/metrics"]),
    ("/monitoring/hybrid-status", &["/monitoring/hybrid-status?migration={slug}"]),
    ("/charts/{feature}/{file}", &["/charts/{feature}/latency-p95.svg?range=30d", "/charts/{feature}/rollout.svg"]),
    ("/api/v1/migrations", &["/api/v1/migrations"]),
    ("/api/v1/migrations/{slug}", &["/api/v1/migrations/{slug}"]),
    ("/api/v1/migrations/{slug}/policy", &["/api/v1/migrations/{slug}/policy"]),
    ("/api/v1/migrations/{slug}/policies", &["/api/v1/migrations/{slug}/policies"]),
    ("/api/v1/migrations/{slug}/comparison-rules", &["/api/v1/migrations/{slug}/comparison-rules"]),
    ("/api/v1/migrations/{slug}/runbook", &["/api/v1/migrations/{slug}/runbook"]),
    ("/api/v1/features", &["/api/v1/features"]),
    ("/api/v1/features/{key}", &["/api/v1/features/{feature}"]),
    (
        "/api/v1/features/{key}/history",
        &["/api/v1/features/{feature}/history", "/api/v1/features/{feature}/history?before=100"],
    ),
    ("/api/v1/features/{key}/gate", &["/api/v1/features/{feature}/gate"]),
    ("/api/v1/features/{key}/evidence.zip", &["/api/v1/features/{feature}/evidence.zip"]),
    ("/api/v1/features/{key}/hand-over.md", &["/api/v1/features/{feature}/hand-over.md"]),
    ("/api/v1/features/{key}/sign-offs", &["/api/v1/features/{feature}/sign-offs"]),
    ("/api/v1/sign-offs/{id}", &["/api/v1/sign-offs/{sign_off}"]),
    ("/api/v1/features/{key}/metrics", &["/api/v1/features/{feature}/metrics?step=86400&from={year_ago}T00:00:00Z"]),
    ("/api/v1/features/{key}/discrepancies", &["/api/v1/features/{feature}/discrepancies"]),
    ("/api/v1/rollbacks", &["/api/v1/rollbacks"]),
    ("/api/v1/rollbacks/{id}", &["/api/v1/rollbacks/{rollback}"]),
    ("/api/v1/notification-targets", &["/api/v1/notification-targets"]),
    ("/api/v1/notifications", &["/api/v1/notifications", "/api/v1/notifications?state=dead"]),
    (
        "/api/v1/alerts",
        &[
            "/api/v1/alerts",
            "/api/v1/alerts?state=firing",
            "/api/v1/alerts?state=resolved",
            "/api/v1/alerts?migration={slug}",
            "/api/v1/alerts?feature={feature}",
            "/api/v1/alerts?before={alert}",
        ],
    ),
    ("/api/v1/alerts/{id}", &["/api/v1/alerts/{alert}"]),
    ("/api/v1/silences", &["/api/v1/silences"]),
    ("/api/v1/audit", &["/api/v1/audit?limit=10"]),
    ("/api/v1/events", NOTHING),
    ("/api/v1/files", &["/api/v1/files", "/api/v1/files?feature={feature}"]),
    ("/api/v1/files/tasks", &["/api/v1/files/tasks", "/api/v1/files/tasks?feature={feature}"]),
    ("/api/v1/files/backfill", &["/api/v1/files/backfill"]),
    ("/api/v1/files/consistency", &["/api/v1/files/consistency"]),
    ("/api/v1/files/{id}", &["/api/v1/files/{file}"]),
    ("/api/v1/files/{id}/content", NOTHING),
    ("/api/v1/openapi.json", &["/api/v1/openapi.json"]),
    ("/ofrep/v1/events", NOTHING),
];

/// All of them, with `names` filled in.
pub fn all(names: &[(&str, String)]) -> Vec<String> {
    let addresses = PAGES.iter().chain(&DOCUMENTS).flat_map(|(_, addresses)| addresses.iter());
    let fill = |address: &&str| {
        let fill = |filled: String, (name, value): &(&str, String)| filled.replace(&format!("{{{name}}}"), value);
        names.iter().fold((*address).to_owned(), fill)
    };
    addresses.map(fill).collect()
}

#[tokio::test]
async fn every_page_and_every_document_is_asked_for() {
    let mut pages = leptos_axum::generate_route_list(App);
    pages.extend(leptos_axum::generate_route_list(PlainApp));
    let found: BTreeSet<String> = pages.iter().map(|page| page.path().to_owned()).collect();
    assert_eq!(found, PAGES.iter().map(|(route, _)| (*route).to_owned()).collect());
    let documents = routes::all().into_iter().filter(|route| route.method == Method::GET);
    let found: BTreeSet<&str> = documents.map(|route| route.path).collect();
    assert_eq!(found, DOCUMENTS.iter().map(|(route, _)| *route).collect());
}
