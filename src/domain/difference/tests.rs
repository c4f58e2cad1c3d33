//! What differs under which rules, and what must hold for all results and rules.

use proptest::prelude::*;
use serde_json::json;

use super::DifferenceKind::{Extra, Missing, Order, Type, Value as Values};
use super::*;
use crate::domain::example::Sides;

fn check_under(rules: &Value, legacy: &Value, candidate: &Value, expected: &[(&str, DifferenceKind)]) {
    let rules = ComparisonRules::parse(rules).unwrap();
    let found = between(legacy, candidate, &rules);
    let found: Vec<_> = found.iter().map(|it| (it.difference.field.as_str(), it.difference.kind)).collect();
    assert_eq!(found, expected, "{legacy} and {candidate} under {rules:?}");
}

fn check(legacy: &Value, candidate: &Value, expected: &[(&str, DifferenceKind)]) {
    check_under(&json!({}), legacy, candidate, expected);
}

#[test]
fn differences_are_told_by_field_path_and_kind() {
    check(&json!({"a": 1, "b": [1, 2]}), &json!({"b": [1, 2], "a": 1.0}), &[]);
    check(&json!({"size": 10}), &json!({"size": 11}), &[("$.size", Values)]);
    check(&json!({"size": 10}), &json!({"size": "10"}), &[("$.size", Type)]);
    check(&json!({"a": 1}), &json!({"b": 1}), &[("$.a", Missing), ("$.b", Extra)]);
    check(&json!({"a": null}), &json!({}), &[("$.a", Missing)]);
    check(&json!([1, 2, 3]), &json!([1, 2]), &[("$[]", Missing)]);
    check(&json!([{"x": 1}, {"x": 2}]), &json!([{"x": 9}, {"x": 8}]), &[("$[].x", Values)]);
    check(&json!("a"), &json!("b"), &[("$", Values)]);
    check(&json!(true), &json!(false), &[("$", Values)]);
    check(&json!(null), &json!(null), &[]);
    check(&json!({"a.b": 1}), &json!({"a.b": 2}), &[(r#"$["a.b"]"#, Values)]);
}

#[test]
fn whole_numbers_are_compared_exactly() {
    check(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64), &[("$", Values)]);
    check(&json!(u64::MAX), &json!(u64::MAX - 1), &[("$", Values)]);
    check(&json!(-5), &json!(-5.0), &[]);
    check(&json!(0.0), &json!(-0.0), &[]);
    check(&json!(1e300), &json!(1e300), &[]);
    check(&json!(0.1), &json!(0.2), &[("$", Values)]);
}

#[test]
fn a_list_in_another_order_differs_in_its_order_and_nothing_else() {
    check(&json!([1, 2, 3]), &json!([3, 1, 2]), &[("$", Order)]);
    check(&json!({"a": [{"x": [1, 2]}, {"x": [3]}]}), &json!({"a": [{"x": [3]}, {"x": [1, 2]}]}), &[("$.a", Order)]);
    check(&json!([[1, 2], [3, 4]]), &json!([[2, 1], [3, 4]]), &[("$[]", Order)]);
    check(&json!([1, 2, 2]), &json!([2, 1, 1]), &[("$[]", Values)]);
    check(&json!([1, 2]), &json!([2, 1, 3]), &[("$[]", Extra), ("$[]", Values)]);
    // Whether the elements are the same is for the rules to say.
    let ignoring = json!({"ignore": ["$[].at"]});
    let (one, other) = (json!([{"id": 1, "at": 5}, {"id": 2}]), json!([{"id": 2, "at": 6}, {"id": 1}]));
    check_under(&ignoring, &one, &other, &[("$", Order)]);
    check_under(&ignoring, &json!([{"at": 1}, {"at": 2}]), &json!([{"at": 2}, {"at": 1}]), &[]);
}

#[test]
fn what_is_ignored_is_not_looked_into() {
    let rules = json!({"ignore": ["$.files[].etag", "$.meta", "$.*.at"]});
    let legacy = json!({"files": [{"etag": "a", "size": 1}], "meta": {"x": 1}, "a": {"at": 1}, "at": 1});
    let candidate = json!({"files": [{"etag": 5, "size": 2}], "b": {"at": 2}, "a": {}, "at": 2});
    let expected = [("$.at", Values), ("$.b", Extra), ("$.files[].size", Values)];
    check_under(&rules, &legacy, &candidate, &expected);
    check_under(&json!({"ignore": ["$"]}), &json!(1), &json!("a"), &[]);
}

#[test]
fn a_tolerance_is_for_numbers_and_times_at_its_field() {
    let rules = json!({"tolerance": [
        {"field": "$.ms", "absolute": 5},
        {"field": "$.score", "relative": 0.01},
        {"field": "$.at", "milliseconds": 100},
    ]});
    let legacy = json!({"ms": 10, "score": 100, "at": "2026-01-05T10:00:00Z", "other": 1});
    let near = json!({"ms": 15, "score": 99.5, "at": "2026-01-05T10:00:00.1Z", "other": 1.5});
    check_under(&rules, &legacy, &near, &[("$.other", Values)]);
    let far = json!({"ms": 15.1, "score": 98, "at": "2026-01-05T10:00:00.2Z", "other": 1});
    check_under(&rules, &legacy, &far, &[("$.at", Values), ("$.ms", Values), ("$.score", Values)]);
    let unlike = json!({"ms": "10", "score": 100, "at": "yesterday", "other": 1});
    check_under(&rules, &legacy, &unlike, &[("$.at", Values), ("$.ms", Type)]);
}

#[test]
fn lists_without_order_are_compared_as_multisets() {
    let rules = json!({
        "unordered": ["$.tags", "$.files", "$.files[].parts"],
        "tolerance": [{"field": "$.files[].ms", "absolute": 1}],
        "ignore": ["$.files[].etag"],
    });
    let of = |tags: Value, files: Value| json!({"tags": tags, "files": files});
    check_under(&rules, &of(json!([1, 2, 2]), json!([])), &of(json!([2, 1, 2]), json!([])), &[]);
    check_under(&rules, &of(json!([1, 2, 2]), json!([])), &of(json!([2, 1]), json!([])), &[("$.tags[]", Missing)]);
    let files = json!([{"id": 1, "ms": 5, "parts": [1, 2], "etag": 1}, {"id": 1, "ms": 6, "parts": [3]}]);
    let shuffled = json!([{"id": 1, "ms": 7, "parts": [3]}, {"id": 1, "ms": 4.5, "parts": [2, 1], "etag": 2}]);
    check_under(&rules, &of(json!([]), files.clone()), &of(json!([]), shuffled), &[]);
    let changed = json!([{"id": 1, "ms": 9, "parts": [3]}, {"id": 1, "ms": 5, "parts": [2, 1], "etag": 2}]);
    check_under(&rules, &of(json!([]), files), &of(json!([]), changed), &[("$.files[].ms", Values)]);
    // Each finds its partner although the nearest of one is another's.
    let ms = |values: [f64; 2]| json!({"files": values.map(|ms| json!({"ms": ms}))});
    check_under(&rules, &ms([2.0, 1.0]), &ms([2.0, 3.0]), &[]);
}

#[test]
fn of_a_redacted_field_it_is_told_that_it_differs_and_nothing_of_what_is_inside() {
    let rules = json!({"redact": ["$.user"]});
    let legacy = json!({"user": {"ada": 1}, "sessions": {"tokens": {"abc": 1}}});
    let candidate = json!({"user": {"bob": 1}, "sessions": {"tokens": {"def": 1}}});
    check_under(&rules, &legacy, &candidate, &[("$.sessions.tokens", Values), ("$.user", Values)]);
    check_under(&rules, &json!({"user": 1}), &json!({"user": "1"}), &[("$.user", Type)]);
    check_under(&rules, &json!({"user": 1}), &json!({}), &[("$.user", Missing)]);
}

#[test]
fn a_result_with_countless_differences_lists_a_hundred() {
    let many: serde_json::Map<String, Value> = (0..1_000).map(|i| (format!("f{i}"), json!(i))).collect();
    assert_eq!(between(&Value::Object(many), &json!({}), &ComparisonRules::default()).len(), MAX_DIFFERENCES);
}

#[test]
fn a_difference_has_the_two_values_at_its_field() {
    let (legacy, candidate) = (json!({"a": [1, 2], "b": {"c": 1}}), json!({"a": [1, 3], "b": {}}));
    let found = between(&legacy, &candidate, &ComparisonRules::default());
    let values: Vec<_> = found.iter().map(|it| (it.legacy.cloned(), it.candidate.cloned())).collect();
    assert_eq!(values, [(Some(json!(2)), Some(json!(3))), (Some(json!(1)), None)]);
}

#[test]
fn lists_nested_beyond_any_use_are_compared_in_order() {
    let nested = |inner: Value| (0..20).fold(inner, |value, _| json!([value]));
    let (one, other) = (nested(json!([1, 2])), nested(json!([2, 1])));
    let path = format!("${}", "[]".repeat(21));
    check_under(&json!({"unordered": ["$.**"]}), &one, &other, &[(&path, Values)]);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        (-3i64..3).prop_map(|half| json!(half as f64 / 2.0)),
        "[ab]{0,2}".prop_map(Value::from),
        Just(json!("2026-01-05T10:00:00Z")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(prop_oneof!["[abc]", Just("password".to_owned())], inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    let step = prop_oneof![Just(".a"), Just(".b"), Just(".*"), Just("[]"), Just(".**.c"), Just("[].a")];
    let pattern = proptest::collection::vec(step, 0..3).prop_map(|steps| format!("${}", steps.concat()));
    proptest::collection::vec(pattern, 0..3)
}

fn rules() -> impl Strategy<Value = ComparisonRules> {
    (patterns(), patterns(), patterns(), patterns()).prop_map(|(ignore, tolerance, unordered, redact)| {
        let tolerance: Vec<Value> = tolerance.iter().map(|field| json!({"field": field, "absolute": 0.5})).collect();
        let document = json!({"ignore": ignore, "tolerance": tolerance, "unordered": unordered, "redact": redact});
        ComparisonRules::parse(&document).unwrap()
    })
}

/// `value` with every list in another order, by `seed`.
fn shuffled(value: &Value, seed: usize) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(|element| shuffled(element, seed / 2 + 1)).collect();
            let length = elements.len().max(1);
            elements.rotate_left(seed % length);
            if seed % 2 == 1 {
                elements.reverse();
            }
            Value::Array(elements)
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), shuffled(value, seed + 1))).collect())
        }
        other => other.clone(),
    }
}

