//! From what a form or a document says to what a command takes. Every faulty field is named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::access::{Authority, Permission, Principal, Role};
use crate::domain::consistency::{FindingId, Repair};
use crate::domain::feature::Switch;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::{FieldError, collect};
use crate::domain::file::FileId;
use crate::domain::migration::SampleRate;
use crate::domain::notification::target::TargetId;
use crate::domain::percentage::{Percentage, PercentageError};
use crate::domain::reason::Reason;
use crate::domain::sign_off::{Capacity, Decision, Review, Tool};
use crate::domain::transition::Passage;
use crate::server::commands::CommandError;
use crate::server::commands::consistency::RepairOrder;
use crate::server::commands::rollback::RollbackOrder;
use crate::server::commands::rollout::FeatureOrder;
use crate::server::commands::settings::Settings;

/// The key of a feature: one that cannot be a key is of no feature.
pub fn feature_key(text: &str) -> Result<FeatureKey, CommandError> {
    FeatureKey::parse(text).map_err(|_| CommandError::NotFound { what: format!("feature {text}") })
}

/// The slug of a migration: one that cannot be a slug is of no migration.
pub fn slug(text: &str) -> Result<MigrationSlug, CommandError> {
    MigrationSlug::parse(text).map_err(|_| CommandError::NotFound { what: format!("migration {text}") })
}

/// The version that a form carries.
pub fn version(text: &str) -> Result<i64, CommandError> {
    text.trim().parse().map_err(|_| vec![FieldError::new("/version", "must be a whole number")].into())
}

/// A change of a feature by `principal`.
pub fn feature(
    key: &str,
    seen: Option<i64>,
    reason: &str,
    principal: &Principal,
) -> Result<FeatureOrder, CommandError> {
    let key = feature_key(key)?;
    let reason = Reason::parse(reason).map_err(|error| vec![FieldError::new("/reason", error)])?;
    Ok(FeatureOrder { key, seen, author: principal.author(), reason })
}

/// The id of a file: one that cannot be an id is of no file.
pub fn file_id(text: &str) -> Result<FileId, CommandError> {
    FileId::parse(text).ok_or_else(|| CommandError::NotFound { what: format!("file {text}") })
}

/// Why somebody does it.
pub fn reason(text: &str) -> Result<Reason, CommandError> {
    Reason::parse(text).map_err(|error| vec![FieldError::new("/reason", error)].into())
}

/// Why somebody does it, or what is done where they do not say.
pub fn reason_or(text: &str, otherwise: &'static str) -> Result<Reason, CommandError> {
    Reason::or(text, otherwise).map_err(|error| vec![FieldError::new("/reason", error)].into())
}

/// What somebody says to it, if they say anything.
pub fn note(text: &str) -> Result<Option<Reason>, CommandError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Reason::parse(text).map(Some).map_err(|error| vec![FieldError::new("/note", error)].into())
}

