//! Items that are rejected by their index, while their neighbours are taken in.

use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, lines, observation};

/// Sends `bad` as raw JSON between two good items, as an array and as lines; only its rejection names it.
async fn check(uri: &str, good: &Value, bad: &str, part: &str) {
    let app = TestApp::with_features().await;
    for body in [format!("[{good},{bad},{good}]"), format!("{good}\n{bad}\n{good}\n")] {
        let answer = app.post_with(uri, &[], body).await.json(202);
        assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(2), &json!(0)), "{bad}: {answer}");
        let [rejected] = answer["rejected"].as_array().unwrap().as_slice() else { panic!("{bad}: {answer}") };
        let detail = rejected["detail"].as_str().unwrap();
        assert_eq!(rejected["index"], 1, "{bad}");
        assert!(detail.contains(part), "{bad}: {detail:?} where {part:?} was expected");
    }
    let counted = if uri == OBSERVATIONS { Counted::legacy(4) } else { Counted::comparisons(4) };
    assert_eq!(app.counted("kimi").await, counted, "{bad}");
}

/// `whole` without one member.
fn without(mut whole: Value, name: &str) -> String {
    whole.as_object_mut().unwrap().remove(name);
    whole.to_string()
}

#[tokio::test]
async fn a_bad_observation_is_rejected_with_what_is_wrong_with_it() {
    let good = observation(&json!({}));
    for (changes, part) in [
        (json!({"feature": "nothing"}), "unknown feature \"nothing\""),
        (json!({"feature": "Kimi"}), "unknown feature \"Kimi\""),
        (json!({"feature": null}), "invalid type: null"),
        (json!({"latency_ms": -0.001}), "latency_ms must be a number from 0 to 86400000 (a day)"),
        (json!({"latency_ms": 86_400_000.1}), "latency_ms must be a number from 0 to 86400000 (a day)"),
        (json!({"latency_ms": "12"}), "invalid type: string"),
        (json!({"latency_ms": null}), "invalid type: null"),
        (json!({"at": "2026-01-05T10:35:30.001Z"}), "at lies more than 5 minutes in the future"),
        (json!({"at": "9999-12-31T23:59:59Z"}), "at lies more than 5 minutes in the future"),
        (json!({"at": "+262142-12-31T23:59:59Z"}), "at lies more than 5 minutes in the future"),
        (json!({"at": "2025-01-05T10:30:29.999Z"}), "at lies more than 30 days in the past"),
        (json!({"at": "0001-01-01T00:00:00Z"}), "at lies more than 30 days in the past"),
        (json!({"at": "yesterday"}), "invalid characters"),
        (json!({"at": 1_767_609_000}), "invalid type: integer"),
        (json!({"path": "unified"}), "unknown variant `unified`, expected `legacy` or `candidate`"),
        (json!({"path": "Legacy"}), "unknown variant `Legacy`"),
        (json!({"outcome": "success"}), "unknown variant `success`, expected one of `ok`, `error`, `caller_error`"),
        (json!({"fallback": true}), "fallback must not be true on the legacy path"),
        (json!({"fallback": "yes"}), "invalid type: string"),
        (json!({"origin": "robot"}), "unknown variant `robot`, expected one of `caller`, `driver`, `injected`"),
        (json!({"operation": ""}), "operation must not be empty"),
        (json!({"operation": " "}), "operation must not be empty"),
        (json!({"operation": "ü".repeat(65)}), "operation must have at most 64 characters"),
        (json!({"operation": "a\nb"}), "operation must not contain control characters"),
        (json!({"unit": ""}), "unit must not be empty"),
        (json!({"unit": "u".repeat(257)}), "unit must have at most 256 bytes"),
        (json!({"unit": 7}), "invalid type: integer"),
        (json!({"error_kind": ""}), "error_kind must not be empty"),
        (json!({"error_kind": "k".repeat(65)}), "error_kind must have at most 64 characters"),
        (json!({"id": ""}), "id must not be empty"),
        (json!({"id": "i".repeat(201)}), "id must have at most 200 bytes"),
        (json!({"id": 7}), "invalid type: integer"),
    ] {
        check(OBSERVATIONS, &good, &observation(&changes).to_string(), part).await;
    }
    for name in ["feature", "operation", "path", "outcome", "latency_ms"] {
        check(OBSERVATIONS, &good, &without(observation(&json!({})), name), &format!("missing field `{name}`")).await;
    }
    for (bad, part) in [
        (good.to_string().replace("100.0", "1e999"), "number out of range"),
        (good.to_string().replace("100.0", "-0.1e-9"), "latency_ms must be a number from 0"),
        (good.to_string().replace('}', r#","feature":"kimi"}"#), "duplicate field `feature`"),
        ("7".to_owned(), "invalid type: integer `7`, expected an observation"),
        ("[]".to_owned(), "expected an observation"),
        ("null".to_owned(), "invalid type: null"),
        (r#""kimi""#.to_owned(), "invalid type: string"),
    ] {
        check(OBSERVATIONS, &good, &bad, part).await;
    }
}

#[tokio::test]
async fn a_bad_comparison_is_rejected_with_what_is_wrong_with_it() {
    let good = comparison(&json!({}));
    let differences = json!([{"field": "$.size", "kind": "value"}]);
    for (changes, part) in [
        (json!({"feature": "nothing"}), "unknown feature \"nothing\""),
        (json!({"at": "2026-01-05T10:36:00Z"}), "at lies more than 5 minutes in the future"),
        (json!({"at": "2024-01-05T10:36:00Z"}), "at lies more than 30 days in the past"),
        (json!({"operation": ""}), "operation must not be empty"),
        (json!({"id": ""}), "id must not be empty"),
        (json!({"legacy": null}), "must have both legacy and candidate, or a verdict"),
        (json!({"candidate": null}), "must have both legacy and candidate, or a verdict"),
        (json!({"legacy": {}}), "missing field `outcome`"),
        (json!({"candidate": {"outcome": "fine"}}), "unknown variant `fine`"),
        (json!({"legacy": {"outcome": "ok", "latency_ms": -1}}), "legacy: latency_ms must be a number from 0"),
        (json!({"candidate": {"outcome": "ok", "latency_ms": 1e9}}), "candidate: latency_ms must be a number from 0"),
        (json!({"verdict": "same"}), "unknown variant `same`"),
        (json!({"verdict": "match", "differences": differences}), "differences go with the verdict \"mismatch\" only"),
        (json!({"verdict": "mismatch", "differences": [{"field": "", "kind": "value"}]}), "must name its field"),
        (json!({"verdict": "mismatch", "differences": [{"field": "$", "kind": "other"}]}), "unknown variant `other`"),
        (json!({"verdict": "mismatch", "differences": [{"kind": "value"}]}), "missing field `field`"),
    ] {
        check(COMPARISONS, &good, &comparison(&changes).to_string(), part).await;
    }
    check(COMPARISONS, &good, &observation(&json!({})).to_string(), "must have both").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = comparison(&json!({"candidate": {"outcome": "ok", "result": 7}})).to_string();
    check(COMPARISONS, &good, &bad.replace("\"result\":7", &format!("\"result\":{deep}")), "recursion limit").await;
}

#[tokio::test]
async fn a_deep_value_that_nobody_reads_is_no_danger() {
    let app = TestApp::with_features().await;
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let body = observation(&json!({"extra": 7})).to_string().replace('7', &deep);
    assert_eq!(app.post_with(OBSERVATIONS, &[], body).await.json(202)["accepted"], 1);
}

#[tokio::test]
async fn a_number_that_is_none_is_rejected_where_every_item_has_its_line() {
    let app = TestApp::with_features().await;
    for number in ["NaN", "Infinity", "-Infinity", "0x10", ".5", "1_000"] {
        let items = json!([observation(&json!({})), observation(&json!({"latency_ms": 7})), observation(&json!({}))]);
        let body = lines(&items).replace("\"latency_ms\":7", &format!("\"latency_ms\":{number}"));
        let answer = app.post_with(OBSERVATIONS, &[("content-type", "application/x-ndjson")], body).await.json(202);
        assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(2), &json!(1)), "{number}");
    }
}

#[tokio::test]
async fn rejections_name_every_bad_item_and_blank_lines_do_not_count() {
    let app = TestApp::with_features().await;
    let (good, bad) = (observation(&json!({})), observation(&json!({"feature": "x"})));
    let body = format!("\n{bad}\n\n{good}\n \n{bad}\n{{\n");
    let answer = app.post_with(OBSERVATIONS, &[("content-type", "application/x-ndjson")], body).await.json(202);
    insta::assert_json_snapshot!(answer, @r#"
    {
      "accepted": 1,
      "duplicates": 0,
      "rejected": [
        {
          "detail": "unknown feature \"x\"",
          "index": 0
        },
        {
          "detail": "unknown feature \"x\"",
          "index": 2
        },
        {
          "detail": "EOF while parsing an object at line 1 column 1",
          "index": 3
        }
      ]
    }
    "#);
}
