//! Elements of two lists matched whatever their order, under a migration's rules. Always in the same way, and the same
//! however the lists are shuffled.
//!
//! Each element gets a key: its value as text without what is ignored, members by name, lists without order sorted, and
//! numbers and times that a tolerance is about left out. Elements match when their keys are equal and what was left out
//! is within the tolerances. Among elements of one key the matching goes up in the order of what was left out; with one
//! such number that matches as many as can be matched, with several it may match fewer.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::comparison_rules::{ComparisonRules, Tolerance};
use super::field_path::Step;

/// The most lists within lists that are looked at whatever their order: keeps what comparing costs near the size of what is
/// compared. In lists further in, order counts and is not told by itself.
pub const MAX_NESTED_LISTS: usize = 8;

/// Whether the list at `steps` may be looked at whatever its order.
pub fn may_be_sorted(steps: &[Step<'_>]) -> bool {
    steps.iter().filter(|step| **step == Step::Element).count() < MAX_NESTED_LISTS
}

/// A number as text: the same for numbers that are equal as numbers. Whole numbers are taken exactly.
pub fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            let is_whole = float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0;
            #[expect(clippy::cast_possible_truncation, reason = "whole, and floats hold such numbers exactly")]
            if is_whole { (float as i64).to_string() } else { format!("{float:e}") }
        }
        _ => number.to_string(),
    }
}

/// An element with its key.
#[derive(Clone, Debug)]
pub struct Keyed<'a> {
    value: &'a Value,
    key: String,
    /// What was left out of the key, in its order.
    loose: Vec<(f64, Tolerance)>,
}

/// Those for which nothing was found on the other side, in the order of their keys.
#[derive(Debug)]
pub struct Unmatched<'a> {
    pub legacy: Vec<&'a Value>,
    pub candidate: Vec<&'a Value>,
}

impl<'a> Keyed<'a> {
    /// The key of `value`, which lies at `steps`.
    pub fn new<'s>(value: &'a Value, steps: &mut Vec<Step<'s>>, rules: &ComparisonRules) -> Self
    where
        'a: 's,
    {
        let mut writer = Writer { rules, steps, key: String::new(), loose: Vec::new() };
        writer.value(value);
        Self { value, key: writer.key, loose: writer.loose }
    }

    /// Whether both are the same under the rules.
    pub fn is_same(&self, other: &Self) -> bool {
        let within = |((one, by), (other, _)): (&(f64, Tolerance), &(f64, Tolerance))| by.allows(*one, *other);
        self.key == other.key
            && self.loose.len() == other.loose.len()
            && self.loose.iter().zip(&other.loose).all(within)
    }

    fn order(&self, other: &Self) -> Ordering {
        by_key_and_loose((&self.key, &self.loose), (&other.key, &other.loose))
    }
}

/// Matches the elements of both sides; what is left over is given back.
pub fn unmatched<'a>(mut legacy: Vec<Keyed<'a>>, mut candidate: Vec<Keyed<'a>>) -> Unmatched<'a> {
    legacy.sort_by(Keyed::order);
    candidate.sort_by(Keyed::order);
    let mut left = Unmatched { legacy: Vec::new(), candidate: Vec::new() };
    let (mut legacy, mut candidate) = (legacy.iter().peekable(), candidate.iter().peekable());
    loop {
        match (legacy.peek(), candidate.peek()) {
            (Some(one), Some(other)) if one.is_same(other) => {
                legacy.next();
                candidate.next();
            }
            (Some(one), Some(other)) if one.order(other) == Ordering::Greater => {
                left.candidate.push(other.value);
                candidate.next();
            }
            (Some(one), _) => {
                left.legacy.push(one.value);
                legacy.next();
            }
            (None, Some(other)) => {
                left.candidate.push(other.value);
                candidate.next();
            }
            (None, None) => return left,
        }
    }
}

type Loose = Vec<(f64, Tolerance)>;

fn by_key_and_loose((key, loose): (&str, &Loose), (other_key, other_loose): (&str, &Loose)) -> Ordering {
    let loose = || {
        let pairs = loose.iter().zip(other_loose).map(|((one, _), (other, _))| one.total_cmp(other));
        pairs.fold(Ordering::Equal, Ordering::then).then(loose.len().cmp(&other_loose.len()))
    };
    key.cmp(other_key).then_with(loose)
}

struct Writer<'w, 's, 'r> {
    rules: &'r ComparisonRules,
    steps: &'w mut Vec<Step<'s>>,
    key: String,
    loose: Loose,
}

impl<'s> Writer<'_, 's, '_> {
    fn value<'a: 's>(&mut self, value: &'a Value) {
        if self.rules.ignores(self.steps) {
            self.key.push('~');
            return;
        }
        match value {
            Value::Object(members) => {
                let mut members: Vec<(&'a String, &'a Value)> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                self.key.push('{');
                for (name, value) in members {
                    self.member(name, value);
                }
                self.key.push('}');
            }
            Value::Array(elements) => self.list(elements),
            Value::Number(_) | Value::String(_) => {
                let tolerances = self.rules.tolerances(self.steps);
                let measured = tolerances.iter().find_map(|by| Some((by.measure(value)?, **by)));
                match (measured, value) {
                    (Some(measured), _) => {
                        self.key.push_str(if value.is_number() { "~number" } else { "~time" });
                        self.loose.push(measured);
                    }
                    (None, Value::Number(number)) => self.key.push_str(&number_text(number)),
                    (None, _) => {
                        let _ = write!(self.key, "{value}");
                    }
                }
            }
            Value::Null | Value::Bool(_) => {
                let _ = write!(self.key, "{value}");
            }
        }
    }

    /// A member that is ignored is as good as not there.
    fn member<'a: 's>(&mut self, name: &'a str, value: &'a Value) {
        self.steps.push(Step::Member(name.into()));
        if !self.rules.ignores(self.steps) {
            let _ = write!(self.key, "{}:", Value::from(name));
            self.value(value);
            self.key.push(',');
        }
        self.steps.pop();
    }

    fn list<'a: 's>(&mut self, elements: &'a [Value]) {
        let is_unordered = may_be_sorted(self.steps) && self.rules.is_unordered(self.steps);
        self.steps.push(Step::Element);
        self.key.push('[');
        if is_unordered {
            let mut keyed: Vec<Keyed<'a>> =
                elements.iter().map(|element| Keyed::new(element, self.steps, self.rules)).collect();
            keyed.sort_by(Keyed::order);
            for element in keyed {
                self.key.push_str(&element.key);
                self.key.push(',');
                self.loose.extend(element.loose);
            }
        } else {
            for element in elements {
                self.value(element);
                self.key.push(',');
            }
        }
        self.key.push(']');
        self.steps.pop();
    }
}