fn kinds(found: &[Found<'_>]) -> Vec<Difference> {
    found.iter().map(|it| it.difference.clone()).collect()
}

proptest! {
    #[test]
    fn nothing_differs_from_itself_under_any_rules(value in values(), rules in rules()) {
        prop_assert!(between(&value, &value.clone(), &rules).is_empty());
    }

    #[test]
    fn both_sides_see_the_same_fields(one in values(), other in values(), rules in rules()) {
        let mirrored: Vec<Difference> = between(&other, &one, &rules).iter().map(|it| {
            let kind = match it.difference.kind { Missing => Extra, Extra => Missing, same => same };
            Difference { field: it.difference.field.clone(), kind }
        }).collect();
        let mut mirrored = mirrored;
        mirrored.sort();
        prop_assert_eq!(kinds(&between(&one, &other, &rules)), mirrored);
    }

    #[test]
    fn lists_without_order_may_be_shuffled(one in values(), other in values(), rules in rules(), seed in 0usize..50) {
        let unordered = ComparisonRules::parse(&json!({"unordered": ["$.**"]})).unwrap().unordered;
        let rules = ComparisonRules { unordered, ..rules };
        prop_assert!(between(&one, &shuffled(&one, seed), &rules).is_empty());
        prop_assert_eq!(kinds(&between(&one, &other, &rules)), kinds(&between(&one, &shuffled(&other, seed), &rules)));
    }

    #[test]
    fn more_that_is_ignored_is_never_more_that_differs(one in values(), other in values(), pattern in patterns()) {
        let none = ComparisonRules::default();
        let more = ComparisonRules::parse(&json!({"ignore": pattern})).unwrap();
        prop_assert!(between(&one, &other, &none).len() >= between(&one, &other, &more).len()
            || between(&one, &other, &none).iter().any(|it| it.difference.kind == Order));
    }

    #[test]
    fn what_is_redacted_is_in_nothing_that_may_be_kept(
        one in values(), other in values(), secrets in ("[xyz]{12}", "[uvw]{12}"), rules in rules(),
    ) {
        let hidden = |secret: &str| json!({"in": {secret: [secret, {"deep": secret}]}});
        let with = |value: &Value, secret: &str| json!({
            "a": value, "Set-Cookie": secret, "user": hidden(secret),
            "list": [{"api_key": secret}, value, hidden(secret)], "b": {"clientSecret": hidden(secret)},
        });
        let redact = ComparisonRules::parse(&json!({"redact": ["$.user", "$.list[].in"]})).unwrap().redact;
        let rules = ComparisonRules { redact, ..rules };
        let (legacy, candidate) = (with(&one, &secrets.0), with(&other, &secrets.1));
        let kept: Vec<String> = between(&legacy, &candidate, &rules).iter()
            .map(|found| format!("{:?} {:?}", found.difference, Sides::at(found, &rules)))
            .chain([format!("{:?}", Sides::of_results(&legacy, &candidate, &rules))])
            .collect();
        for secret in [&secrets.0, &secrets.1] {
            prop_assert!(!kept.iter().any(|text| text.contains(secret.as_str())), "{secret} in {kept:?}");
        }
    }
}
