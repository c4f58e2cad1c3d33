//! The audit chain: each event holds the hash of the one before, so that nothing in it can be altered unseen. Not who may
//! read it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::digest::sha256;
use super::feature_key::{FeatureKey, MigrationSlug};
use super::text::Actor;

/// What an event is to record, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditDraft {
    /// What was done: `feature.advanced`.
    pub action: &'static str,
    pub migration: Option<MigrationSlug>,
    pub feature: Option<FeatureKey>,
    /// What it was done to where that is neither: `user ada`.
    pub subject: Option<String>,
    pub reason: String,
    /// What was set before; null when there was nothing.
    pub before: Value,
    /// What is set now; null when there is nothing.
    pub after: Value,
    /// The policy version that it was decided by.
    pub policy_version: Option<i64>,
    /// The subject's version from now on.
    pub version: Option<i64>,
}

/// One event of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditEvent {
    /// Its place, from 1.
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What was done: `feature.advanced`.
    pub action: String,
    pub migration: Option<MigrationSlug>,
    pub feature: Option<FeatureKey>,
    /// What it was done to where that is neither of the two.
    pub subject: Option<String>,
    pub reason: String,
    pub before: Value,
    pub after: Value,
    pub policy_version: Option<i64>,
    pub version: Option<i64>,
    /// The hash of the event before, or that of nothing: 64 zeros.
    pub previous: String,
}

/// An event with the text that its hash is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    pub event: AuditEvent,
    /// The event as RFC 8785 canonical JSON, the bytes that are hashed.
    pub body: String,
    /// SHA-256 of the body, as `sha256:` and 64 hex digits.
    pub hash: String,
}

/// An event as a line of NDJSON: the text that its hash is of, as text, so that anyone can hash it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub seq: i64,
    pub hash: String,
    pub body: String,
}

impl Line {
    /// With the end of the line.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_else(|error| unreachable!("its keys are texts: {error}"));
        text.push('\n');
        text
    }
}

/// What is kept beside an event's text, for filters: it repeats parts of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub at_ms: i64,
    pub actor: String,
    pub action: String,
    pub migration: Option<String>,
    pub feature: Option<String>,
}

impl AuditEvent {
    /// The first column that does not say what the event says.
    pub fn contradicted_by(&self, columns: &Columns) -> Option<&'static str> {
        let migration = self.migration.as_ref().map(MigrationSlug::as_str);
        let feature = self.feature.as_ref().map(FeatureKey::as_str);
        [
            ("at", columns.at_ms == self.at.timestamp_millis()),
            ("actor", columns.actor == self.actor.as_str()),
            ("action", columns.action == self.action),
            ("migration", columns.migration.as_deref() == migration),
            ("feature", columns.feature.as_deref() == feature),
        ]
        .into_iter()
        .find_map(|(column, agrees)| (!agrees).then_some(column))
    }
}

/// The end of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    /// The place of the last event; 0 when there is none.
    pub seq: i64,
    /// The hash of the last event, or that of nothing: 64 zeros.
    pub hash: String,
}

/// Where a chain begins.
const NO_HASH: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: NO_HASH.to_owned() }
    }
}

/// What is wrong with a chain, and at which event first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    #[error("event {seq}: its place in the chain is taken by event {found}")]
    OutOfPlace { seq: i64, found: i64 },
    #[error("event {seq}: its text does not have the hash that was recorded")]
    Altered { seq: i64 },
    #[error("event {seq}: it does not follow the event before")]
    Unlinked { seq: i64 },
    #[error("event {seq}: its text cannot be read: {detail}")]
    Unreadable { seq: i64, detail: String },
    #[error("event {seq}: its column {column} does not say what its text says")]
    Column { seq: i64, column: &'static str },
    #[error("event {seq}: it is missing; the chain is recorded to end with event {last}")]
    Missing { seq: i64, last: i64 },
    #[error("event {seq}: it comes after the recorded end of the chain")]
    BeyondEnd { seq: i64 },
}

/// Puts `draft` at the end of the chain.
pub fn seal(draft: &AuditDraft, actor: &Actor, at: DateTime<Utc>, head: &Head) -> Result<Sealed, serde_json::Error> {
    let event = AuditEvent {
        seq: head.seq + 1,
        at,
        actor: actor.clone(),
        action: draft.action.to_owned(),
        migration: draft.migration.clone(),
        feature: draft.feature.clone(),
        subject: draft.subject.clone(),
        reason: draft.reason.clone(),
        before: draft.before.clone(),
        after: draft.after.clone(),
        policy_version: draft.policy_version,
        version: draft.version,
        previous: head.hash.clone(),
    };
    let body = serde_json_canonicalizer::to_string(&event)?;
    let hash = sha256(body.as_bytes());
    Ok(Sealed { event, body, hash })
}

/// Walks along a chain, event by event.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    head: Head,
}

