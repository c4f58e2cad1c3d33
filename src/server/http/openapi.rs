//! The OpenAPI 3.1 document, generated from the handlers, and a page to browse it that needs nothing from outside.

use axum::{Json, Router};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::ofrep::Failure;
use super::problem::Problem;
use super::{
    alerts, audit, catalog, charts, comparison_rules, discrepancies, events, evidence, files, gate, hand_over, health,
    ingest, metrics, notifications, ofrep, otlp, policies, prometheus, rollbacks, rollout, runbook, status,
};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::access::cookie;
use crate::server::state::AppState;
use crate::views::notice::Letter;

/// Where the document is.
pub const DOCUMENT: &str = "/api/v1/openapi.json";

/// Where it can be browsed.
pub const PAGE: &str = "/api/docs";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Crossfade",
        description = "Moves live traffic from a legacy implementation to its replacement, with proof at every step. \
                       Programs send a bearer token; which scope a route needs is told when it is missing. \
                       Errors are RFC 9457 problem documents."
    ),
    paths(
        health::healthz,
        health::readyz,
        status::hybrid_status,
        prometheus::metrics,
        charts::chart,
        catalog::migrations,
        catalog::create_migration,
        catalog::migration,
        catalog::set_migration,
        policies::policy,
        policies::save_policy,
        policies::policies,
        comparison_rules::rules,
        comparison_rules::save_rules,
        runbook::runbook,
        runbook::import,
        runbook::tick,
        catalog::features,
        catalog::create_feature,
        catalog::feature,
        rollout::set_enabled,
        rollout::set_percentage,
        rollout::advance,
        rollout::restart_stage,
        rollout::history,
        gate::gate,
        gate::sign_offs,
        gate::give_sign_off,
        gate::sign_off_seen,
        evidence::pack,
        hand_over::markdown,
        metrics::metrics,
        discrepancies::discrepancies,
        rollbacks::rollbacks,
        rollbacks::roll_back,
        rollbacks::rollback,
        rollbacks::cancel,
        notifications::targets,
        notifications::create,
        notifications::change,
        notifications::remove,
        notifications::test,
        notifications::notifications,
        notifications::retry,
        notifications::drop_it,
        alerts::alerts,
        alerts::alert,
        alerts::silences,
        alerts::begin_silence,
        alerts::end_silence,
        audit::audit,
        events::live,
        files::upload::upload,
        files::files,
        files::tasks,
        files::backfill::backfills,
        files::backfill::begin,
        files::consistency::consistency,
        files::consistency::check,
        files::consistency::repair,
        files::file,
        files::delete,
        files::download::content,
        ingest::observations,
        ingest::comparisons,
        otlp::metrics,
        ofrep::evaluate,
        ofrep::evaluate_all,
        ofrep::stream::events,
        openapi,
    ),
    components(schemas(Problem, Failure, Letter)),
    tags(
        (name = "migrations", description = "Replacement projects: switches and shadow setting"),
        (name = "features", description = "Things being moved, and what they did"),
        (name = "rollout", description = "Moving a feature, and its history"),
        (name = "gate", description = "What a feature must show, and sign-offs"),
        (name = "policies", description = "Stages, criteria and prerequisites, by version"),
        (name = "comparisons", description = "How results are compared, and what differed"),
        (name = "rollbacks", description = "Taking traffic back, with proof of effect"),
        (name = "notifications", description = "Who is told of alerts, and what could not be told; a webhook is sent a `Letter`"),
        (name = "alerts", description = "What is watched, what fires, and silences"),
        (name = "audit", description = "Who did what: a hash-chained record"),
        (name = "files", description = "The file service: files on both sides of a migration"),
        (name = "ingest", description = "Observations and comparisons"),
        (name = "ofrep", description = "The OpenFeature Remote Evaluation Protocol: which path to take"),
        (name = "monitoring", description = "The state of the program and of a migration"),
    ),
    modifiers(&Security, &Problems),
)]
struct ApiDoc;

/// The document.
pub fn document() -> Document {
    ApiDoc::openapi()
}

/// The document as it is served.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "monitoring",
    responses((status = 200, description = "This document", body = Object)),
)]
pub async fn openapi(_: Allowed<Read>) -> Json<Document> {
    Json(document())
}

/// The page, with its scripts and styles.
pub(super) fn page() -> Router<AppState> {
    SwaggerUi::new(PAGE).config(Config::new([DOCUMENT]).try_it_out_enabled(true)).into()
}

/// How one shows who one is.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A token")).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let session = ApiKey::Cookie(ApiKeyValue::with_description(cookie::SESSION, "A session of the panel"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
        let either =
            ["token", "session"].map(|name| utoipa::openapi::SecurityRequirement::new::<_, [&str; 0], &str>(name, []));
        document.security = Some(either.into());
    }
}

/// Every operation may answer with a problem, or in the other form that its protocol has for that.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
        let problem = ResponseBuilder::new()
            .description("A problem: what is wrong, with every refusal or faulty field")
            .content("application/problem+json", problem)
            .build();
        let failure = Content::new(Some(RefOr::Ref(Ref::from_schema_name("OfrepFailure"))));
        let failure =
            ResponseBuilder::new().description("Why there is no value").content("application/json", failure).build();
        for (path, item) in &mut document.paths.paths {
            let response = if path.starts_with("/ofrep/") { &failure } else { &problem };
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            for operation in operations.into_iter().flatten() {
                operation.responses.responses.insert("default".to_owned(), RefOr::T(response.clone()));
            }
        }
    }
}
