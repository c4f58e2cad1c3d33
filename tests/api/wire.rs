//! Observations and comparisons as the tests send them, and what they are packed in.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

pub const OBSERVATIONS: &str = "/api/v1/observations";
pub const COMPARISONS: &str = "/api/v1/comparisons";

/// A successful `upload` of `kimi` by legacy in 100 ms, changed by `changes`.
pub fn observation(changes: &Value) -> Value {
    let whole =
        json!({"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 100.0});
    changed(whole, changes)
}

/// A comparison of `upload` of `kimi` in which both sides agree, changed by `changes`.
pub fn comparison(changes: &Value) -> Value {
    let side = json!({"outcome": "ok", "latency_ms": 100.0, "result": {"size": 10}});
    changed(json!({"feature": "kimi", "operation": "upload", "legacy": side, "candidate": side}), changes)
}

fn changed(mut whole: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

/// `count` observations without ids.
pub fn observations(count: usize) -> Value {
    vec![observation(&json!({})); count].into()
}

/// One item a line.
pub fn lines(items: &Value) -> String {
    items.as_array().unwrap().iter().flat_map(|item| [item.to_string(), "\n".to_owned()]).collect()
}

pub fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// `body` with spaces after it, `bytes` in all.
pub fn padded(body: &Value, bytes: usize) -> String {
    let mut text = body.to_string();
    text.extend(std::iter::repeat_n(' ', bytes - text.len()));
    text
}