/// The bytes of a field that takes text, or else of one that takes a file in base64, and which of both it was.
pub fn text_or_file<'a>(
    (text_field, text): (&'a str, &str),
    (file_field, file): (&'a str, &str),
) -> Result<(&'a str, Vec<u8>), CommandError> {
    let wrong = |detail| vec![FieldError::new(format!("/{file_field}"), detail)];
    if file.is_empty() {
        return Ok((text_field, text.as_bytes().to_vec()));
    }
    if !text.trim().is_empty() {
        return Err(wrong("must be left out where the text is given, or the text where it is given").into());
    }
    let bytes = STANDARD.decode(file).map_err(|_| wrong("must be in base64"))?;
    Ok((file_field, bytes))
}

/// The number of a target: one that cannot be a number is of no target.
pub fn target_id(text: &str) -> Result<TargetId, CommandError> {
    text.trim().parse().map(TargetId).map_err(|_| CommandError::NotFound { what: format!("target {text}") })
}

/// A repair of a finding by `principal`; `feature` is whose file an object becomes, empty for none.
pub fn repair(
    finding: &str,
    repair: &str,
    feature: &str,
    reason: &str,
    principal: &Principal,
) -> Result<RepairOrder, CommandError> {
    let no_finding = |_| CommandError::NotFound { what: format!("finding {finding}") };
    let finding = finding.trim().parse().map(FindingId).map_err(no_finding)?;
    let mut errors = Vec::new();
    let repair = collect(&mut errors, "/repair", Repair::parse(repair).ok_or("is no repair"));
    let reason = collect(&mut errors, "/reason", Reason::parse(reason));
    let feature = match feature.trim() {
        "" => None,
        key => collect(&mut errors, "/feature", FeatureKey::parse(key)),
    };
    match (repair, reason) {
        (Some(repair), Some(reason)) if errors.is_empty() => {
            Ok(RepairOrder { finding, repair, feature, by: principal.clone(), reason })
        }
        _ => Err(errors.into()),
    }
}

/// A percentage as a form has it.
pub fn percentage(pointer: &str, text: &str) -> Result<Percentage, CommandError> {
    text.parse().map_err(|error: PercentageError| vec![FieldError::new(pointer, error)].into())
}

/// A rollback by `principal`. It never waits for a reason.
pub fn rollback(reason: &str, principal: &Principal) -> Result<RollbackOrder, CommandError> {
    let reason = Reason::or(reason, "rolled back").map_err(|error| vec![FieldError::new("/reason", error)])?;
    Ok(RollbackOrder { author: principal.author(), reason, alert: None })
}

/// A rollback's step and interval as a form has them; what is empty is the default.
pub fn pace(step: &str, interval_seconds: &str) -> Result<crate::domain::gradual::Pace, CommandError> {
    let step = number(step);
    let interval =
        if interval_seconds.trim().is_empty() { None } else { Some(interval_seconds.trim().parse().unwrap_or(-1)) };
    Ok(crate::domain::gradual::Pace::parse(step, interval)?)
}

/// A review.
pub fn review(decision: &str, comment: &str, tool: Option<Tool>) -> Result<Review, CommandError> {
    let mut errors = Vec::new();
    let parsed = Decision::from_word(decision).ok_or("must be approved or rejected");
    let decision = collect(&mut errors, "/decision", parsed);
    let comment = match comment.trim() {
        "" => None,
        text => collect(&mut errors, "/comment", Reason::parse(text)),
    };
    match decision {
        Some(decision) if errors.is_empty() => Ok(Review { decision, comment, tool: tool.map(trimmed) }),
        _ => Err(errors.into()),
    }
}

/// A tool whose name is the same however it was spaced.
fn trimmed(tool: Tool) -> Tool {
    let reference = tool.reference.map(|text| text.trim().to_owned());
    Tool { name: tool.name.trim().to_owned(), reference, ..tool }
}

/// In what capacity `principal` signs off.
pub const fn capacity(principal: &Principal) -> Capacity {
    match &principal.authority {
        Authority::User { role: Role::Admin, .. } => Capacity::Admin,
        Authority::User { .. } | Authority::Token { .. } | Authority::CommandLine | Authority::System => {
            Capacity::Manager
        }
    }
}

/// Whether an advance goes past its gate, if `principal` may.
pub fn passage(asked: bool, principal: &Principal) -> Result<Passage, crate::domain::access::Denied> {
    if !asked {
        return Ok(Passage::Gated);
    }
    principal.clone().with(Permission::Override).map(|_| Passage::Override)
}

/// A migration's settings as a form has them: all of them.
pub fn settings(
    candidate_enabled: bool,
    fallback_to_legacy: bool,
    shadow_enabled: bool,
    sample_rate: &str,
) -> Result<Settings, CommandError> {
    let rate = number(sample_rate).unwrap_or(f64::NAN);
    let rate = SampleRate::new(rate).map_err(|error| vec![FieldError::new("/sample_rate", error)])?;
    Ok(Settings {
        candidate_enabled: Some(Switch::from_bool(candidate_enabled)),
        fallback_to_legacy: Some(Switch::from_bool(fallback_to_legacy)),
        shadow_enabled: Some(Switch::from_bool(shadow_enabled)),
        sample_rate: Some(rate),
    })
}

/// A number as a form has it; `None` for an empty field, not a number for what is none.
fn number(text: &str) -> Option<f64> {
    match text.trim() {
        "" => None,
        text => Some(text.parse().unwrap_or(f64::NAN)),
    }
}
