//! `GET /charts/{feature}/{chart}.svg`.

use crossfade::views::chart::ChartKind;
use roxmltree::Document;
use serde_json::json;

use crate::app::TestApp;
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

/// The size of a drawing that must be well-formed.
async fn drawn(app: &TestApp, chart: &str, query: &str) -> (String, String) {
    let answer = app.get(&format!("/charts/kimi/{chart}.svg?{query}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/svg+xml"), "{chart} {query}");
    let document = Document::parse(answer.text()).unwrap();
    let svg = document.root_element();
    assert_eq!((svg.tag_name().name(), svg.tag_name().namespace()), ("svg", Some("http://www.w3.org/2000/svg")));
    let attribute = |name| svg.attribute(name).unwrap().to_owned();
    (attribute("width"), attribute("height"))
}

#[tokio::test]
async fn every_chart_is_a_well_formed_drawing_with_and_without_data() {
    let app = TestApp::with_features().await;
    for round in ["without data", "with data"] {
        for kind in ChartKind::ALL {
            for query in ["", "range=1h", "range=24h", "range=7d", "range=30d", "operation=a%3Cb%3E%26%22"] {
                assert_eq!(drawn(&app, kind.slug(), query).await, ("600".into(), "190".into()), "{round}");
            }
        }
        for minutes in 0..90 {
            let at = app.ago(60 * minutes);
            let path = if minutes % 3 == 0 { "candidate" } else { "legacy" };
            let changes = json!({"at": at, "path": path, "operation": "a<b>&\"", "latency_ms": minutes * minutes});
            app.post(OBSERVATIONS, &observation(&changes)).await.json(202);
        }
        app.post(COMPARISONS, &comparison(&json!({"verdict": "mismatch"}))).await.json(202);
    }
}

#[tokio::test]
async fn a_chart_has_the_size_and_range_asked_for() {
    let app = TestApp::with_features().await;
    for (query, size) in [
        ("width=330&height=190", ("330", "190")),
        ("width=1000", ("1000", "190")),
        ("range=custom&from=2026-01-05T10:00&to=2026-01-05T10:01", ("600", "190")),
        ("range=custom&from=2025-01-05T10:00:00Z&to=2026-01-05T10:00:00Z", ("600", "190")),
        ("range=custom&from=9999-12-31T00:00&to=9999-12-31T23:59", ("600", "190")),
        ("range=custom&from=0001-01-01T00:00&to=0001-01-02T00:00", ("600", "190")),
    ] {
        assert_eq!(drawn(&app, "requests", query).await, (size.0.to_owned(), size.1.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn a_chart_or_feature_that_is_not_there_is_not_found() {
    let app = TestApp::with_features().await;
    for address in ["kimi/nothing.svg", "kimi/requests", "kimi/requests.png", "kimi/.svg", "nothing/requests.svg"] {
        app.get(&format!("/charts/{address}")).await.problem(404);
    }
}

#[tokio::test]
async fn an_invalid_size_range_or_operation_is_named() {
    let app = TestApp::with_features().await;
    for (query, pointer) in [
        ("width=0", "/width"),
        ("width=4000000000", "/width"),
        ("height=0", "/height"),
        ("height=100000", "/height"),
        ("range=8d", "/range"),
        ("range=custom", "/range"),
        ("range=custom&from=2026-01-05T10:00&to=2026-01-05T09:00", "/range"),
        ("range=custom&from=2020-01-05T10:00&to=2026-01-05T09:00", "/range"),
        ("range=custom&from=262142-12-31T10:00&to=262142-12-31T23:59", "/range"),
        ("operation=a%00b", "/operation"),
    ] {
        assert_eq!(app.get(&format!("/charts/kimi/requests.svg?{query}")).await.pointers(), [pointer], "{query}");
    }
    for query in ["width=wide", "width=-1", "height=1e3"] {
        app.get(&format!("/charts/kimi/requests.svg?{query}")).await.problem(400);
    }
}
