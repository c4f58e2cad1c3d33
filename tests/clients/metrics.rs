//! The stock OpenTelemetry SDK for Python, whose histograms and counters become observations.

use serde_json::{Value, json};

use crate::started::{Started, python};

/// The sum of a count over all points of `kimi` and an operation.
fn sum(started: &Started, operation: &str, pointer: &str) -> u64 {
    let series = started.get(&format!("/api/v1/features/kimi/metrics?operation={operation}"));
    series["points"].as_array().unwrap().iter().filter_map(|point| point.pointer(pointer).and_then(Value::as_u64)).sum()
}

fn check(temporality: &str) {
    let started = Started::at_half();
    for run in 1..=2 {
        let told = started.run(python("tests/clients/metrics.py").arg(temporality));
        assert_eq!(told, json!({"flushed": vec![true; 6]}));
        for (operation, pointer, expected) in [
            ("http.server.request.duration", "/legacy/requests", 33),
            ("http.server.request.duration", "/legacy/errors", 3),
            ("fine", "/candidate/requests", 33),
            ("counted", "/candidate/requests", 6),
            ("counted", "/candidate/errors", 0),
            ("other", "/candidate/requests", 0),
        ] {
            assert_eq!(
                sum(&started, operation, pointer),
                expected * run,
                "{temporality} {operation} {pointer}, run {run}"
            );
        }
    }
    started.stop();
}

#[test]
fn deltas_of_an_opentelemetry_sdk_are_counted() {
    check("delta");
}

#[test]
fn cumulative_counts_of_an_opentelemetry_sdk_are_counted_once() {
    check("cumulative");
}
