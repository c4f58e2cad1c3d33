//! The rules' document, their lines, and what they say of a field.

use serde_json::json;

use super::*;
use crate::domain::field_path::FieldPath;

fn all() -> Value {
    json!({
        "ignore": ["$.files[].etag", "$.meta.**"],
        "tolerance": [
            {"field": "$.duration", "absolute": 0.5},
            {"field": "$.score", "relative": 0.01},
            {"field": "$[\"created at\"]", "milliseconds": 250.0},
        ],
        "unordered": ["$.files"],
        "redact": ["$.user.email"],
    })
}

#[test]
fn a_document_is_read_and_written_alike() {
    let rules = ComparisonRules::parse(&all()).unwrap();
    assert_eq!(rules.len(), 7);
    assert_eq!(serde_json::to_value(&rules).unwrap(), all());
    assert_eq!(ComparisonRules::parse(&json!({})).unwrap(), ComparisonRules::default());
    assert!(serde_json::from_value::<ComparisonRules>(json!({"ignore": ["etag"]})).is_err());
}

#[test]
fn lines_are_read_and_written_alike() {
    let rules = ComparisonRules::parse(&all()).unwrap();
    insta::assert_snapshot!(rules.to_lines(), @r#"
    ignore $.files[].etag
    ignore $.meta.**
    tolerance $.duration 0.5
    tolerance $.score 1 %
    tolerance $["created at"] 250 ms
    unordered $.files
    redact $.user.email
    "#);
    assert_eq!(ComparisonRules::parse_lines(&rules.to_lines()).unwrap(), rules);
    assert_eq!(ComparisonRules::parse_lines("\r\n  ignore   $.a \r\n\n").unwrap().to_lines(), "ignore $.a\n");
}

#[test]
fn every_fault_of_a_document_is_named() {
    let faults = ComparisonRules::parse(&json!({
        "ignore": ["etag", 5],
        "tolerance": [
            {"field": "$.a"},
            {"field": "$.a", "absolute": 1, "relative": 0.1},
            {"field": "$.a", "absolute": -1},
            {"field": "$.a", "relative": 2},
            {"field": "$.a[0]", "milliseconds": 0},
            3,
        ],
        "unordered": "$.files",
        "forget": [],
    }))
    .unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    /forget: is unknown here; known are ignore, tolerance, unordered, redact
    /ignore/0: must begin with $, the whole result: $.files[].etag
    /ignore/1: must be a text
    /unordered: must be a list
    /tolerance/0: must have one of absolute, relative, milliseconds
    /tolerance/1: must have one of absolute, relative, milliseconds
    /tolerance/2/absolute: must be a number above 0
    /tolerance/3/relative: must be a share above 0 and below 1
    /tolerance/4/field: names a position; rules are for every element of a list: []
    /tolerance/4/milliseconds: must be a number of milliseconds, 1 or more
    /tolerance/5: must be an object
    ");
    let many: Vec<String> = (0..=MAX_RULES).map(|index| format!("$.f{index}")).collect();
    assert_eq!(ComparisonRules::parse(&json!({"ignore": many})).unwrap_err()[0].detail, "must have at most 200 rules");
}

#[test]
fn every_faulty_line_is_named() {
    let text = "ignore $.a\nforget $.a\nignore etag\ntolerance $.a\ntolerance $.a 120 %\ntolerance $.a soon\nredact $.a b\nignore";
    let told: Vec<String> =
        ComparisonRules::parse_lines(text).unwrap_err().iter().map(|fault| fault.detail.clone()).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    line 2: must begin with ignore, tolerance, unordered or redact
    line 3: the field must begin with $, the whole result: $.files[].etag
    line 4: write by how much after the field: 0.5, or 1 %, or 250 ms
    line 5: "120 %" must be a share above 0 and below 1; write by how much after the field: 0.5, or 1 %, or 250 ms
    line 6: "soon" must be a number above 0; write by how much after the field: 0.5, or 1 %, or 250 ms
    line 7: has "b" after the field, where nothing is expected
    line 8: the field must begin with $, the whole result: $.files[].etag
    "#);
}

#[test]
fn a_tolerance_allows_up_to_and_with_its_bound() {
    let (number, time) = (|value: f64| json!(value), |text: &str| json!(text));
    for (by, one, other, expected) in [
        (Tolerance::Absolute(0.1), number(0.3), number(0.2), true),
        (Tolerance::Absolute(0.1), number(0.3), number(0.19), false),
        (Tolerance::Relative(0.01), number(100.0), number(99.0), true),
        (Tolerance::Relative(0.01), number(100.0), number(98.9), false),
        (Tolerance::Relative(0.01), number(-1.0), number(1.0), false),
        (Tolerance::Milliseconds(250.0), time("2026-01-05T10:00:00Z"), time("2026-01-05T11:00:00.250+01:00"), true),
        (Tolerance::Milliseconds(250.0), time("2026-01-05T10:00:00Z"), time("2026-01-05T10:00:00.251Z"), false),
        (Tolerance::Milliseconds(250.0), number(1.0), number(1.0), false),
        (Tolerance::Absolute(5.0), time("a"), time("a"), false),
    ] {
        assert_eq!(by.allows_values(&one, &other), expected, "{by:?}: {one} and {other}");
    }
}

#[test]
fn a_field_is_redacted_by_rule_or_by_its_name_from_the_outermost_on() {
    let rules = ComparisonRules::parse(&all()).unwrap();
    for (path, expected) in [
        ("$.user", None),
        ("$.user.email", Some(2)),
        ("$.user.email.domain", Some(2)),
        ("$.headers.Set-Cookie", Some(2)),
        ("$.tokens[].kind", Some(1)),
        ("$.size", None),
    ] {
        let steps = FieldPath::new(path).steps().unwrap();
        assert_eq!(rules.redacted_at(&steps), expected, "{path}");
    }
}
