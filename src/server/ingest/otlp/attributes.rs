//! What attributes say: whose a point is, how its operations ended, and which series it is of. Those of a point come before
//! those of its scope, and these before those of its resource.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use prost::Message as _;

use crate::domain::observation::{Fallback, Outcome};
use crate::domain::path::Path;
use crate::server::store::Digest;

const FEATURE: &str = "crossfade.feature";
const PATH: &str = "crossfade.path";
const OPERATION: &str = "crossfade.operation";
const OUTCOME: &str = "crossfade.outcome";
const FALLBACK: &str = "crossfade.fallback";

/// The most attributes of a point, a scope or a resource.
pub(super) const MAX_ATTRIBUTES: usize = 128;

/// The attributes that hold for a point.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a> {
    pub of_point: &'a [KeyValue],
    pub of_scope: &'a [KeyValue],
    pub of_resource: &'a [KeyValue],
    /// The scope's name.
    pub scope: &'a str,
}

/// Whether a point is for us.
pub(super) enum Whose<'a> {
    /// It says nothing of a feature and a path.
    Others,
    Ours(Result<About<'a>, String>),
}

/// What a point is about.
pub(super) struct About<'a> {
    pub feature: &'a str,
    pub path: Path,
    pub operation: Option<&'a str>,
    pub outcome: Outcome,
    pub fallback: Fallback,
}

impl<'a> Attributes<'a> {
    /// Whose it is. One that names a feature or a path itself was meant for us; what its resource says of one alone was
    /// meant for its other points.
    pub(super) fn whose(&self) -> Whose<'a> {
        match (self.get(FEATURE), self.get(PATH)) {
            (Some(feature), Some(path)) => Whose::Ours(self.about(feature, path)),
            (Some(_), None) if find(self.of_point, FEATURE).is_some() => {
                Whose::Ours(Err(format!("the attribute {PATH} is missing")))
            }
            (None, Some(_)) if find(self.of_point, PATH).is_some() => {
                Whose::Ours(Err(format!("the attribute {FEATURE} is missing")))
            }
            _ => Whose::Others,
        }
    }

    fn about(&self, feature: &'a Value, path: &'a Value) -> Result<About<'a>, String> {
        let lists = [self.of_point, self.of_scope, self.of_resource];
        if lists.iter().any(|list| list.len() > MAX_ATTRIBUTES) {
            return Err(format!("has more than {MAX_ATTRIBUTES} attributes"));
        }
        let path = match text(path) {
            Some("legacy") => Path::Legacy,
            Some("candidate") => Path::Candidate,
            _ => return Err(format!("{PATH} must be legacy or candidate")),
        };
        let feature = text(feature).ok_or_else(|| format!("{FEATURE} must be a text"))?;
        let operation = match self.get(OPERATION) {
            None => None,
            Some(operation) => Some(text(operation).ok_or_else(|| format!("{OPERATION} must be a text"))?),
        };
        let fallback = match self.get(FALLBACK) {
            None | Some(Value::BoolValue(false)) => Fallback::No,
            Some(Value::BoolValue(true)) if path == Path::Candidate => Fallback::ToLegacy,
            Some(Value::BoolValue(true)) => return Err(format!("{FALLBACK} must not be true on the legacy path")),
            Some(_) => return Err(format!("{FALLBACK} must be true or false")),
        };
        Ok(About { feature, path, operation, outcome: self.outcome()?, fallback })
    }

    /// In our own word, or by the status of HTTP, where what is wrong with a request is the caller's fault; or as an error
    /// when there is a type of one.
    fn outcome(&self) -> Result<Outcome, String> {
        if let Some(outcome) = self.get(OUTCOME) {
            return match text(outcome) {
                Some("ok") => Ok(Outcome::Ok),
                Some("error") => Ok(Outcome::Error),
                Some("caller_error") => Ok(Outcome::CallerError),
                _ => Err(format!("{OUTCOME} must be ok, error or caller_error")),
            };
        }
        if let Some(status) = self.get("http.response.status_code") {
            let status = match status {
                Value::IntValue(status) => Some(*status),
                Value::StringValue(status) => status.parse().ok(),
                _ => None,
            };
            return match status {
                Some(100..=399) => Ok(Outcome::Ok),
                Some(400..=499) => Ok(Outcome::CallerError),
                Some(500..=599) => Ok(Outcome::Error),
                _ => Err("http.response.status_code must be a number from 100 to 599".to_owned()),
            };
        }
        let is_error = self.get("error.type").is_some_and(|kind| text(kind) != Some(""));
        Ok(if is_error { Outcome::Error } else { Outcome::Ok })
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        [self.of_point, self.of_scope, self.of_resource].into_iter().find_map(|list| find(list, key))
    }

    /// Tells the series from every other, that of the same maker before it was started anew among them.
    pub(super) fn digest(&self, metric: &Metric, start_ns: u64, kind: u8) -> Digest {
        let lists = [self.of_point, self.of_scope, self.of_resource].map(|list| {
            let mut list: Vec<Vec<u8>> = list.iter().map(KeyValue::encode_to_vec).collect();
            list.sort();
            list
        });
        let lengths = lists.each_ref().map(|list| list.len().to_le_bytes());
        let (kind, start) = ([kind], start_ns.to_le_bytes());
        let mut parts: Vec<&[u8]> = vec![b"otlp", &kind, self.scope.as_bytes(), metric.name.as_bytes()];
        parts.extend([metric.unit.as_bytes(), &start]);
        parts.extend(lengths.iter().map(|length| &length[..]));
        parts.extend(lists.iter().flatten().map(Vec::as_slice));
        Digest::of(&parts)
    }
}

/// The id of a delta of `series`.
pub(super) fn of_delta(series: Digest, time_ns: u64) -> Digest {
    Digest::of(&[b"delta", &series.0, &time_ns.to_le_bytes()])
}

fn find<'a>(list: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    list.iter().find(|it| it.key == key)?.value.as_ref()?.value.as_ref()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}