impl Verifier {
    /// Begins after `head`: at the start of a chain with the default, or inside one for a part of it.
    pub const fn after(head: Head) -> Self {
        Self { head }
    }

    /// The last event that was found to be in its place.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Checks the next event, given as it was recorded.
    pub fn step(&mut self, body: &str, hash: &str) -> Result<AuditEvent, BrokenChain> {
        let seq = self.head.seq + 1;
        if sha256(body.as_bytes()) != hash {
            return Err(BrokenChain::Altered { seq });
        }
        let event: AuditEvent =
            serde_json::from_str(body).map_err(|error| BrokenChain::Unreadable { seq, detail: error.to_string() })?;
        if event.seq != seq {
            return Err(BrokenChain::OutOfPlace { seq, found: event.seq });
        }
        if event.previous != self.head.hash {
            return Err(BrokenChain::Unlinked { seq });
        }
        self.head = Head { seq, hash: hash.to_owned() };
        Ok(event)
    }

    /// Checks that the chain ends where it was recorded to end, and gives its end.
    pub fn finish(self, recorded: &Head) -> Result<Head, BrokenChain> {
        if self.head.seq < recorded.seq {
            return Err(BrokenChain::Missing { seq: self.head.seq + 1, last: recorded.seq });
        }
        if self.head.seq > recorded.seq {
            return Err(BrokenChain::BeyondEnd { seq: recorded.seq + 1 });
        }
        if self.head.hash != recorded.hash {
            return Err(BrokenChain::Unlinked { seq: recorded.seq });
        }
        Ok(self.head)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn draft(reason: &str, after: Value) -> AuditDraft {
        AuditDraft {
            action: "feature.advanced",
            migration: Some("files".parse().unwrap()),
            feature: Some("kimi".parse().unwrap()),
            subject: None,
            reason: reason.to_owned(),
            before: json!({"percentage": 0.1, "stage": "shadow"}),
            after,
            policy_version: Some(1),
            version: Some(2),
        }
    }

    fn chain(reasons: &[String]) -> (Vec<Sealed>, Head) {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut head = Head::default();
        let mut chain = Vec::new();
        for (index, reason) in reasons.iter().enumerate() {
            let sealed = seal(&draft(reason, json!({"percentage": index})), &Actor::system(), at, &head).unwrap();
            head = Head { seq: sealed.event.seq, hash: sealed.hash.clone() };
            chain.push(sealed);
        }
        (chain, head)
    }

    fn verify(rows: &[(String, String)], head: &Head) -> Result<Head, BrokenChain> {
        let mut verifier = Verifier::default();
        for (body, hash) in rows {
            verifier.step(body, hash)?;
        }
        verifier.finish(head)
    }

    fn rows(chain: &[Sealed]) -> Vec<(String, String)> {
        chain.iter().map(|sealed| (sealed.body.clone(), sealed.hash.clone())).collect()
    }

    #[test]
    fn the_first_broken_event_is_named() {
        let (chain, head) = chain(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        let whole = rows(&chain);
        assert_eq!(verify(&whole, &head), Ok(head.clone()));

        let mut altered = whole.clone();
        altered[1].0 = altered[1].0.replace("\"b\"", "\"B\"");
        assert_eq!(verify(&altered, &head), Err(BrokenChain::Altered { seq: 2 }));

        // Hashed anew: then the next one does not follow.
        let mut rehashed = altered.clone();
        rehashed[1].1 = sha256(rehashed[1].0.as_bytes());
        assert_eq!(verify(&rehashed, &head), Err(BrokenChain::Unlinked { seq: 3 }));

        let without_second = [whole[0].clone(), whole[2].clone()];
        assert_eq!(verify(&without_second, &head), Err(BrokenChain::OutOfPlace { seq: 2, found: 3 }));
        assert_eq!(verify(&whole[..2], &head), Err(BrokenChain::Missing { seq: 3, last: 3 }));
        let shorter = Head { seq: 2, hash: whole[1].1.clone() };
        assert_eq!(verify(&whole, &shorter), Err(BrokenChain::BeyondEnd { seq: 3 }));
    }

    proptest! {
        #[test]
        fn any_altered_byte_is_found(
            reasons in prop::collection::vec("[ -~]{0,12}|\\PC{0,6}", 1..6),
            which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), in_hash: bool, byte in 0u8..127,
        ) {
            let (chain, head) = chain(&reasons);
            let mut rows = rows(&chain);
            prop_assert_eq!(verify(&rows, &head), Ok(head.clone()));
            let row = which.index(rows.len());
            let text = if in_hash { &mut rows[row].1 } else { &mut rows[row].0 };
            let mut bytes = std::mem::take(text).into_bytes();
            let place = place.index(bytes.len());
            prop_assume!(bytes[place] != byte && bytes[place].is_ascii());
            bytes[place] = byte;
            *text = String::from_utf8(bytes).unwrap();
            prop_assert!(verify(&rows, &head).is_err());
        }
    }
}
