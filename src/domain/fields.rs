//! Reading a JSON object field by field, so that every fault is found and has its JSON pointer. Not for large documents:
//! it looks each field up.

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::domain::field_error::FieldError;

/// The pointer of the field `name` in what `pointer` points at (RFC 6901).
pub fn below(pointer: &str, name: impl Display) -> String {
    format!("{pointer}/{}", name.to_string().replace('~', "~0").replace('/', "~1"))
}

/// An object that is being read. Faults are noted, and what is asked for is `None` then.
pub struct Fields<'a, 'e> {
    object: &'a Map<String, Value>,
    pointer: &'e str,
    errors: &'e mut Vec<FieldError>,
}

impl<'a, 'e> Fields<'a, 'e> {
    /// Starts reading; notes when `value` is no object.
    pub fn of(value: &'a Value, pointer: &'e str, errors: &'e mut Vec<FieldError>) -> Option<Self> {
        let Some(object) = value.as_object() else {
            errors.push(FieldError::new(pointer, "must be an object"));
            return None;
        };
        Some(Self { object, pointer, errors })
    }

    /// Notes all fields but these.
    pub fn only(&mut self, known: &[&str]) {
        for name in self.object.keys().filter(|name| !known.contains(&name.as_str())) {
            let detail = format!("is unknown here; known are {}", known.join(", "));
            self.errors.push(FieldError::new(below(self.pointer, name), detail));
        }
    }

    /// The value of a field; `null` counts as absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Notes a fault of the field `name`.
    pub fn fault(&mut self, name: &str, detail: impl ToString) {
        self.errors.push(FieldError::new(below(self.pointer, name), detail));
    }

    /// The fault of a field that had to be there.
    pub fn required(&mut self, name: &str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            self.fault(name, "is missing");
        }
        value
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        let text = self.required(name)?.as_str();
        if text.is_none() {
            self.fault(name, "must be a text");
        }
        text
    }

    /// A number.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let number = self.required(name)?.as_f64();
        if number.is_none() {
            self.fault(name, "must be a number");
        }
        number
    }

    /// A whole number, 1 to `most`.
    pub fn count(&mut self, name: &str, most: u64) -> Option<u64> {
        let count = self.required(name)?.as_u64().filter(|count| (1..=most).contains(count));
        if count.is_none() {
            self.fault(name, format!("must be a whole number from 1 to {most}"));
        }
        count
    }

    /// A list; absent counts as empty.
    pub fn list(&mut self, name: &str) -> &'a [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault(name, "must be a list");
                &[]
            }
        }
    }

    /// Where the errors go, and the pointer of the field `name`: for what is read by another reader.
    pub fn nested(&mut self, name: impl Display) -> (String, &mut Vec<FieldError>) {
        (below(self.pointer, name), self.errors)
    }

    /// Takes the value out of `parsed`, or notes its error at the field `name`.
    pub fn parsed<T, E: ToString>(&mut self, name: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.fault(name, error)).ok()
    }
}
