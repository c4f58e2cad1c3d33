//! Which fields a rule is about: `$.files[].etag`, `$.meta.**`. Not what is done with them: see
//! [`super::comparison_rules`].

use std::fmt;

use super::field_path::Step;

/// A pattern of field paths. `.name` is a member, `["any name"]` one whose name is not plain, `.*` a member whatever its
/// name, `[]` an element of a list, `.**` any number of steps, none among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPattern {
    text: String,
    parts: Vec<Part>,
}

/// Why a pattern was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("must begin with $, the whole result: $.files[].etag")]
    NoRoot,
    #[error("must have at most {} characters", FieldPattern::MAX_CHARS)]
    TooLong,
    #[error("has a step without a name; a member is .name or [\"name\"]")]
    NoName,
    #[error("has a bracket that is not closed or holds no name; an element of a list is []")]
    Bracket,
    #[error("names a position; rules are for every element of a list: []")]
    Position,
    #[error("mixes * with a name; a step is * or ** or a whole name")]
    Star,
    #[error("must not have ** twice in a row")]
    TwiceAnyDepth,
}

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Member(String),
    AnyMember,
    Element,
    /// An element at a position, which only paths name.
    Position,
    AnyDepth,
}

impl FieldPattern {
    /// The most characters that a pattern has.
    pub const MAX_CHARS: usize = 200;

    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARS {
            return Err(PatternError::TooLong);
        }
        let parts = parts(text)?;
        if parts.contains(&Part::Position) {
            return Err(PatternError::Position);
        }
        if parts.windows(2).any(|two| two == [Part::AnyDepth, Part::AnyDepth]) {
            return Err(PatternError::TwiceAnyDepth);
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Whether it is about just this field.
    pub fn matches(&self, steps: &[Step<'_>]) -> bool {
        matches(&self.parts, steps)
    }

    /// Whether it is about this field or one that this field lies in.
    pub fn covers(&self, steps: &[Step<'_>]) -> bool {
        (0..=steps.len()).any(|length| self.matches(&steps[..length]))
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FieldPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Goes back to the last `**` only, so the time is bounded by the product of both lengths.
fn matches(parts: &[Part], steps: &[Step<'_>]) -> bool {
    let (mut part, mut step) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (parts.get(part), steps.get(step)) {
            (Some(Part::AnyDepth), _) => {
                retry = Some((part + 1, step));
                part += 1;
                continue;
            }
            (None, None) => return true,
            (Some(of), Some(at)) if is_step(of, at) => {
                (part, step) = (part + 1, step + 1);
                continue;
            }
            (Some(_) | None, _) => {}
        }
        match retry {
            Some((after, from)) if from < steps.len() => {
                retry = Some((after, from + 1));
                (part, step) = (after, from + 1);
            }
            Some(_) | None => return false,
        }
    }
}

fn is_step(part: &Part, step: &Step<'_>) -> bool {
    match (part, step) {
        (Part::Member(name), Step::Member(at)) => name == at,
        (Part::AnyMember, Step::Member(_)) | (Part::Element, Step::Element) => true,
        (Part::Member(_) | Part::AnyMember, Step::Element)
        | (Part::Element, Step::Member(_))
        | (Part::Position | Part::AnyDepth, _) => false,
    }
}

/// The steps of a path or pattern as it is written.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, PatternError> {
    let mut rest = text.strip_prefix('$').ok_or(PatternError::NoRoot)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, after) = next(rest)?;
        parts.push(part);
        rest = after;
    }
    Ok(parts)
}

fn next(rest: &str) -> Result<(Part, &str), PatternError> {
    if let Some(rest) = rest.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let part = match name {
            "" => return Err(PatternError::NoName),
            "*" => Part::AnyMember,
            "**" => Part::AnyDepth,
            name if name.contains('*') => return Err(PatternError::Star),
            name if name.contains([']', '"']) => return Err(PatternError::Bracket),
            name => Part::Member(name.to_owned()),
        };
        return Ok((part, after));
    }
    let rest = rest.strip_prefix('[').ok_or(PatternError::NoName)?;
    if rest.starts_with('"') {
        let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let name = names.next().and_then(Result::ok).ok_or(PatternError::Bracket)?;
        let after = rest.get(names.byte_offset()..).and_then(|after| after.strip_prefix(']'));
        return after.map(|after| (Part::Member(name), after)).ok_or(PatternError::Bracket);
    }
    let (inside, after) = rest.split_once(']').ok_or(PatternError::Bracket)?;
    match inside {
        "" => Ok((Part::Element, after)),
        "*" => Err(PatternError::Position),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok((Part::Position, after)),
        _ => Err(PatternError::Bracket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field_path::FieldPath;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let pattern = FieldPattern::parse(pattern).unwrap();
        let steps = |path: &str| FieldPath::new(path).steps().unwrap();
        for path in matching {
            assert!(pattern.matches(&steps(path)), "{pattern} and {path}");
        }
        for path in others {
            assert!(!pattern.matches(&steps(path)), "{pattern} and {path}");
        }
    }

    #[test]
    fn a_pattern_names_members_elements_and_any_of_them() {
        check("$", &["$"], &["$.a", "$[]"]);
        check(
            "$.files[].etag",
            &["$.files[].etag"],
            &["$.files.etag", "$.files[]", "$.files[].etag.x", "$.files[][].etag"],
        );
        check("$.*.size", &["$.a.size", "$.b.size"], &["$.size", "$[].size", "$.a.b.size"]);
        check("$.meta.**", &["$.meta", "$.meta.a", "$.meta.a[].b"], &["$", "$.metadata"]);
        check("$.**.etag", &["$.etag", "$.a.etag", "$.a[].b.etag"], &["$.etags", "$.etag.a"]);
        check("$.**.a.**.b", &["$.a.b", "$.a.a.x.b", "$.x.a.b.b"], &["$.b.a", "$.a", "$.b"]);
        check(r#"$["a.b"].c"#, &[r#"$["a.b"].c"#], &["$.a.b.c"]);
        check("$.**", &["$", "$.a", "$[][]"], &[]);
    }

    #[test]
    fn a_pattern_covers_what_lies_below_it() {
        let pattern = FieldPattern::parse("$.*.secret").unwrap();
        for (path, expected) in [("$.a.secret", true), ("$.a.secret.b[]", true), ("$.a", false), ("$.secret", false)] {
            assert_eq!(pattern.covers(&FieldPath::new(path).steps().unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_why() {
        for (text, expected) in [
            ("", PatternError::NoRoot),
            ("files", PatternError::NoRoot),
            ("$files", PatternError::NoName),
            ("$.", PatternError::NoName),
            ("$..a", PatternError::NoName),
            ("$.a[", PatternError::Bracket),
            ("$.a[b]", PatternError::Bracket),
            ("$.a]", PatternError::Bracket),
            ("$[\"a\"", PatternError::Bracket),
            ("$[\"a", PatternError::Bracket),
            ("$.a[0]", PatternError::Position),
            ("$.a[*]", PatternError::Position),
            ("$.a*", PatternError::Star),
            ("$.***", PatternError::Star),
            ("$.**.**", PatternError::TwiceAnyDepth),
        ] {
            assert_eq!(FieldPattern::parse(text), Err(expected), "{text}");
        }
        assert_eq!(FieldPattern::parse(&format!("$.{}", "a".repeat(200))), Err(PatternError::TooLong));
    }
}
