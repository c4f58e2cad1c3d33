//! Bodies of any bytes: whatever arrives is taken in or refused, what is acknowledged is counted, and nothing breaks.

use proptest::prelude::*;
use serde_json::json;

use crate::app::TestApp;
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, gzip, lines, observation};

/// What JSON and HTTP are made of, and what programs stumble over.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    "\n",
    " ",
    "null",
    "true",
    "NaN",
    "1e999",
    "-1",
    "\\u0000",
    "\\ud800",
    "ü",
    "\u{feff}",
    "\"kimi\"",
    "\"id\":\"a\",",
    "\"feature\":",
    "\"verdict\":\"mismatch\",",
    "{\"a\":{}}",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, usize),
    Remove(usize, usize),
    Byte(usize, u8),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        (any::<usize>(), 0..PIECES.len()).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (any::<usize>(), 1_usize..40).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
    ];
    prop::collection::vec(edit, 0..4)
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len();
        match *edit {
            Edit::Insert(at, piece) => {
                let at = at % (length + 1);
                bytes.splice(at..at, PIECES[piece].bytes());
            }
            Edit::Remove(at, count) => {
                let at = at % (length + 1);
                bytes.drain(at..(at + count).min(length));
            }
            Edit::Byte(at, byte) => {
                if let Some(place) = bytes.get_mut(at % length.max(1)) {
                    *place = byte;
                }
            }
        }
    }
    bytes
}

/// Sends `body` and checks that what was accepted is what is counted.
async fn check(uri: &str, headers: &[(&str, &str)], body: Vec<u8>) {
    let app = TestApp::with_features().await;
    let answer = app.post_with(uri, headers, body).await;
    let accepted = if answer.status == 202 {
        answer.json(202)["accepted"].as_u64().unwrap()
    } else {
        answer.problem(400);
        0
    };
    let counted = app.counted("kimi").await;
    assert_eq!(counted.legacy + counted.candidate + counted.comparisons, accepted, "{answer:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_body_of_any_bytes_is_taken_in_or_refused_and_breaks_nothing(
        edits in edits(), as_comparisons: bool, as_lines: bool, packed in 0..3_u8,
    ) {
        let (uri, item) = if as_comparisons {
            (COMPARISONS, comparison(&json!({"unit": "user1"})))
        } else {
            (OBSERVATIONS, observation(&json!({"unit": "user1", "at": "2026-01-05T10:30:00Z"})))
        };
        let items = json!([item, item, item]);
        let plain = if as_lines { lines(&items) } else { items.to_string() }.into_bytes();
        let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
        let headers = &headers[usize::from(!as_lines)..=usize::from(packed > 0)];
        // Changed before it is packed, or after.
        let body = match packed {
            0 => edited(plain, &edits),
            1 => gzip(edited(plain, &edits)),
            _ => edited(gzip(plain), &edits),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(uri, headers, body));
    }
}
