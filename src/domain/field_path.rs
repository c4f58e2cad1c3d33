//! Where in a JSON-like result: `$.files[].size`. Not which fields a rule is about: see [`super::field_pattern`].

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::field_pattern::{Part, parts};

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// To the member of this name.
    Member(Cow<'a, str>),
    /// To an element of a list, whichever.
    Element,
}

/// Where in a result: `$.files[].size`. Positions in a list are not part of it, so that like differences count together.
/// A member whose name is not plain is quoted, as `$["content-type"]` need not be and `$["a.b"]` must.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldPath(String);

impl FieldPath {
    /// The most characters kept of a path; a longer one is cut and ends in `…`.
    pub const MAX_CHARS: usize = 200;

    /// A path as somebody wrote it, cut to the most characters kept.
    pub fn new(text: &str) -> Self {
        if text.chars().count() <= Self::MAX_CHARS {
            return Self(text.to_owned());
        }
        let mut cut: String = text.chars().take(Self::MAX_CHARS - 1).collect();
        cut.push('…');
        Self(cut)
    }

    /// The path that these steps lead along from the root.
    pub fn of(steps: &[Step<'_>]) -> Self {
        let mut text = "$".to_owned();
        for step in steps {
            match step {
                Step::Member(name) => push_member(&mut text, name),
                Step::Element => text.push_str("[]"),
            }
        }
        Self::new(&text)
    }

    /// The steps that lead there. `None` when it cannot be told: it was cut, or is no path of this form. The root's `$`
    /// may be left out, and a position in a list counts as any element.
    pub fn steps(&self) -> Option<Vec<Step<'static>>> {
        if self.0.ends_with('…') {
            return None;
        }
        let text =
            if self.0.starts_with('$') { Cow::Borrowed(self.0.as_str()) } else { Cow::Owned(format!("$.{}", self.0)) };
        let steps = parts(&text).ok()?.into_iter().map(|part| match part {
            Part::Member(name) => Some(Step::Member(Cow::Owned(name))),
            Part::Element | Part::Position => Some(Step::Element),
            Part::AnyMember | Part::AnyDepth => None,
        });
        steps.collect()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Appends the step to the member called `name`.
pub(super) fn push_member(text: &mut String, name: &str) {
    let is_special =
        |char: char| matches!(char, '.' | '[' | ']' | '"' | '*') || char.is_whitespace() || char.is_control();
    if name.is_empty() || name.contains(is_special) {
        text.push('[');
        text.push_str(&serde_json::Value::from(name).to_string());
        text.push(']');
    } else {
        text.push('.');
        text.push_str(name);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(name: &str) -> Step<'static> {
        Step::Member(Cow::Owned(name.to_owned()))
    }

    #[test]
    fn a_path_is_written_as_it_is_read() {
        for (steps, expected) in [
            (vec![], "$"),
            (vec![member("files"), Step::Element, member("size")], "$.files[].size"),
            (vec![member("content-type"), member("größe")], "$.content-type.größe"),
            (vec![member("a.b"), member(""), member("*"), member("x y")], r#"$["a.b"][""]["*"]["x y"]"#),
            (vec![member("say \"so\""), Step::Element, Step::Element], r#"$["say \"so\""][][]"#),
        ] {
            let path = FieldPath::of(&steps);
            assert_eq!(path.as_str(), expected);
            assert_eq!(path.steps(), Some(steps));
        }
    }

    #[test]
    fn a_path_of_another_form_is_read_where_it_can_be() {
        for (text, expected) in [
            ("size", Some("$.size")),
            ("files[0].size", Some("$.files[].size")),
            ("/files/0/size", Some("$./files/0/size")),
            ("$.files[", None),
            ("$.*", None),
            ("$..a", None),
            ("", None),
        ] {
            let steps = FieldPath::new(text).steps();
            assert_eq!(steps.map(|steps| FieldPath::of(&steps).0).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_long_path_is_cut_and_leads_nowhere() {
        let path = FieldPath::new(&"ü".repeat(500));
        assert_eq!(path.as_str().chars().count(), FieldPath::MAX_CHARS);
        assert!(path.as_str().ends_with('…'));
        assert_eq!(path.steps(), None);
    }

    proptest! {
        #[test]
        fn whatever_members_are_called_their_path_leads_to_them(names in proptest::collection::vec(".{0,6}", 0..5)) {
            let steps: Vec<Step<'_>> = names.iter().map(|name| member(name)).collect();
            prop_assert_eq!(FieldPath::of(&steps).steps(), Some(steps).filter(|_| !names.iter().any(|it| it.ends_with('…'))));
        }
    }
}
