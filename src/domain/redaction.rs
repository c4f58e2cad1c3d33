//! A value as text for people, without what is redacted, cut to so many bytes. What is redacted is told by its JSON type
//! and by whether the other side has the same, and by nothing else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::comparison_rules::ComparisonRules;
use super::field_path::Step;

/// A value as indented JSON of at most `most` bytes, ending in `…` when it was cut. `other` is what the other side has in
/// its place, and `steps` lead there.
pub fn excerpt<'a>(
    value: &'a Value,
    other: Option<&'a Value>,
    steps: &[Step<'a>],
    rules: &ComparisonRules,
    most: usize,
) -> String {
    let mut writer = Writer {
        rules,
        steps: steps.to_vec(),
        outside: steps.len(),
        text: String::new(),
        most: most.saturating_sub(CUT.len()),
        is_full: false,
    };
    if rules.redacted_at(steps).is_some() {
        writer.push(&marker(value, other));
    } else {
        writer.value(value, other);
    }
    writer.text
}

/// What stands for a value that is redacted: `{"redacted":"string","same":false}`.
pub fn marker(value: &Value, other: Option<&Value>) -> String {
    let mut text = format!(r#"{{"redacted":"{}""#, json_type(value));
    if let Some(other) = other {
        let _ = write!(text, r#","same":{}"#, value == other);
    }
    text.push('}');
    text
}

/// What a text ends in that was cut.
const CUT: &str = "…";

const fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

struct Writer<'a, 'r> {
    rules: &'r ComparisonRules,
    steps: Vec<Step<'a>>,
    /// How many of the steps lead to what is written.
    outside: usize,
    text: String,
    most: usize,
    is_full: bool,
}

impl<'a> Writer<'a, '_> {
    fn push(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        let left = self.most - self.text.len();
        if text.len() <= left {
            self.text.push_str(text);
            return;
        }
        let end = (0..=left).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        self.text.push_str(&text[..end]);
        self.text.push_str(CUT);
        self.is_full = true;
    }

    fn value(&mut self, value: &'a Value, other: Option<&'a Value>) {
        match value {
            _ if self.is_full => {}
            Value::Object(members) => self.object(members, other.and_then(Value::as_object)),
            Value::Array(elements) => self.array(elements, other.and_then(Value::as_array).map(Vec::as_slice)),
            Value::String(text) => {
                // A text far longer than what is kept is not written out first.
                let end = (0..=text.len().min(self.most)).rev().find(|end| text.is_char_boundary(*end));
                let shown = &text[..end.unwrap_or_default()];
                let quoted = Value::from(shown).to_string();
                if shown.len() == text.len() {
                    self.push(&quoted);
                } else {
                    self.push(&quoted[..quoted.len() - 1]);
                    self.push(CUT);
                    self.is_full = true;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.push(&value.to_string()),
        }
    }

    fn object(&mut self, members: &'a Map<String, Value>, other: Option<&'a Map<String, Value>>) {
        if members.is_empty() {
            return self.push("{}");
        }
        self.push("{");
        for (index, (name, value)) in members.iter().enumerate() {
            if self.is_full {
                return;
            }
            self.push(if index == 0 { "\n" } else { ",\n" });
            self.steps.push(Step::Member(name.into()));
            self.indent();
            self.push(&Value::from(name.as_str()).to_string());
            self.push(": ");
            self.below(value, other.and_then(|other| other.get(name)));
            self.steps.pop();
        }
        self.push("\n");
        self.indent();
        self.push("}");
    }

    fn array(&mut self, elements: &'a [Value], other: Option<&'a [Value]>) {
        if elements.is_empty() {
            return self.push("[]");
        }
        self.push("[");
        for (index, value) in elements.iter().enumerate() {
            if self.is_full {
                return;
            }
            self.push(if index == 0 { "\n" } else { ",\n" });
            self.steps.push(Step::Element);
            self.indent();
            self.below(value, other.and_then(|other| other.get(index)));
            self.steps.pop();
        }
        self.push("\n");
        self.indent();
        self.push("]");
    }

    fn below(&mut self, value: &'a Value, other: Option<&'a Value>) {
        if self.rules.redacts(&self.steps) {
            self.push(&marker(value, other));
        } else {
            self.value(value, other);
        }
    }

    fn indent(&mut self) {
        let depth = (self.steps.len() - self.outside).min(40);
        self.push(&"  ".repeat(depth));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_indented_from_where_it_begins_without_what_is_secret() {
        let value = json!({"a": [1, {"b": []}], "password": "x"});
        let other = json!({"a": 1, "password": "x"});
        let steps = [Step::Member("deep".into()), Step::Element];
        insta::assert_snapshot!(excerpt(&value, Some(&other), &steps, &ComparisonRules::NONE, 1_000), @r#"
        {
          "a": [
            1,
            {
              "b": []
            }
          ],
          "password": {"redacted":"string","same":true}
        }
        "#);
        let secret = [Step::Member("token".into()), Step::Member("inner".into())];
        let shown = excerpt(&value, None, &secret, &ComparisonRules::NONE, 1_000);
        assert_eq!(shown, r#"{"redacted":"object"}"#);
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        for most in 3..60 {
            for value in [json!("ü".repeat(100)), json!({"ü": ["ü", "ü", "ü"]}), json!(vec![1; 50])] {
                let shown = excerpt(&value, None, &[], &ComparisonRules::NONE, most);
                assert!(shown.len() <= most, "{most}: {shown}");
                assert!(shown.ends_with('…') || shown == format!("{value:#}"), "{most}: {shown}");
            }
        }
    }
}
