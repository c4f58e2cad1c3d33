//! Latencies through the whole program: what an import of known numbers becomes in the API.

use serde_json::json;

use crate::run::{Desk, line, points};

const COUNT: usize = 282;

/// Latencies as services have them, always the same: log-normal with a median of about 900 ms.
fn latencies() -> Vec<f64> {
    let mut state: u64 = 20_260_105;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
    };
    // The sum of twelve even numbers is nearly normal.
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    (0..COUNT).map(|_| (900.0 * (0.5 * normal()).exp() * 1_000.0).round() / 1_000.0).collect()
}

#[test]
fn quantiles_of_what_was_imported_are_within_one_per_cent_of_the_nearest_rank() {
    let latencies = latencies();
    let text: String = latencies
        .iter()
        .enumerate()
        .map(|(index, latency)| {
            let outcome = if index % 70 == 1 { "caller_error" } else { "ok" };
            line(&json!({"at": "2025-09-06T23:21:03.320Z", "latency_ms": latency, "outcome": outcome}))
        })
        .collect();
    let desk = Desk::new();
    assert!(desk.take_in(text, &["--shift-to-now"]).starts_with("282 accepted, 0 duplicates, 0 rejected\n"));
    let server = desk.server();
    let points = points(server.address, "kimi");
    let [point] = points.as_slice() else { panic!("all happened at once: {points:?}") };
    let legacy = &point["legacy"];
    let counts = ["requests", "ok", "errors", "caller_errors"].map(|name| legacy[name].as_u64().unwrap());
    assert_eq!((counts, &legacy["error_rate"]), ([282, 277, 0, 5], &json!(0.0)));

    let mut sorted = latencies.clone();
    sorted.sort_by(f64::total_cmp);
    let is_near = |name: &str, exact: f64, tolerance: f64| {
        let measured = legacy[name].as_f64().unwrap();
        assert!((measured / exact - 1.0).abs() <= tolerance, "{name}: {measured} for {exact}");
    };
    // Nearest ranks of 282: half of them, 267.9 and 279.2 rounded up.
    for (name, rank) in [("p50_ms", 141), ("p95_ms", 268), ("p99_ms", 280)] {
        is_near(name, sorted[rank - 1], 0.01);
    }
    is_near("mean_ms", latencies.iter().sum::<f64>() / 282.0, 1e-9);
}
