//! A body → the batch in it. One bad item never loses its neighbours; a body that is no JSON is refused whole.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Context, SoFar, Wire};
use crate::server::store::{Batch, Digest, Identified, Item, Rejection};

/// The most items in one batch.
pub const MAX_ITEMS: usize = 10_000;

/// What a body is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON value, or lines of them if it looks so.
    Json,
    /// One JSON value a line.
    Ndjson,
}

/// Why a body was refused whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("the body must be one object, an array of objects, or lines of objects")]
    NotItems,
    #[error("a batch has at most {MAX_ITEMS} items")]
    TooMany,
}

/// The items of `body`, each parsed or with what is wrong with it.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8], format: Format) -> Result<Vec<Result<T, String>>, BodyError> {
    let items = match (body.iter().find(|byte| !byte.is_ascii_whitespace()), format) {
        (None, _) => return Err(BodyError::Empty),
        (Some(b'['), Format::Json) => array(body)?,
        (Some(b'{'), Format::Json) => object_or_lines(body)?,
        (Some(_), Format::Ndjson) => lines(body),
        (Some(_), Format::Json) => {
            serde_json::from_slice::<&RawValue>(body).map_err(BodyError::NotJson)?;
            return Err(BodyError::NotItems);
        }
    };
    if items.len() > MAX_ITEMS { Err(BodyError::TooMany) } else { Ok(items) }
}

fn array<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<Result<T, String>>, BodyError> {
    // Nearly every batch is all right: only one that is not is looked at item by item. As text, since checking that all
    // of it is UTF-8 costs much less than checking each string in it.
    if let Ok(text) = std::str::from_utf8(body)
        && let Ok(items) = serde_json::from_str::<Vec<T>>(text)
    {
        return Ok(items.into_iter().map(Ok).collect());
    }
    let items: Vec<&RawValue> = serde_json::from_slice(body).map_err(BodyError::NotJson)?;
    Ok(items.into_iter().map(|item| item_of(item.get().as_bytes())).collect())
}

fn object_or_lines<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<Result<T, String>>, BodyError> {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(item) => Ok(vec![item_of(item.get().as_bytes())]),
        Err(error) => {
            let first = body.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
            let is_whole = first.is_some_and(|line| serde_json::from_slice::<&RawValue>(line).is_ok());
            if is_whole { Ok(lines(body)) } else { Err(BodyError::NotJson(error)) }
        }
    }
}

fn lines<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Vec<Result<T, String>> {
    body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).map(item_of).collect()
}

fn item_of<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

/// Checks parsed items and puts them into a batch.
pub fn batch<T: Wire>(items: Vec<Result<T, String>>, context: &Context) -> Batch {
    let mut batch = Batch::default();
    let mut so_far = SoFar::default();
    for (index, item) in items.into_iter().enumerate() {
        match item.and_then(|item| Ok((item.digest()?, item.check(context, &mut so_far)?))) {
            Ok((digest, item)) => add(&mut batch, digest, item),
            Err(detail) => {
                batch.rejected.push(Rejection { index: u32::try_from(index).unwrap_or(u32::MAX), detail });
            }
        }
    }
    batch
}

fn add(batch: &mut Batch, digest: Option<Digest>, item: Item) {
    if let Some(digest) = digest {
        batch.identified.push(Identified { digest, item });
    } else {
        item.fold_into(&mut batch.folded);
        batch.folded_count += 1;
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Thing {
        a: u8,
    }

    fn check(body: &str, format: Format, expected: &[Result<u8, &str>]) {
        let items = parse::<Thing>(body.as_bytes(), format).unwrap();
        assert_eq!(items.len(), expected.len(), "{body}");
        for (item, expected) in items.iter().zip(expected) {
            match (item, expected) {
                (Ok(thing), Ok(a)) => assert_eq!(thing.a, *a, "{body}"),
                (Err(detail), Err(part)) => assert!(detail.contains(part), "{body}: {detail}"),
                _ => panic!("{body}: {item:?} where {expected:?} was expected"),
            }
        }
    }

    #[test]
    fn one_object_an_array_and_lines_are_taken_and_a_bad_item_loses_no_neighbour() {
        use Format::{Json, Ndjson};
        check(r#"{"a":1}"#, Json, &[Ok(1)]);
        check("{\n  \"a\": 1\n}", Json, &[Ok(1)]);
        check(r#"[{"a":1},{"a":2}]"#, Json, &[Ok(1), Ok(2)]);
        check("[]", Json, &[]);
        check(
            r#"[{"a":1},{"a":-2},{"b":3},4]"#,
            Json,
            &[Ok(1), Err("-2"), Err("missing field `a`"), Err("invalid type")],
        );
        check("{\"a\":1}\n\n{\"a\":2}\r\n", Json, &[Ok(1), Ok(2)]);
        check("{\"a\":1}\n{\"a\":NaN}\n{\"a\":3}", Ndjson, &[Ok(1), Err("expected value"), Ok(3)]);
        check("{\"a\":1}\n{\"a\":", Ndjson, &[Ok(1), Err("EOF")]);
    }

    #[test]
    fn a_body_that_is_no_json_is_refused_whole() {
        for (body, expected) in [
            ("", "empty"),
            (" \n ", "empty"),
            ("hello", "not JSON"),
            (r#"[{"a":1},{"a":2}"#, "not JSON"),
            (r#"{"a":1"#, "not JSON"),
            (r#"[{"a":NaN}]"#, "not JSON"),
            ("42", "one object"),
        ] {
            let error = parse::<Thing>(body.as_bytes(), Format::Json).unwrap_err().to_string();
            assert!(error.contains(expected), "{body:?}: {error}");
        }
    }

    #[test]
    fn a_batch_has_a_limited_number_of_items() {
        let body = format!("[{}]", vec![r#"{"a":1}"#; MAX_ITEMS + 1].join(","));
        assert!(matches!(parse::<Thing>(body.as_bytes(), Format::Json), Err(BodyError::TooMany)));
    }
}
