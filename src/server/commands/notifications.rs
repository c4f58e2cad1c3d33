//! Targets that are told of alerts, and what could not be told: making, changing, removing and trying targets, sending again
//! and dropping. Sending what is queued is of [`crate::server::workers::notifications`].

mod outbox;

use serde_json::{Value, json};

pub use self::outbox::{drop_it, send_again};

use super::{CommandError, ids};
use crate::domain::access::Principal;
use crate::domain::alert_notice::{AlertId, AlertNotice, NoticeStatus};
use crate::domain::audit::AuditDraft;
use crate::domain::feature::Switch;
use crate::domain::field_error::FieldError;
use crate::domain::notification::NotificationId;
use crate::domain::notification::target::{
    MAX_TARGETS, NotificationTarget, TargetFields, TargetId, TargetKind, TargetSettings,
};
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::domain::secret_text::SecretText;
use crate::server::access::secret::Secret;
use crate::server::notify::Mail;
use crate::server::state::AppState;
use crate::server::store::{Change, TargetWrite, Write};
use crate::views::notice::{Letter, LetterKind};
use crate::views::notification::{TestedTarget, known_by};

/// How long an Alertmanager takes a test for true.
const TEST_FIRES: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// A change of a target: what is empty stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetChanges<'a> {
    pub fields: TargetFields<'a>,
    /// Whether it is for all migrations from now on.
    pub all_migrations: bool,
    pub enabled: Option<Switch>,
}

/// Makes a target. A webhook without a key is given one, which is handed out here and never again.
pub async fn create(
    state: &AppState,
    fields: TargetFields<'_>,
    reason: &Reason,
    by: &Principal,
) -> Result<(NotificationTarget, Option<Secret>), CommandError> {
    let is_keyless = TargetKind::from_word(fields.kind) == Some(TargetKind::Webhook) && fields.secret.trim().is_empty();
    let made = is_keyless.then(Secret::new);
    let secret = made.as_ref().map_or(fields.secret, Secret::expose);
    let settings = TargetSettings::parse(TargetFields { secret, ..fields })?;
    check_reachable(state, &settings).await?;
    if state.store.notification_targets().await?.len() >= MAX_TARGETS {
        let detail = format!("would be one target more than the {MAX_TARGETS} there may be");
        return Err(vec![FieldError::new("/name", detail)].into());
    }
    let audit = event(&settings, "target.created", reason, Value::Null, target_state(&settings), Some(1));
    commit(state, by, Write::Target(Box::new(TargetWrite::Create(settings.clone()))), audit).await?;
    let targets = state.store.notification_targets().await?;
    let target = targets.into_iter().find(|target| target.settings.name == settings.name);
    Ok((target.ok_or_else(|| no_target(settings.name.as_str()))?, made))
}

/// Changes a target. `seen` is the version that the change was decided on.
pub async fn change(
    state: &AppState,
    id: TargetId,
    seen: Option<i64>,
    changes: TargetChanges<'_>,
    reason: &Reason,
    by: &Principal,
) -> Result<NotificationTarget, CommandError> {
    let target = expected(state, id, seen).await?;
    let settings = changed(&target.settings, changes)?;
    if settings == target.settings {
        return Err(CommandError::refused(Refusal::NothingToChange));
    }
    if settings.url != target.settings.url {
        check_reachable(state, &settings).await?;
    }
    let mut after = target_state(&settings);
    if settings.access != target.settings.access {
        after["secret_changed"] = json!(true);
    }
    let version = target.version + 1;
    let before = target_state(&target.settings);
    let audit = event(&settings, "target.changed", reason, before, after, Some(version));
    let write = TargetWrite::Change { target: id, settings: settings.clone(), expected: target.version };
    commit(state, by, Write::Target(Box::new(write)), audit).await?;
    Ok(NotificationTarget { settings, version, ..target })
}

/// Removes a target; what waits for it is dropped.
pub async fn remove(
    state: &AppState,
    id: TargetId,
    seen: Option<i64>,
    reason: &Reason,
    by: &Principal,
) -> Result<(), CommandError> {
    let target = expected(state, id, seen).await?;
    let before = target_state(&target.settings);
    let audit = event(&target.settings, "target.removed", reason, before, Value::Null, Some(target.version + 1));
    let write = TargetWrite::Remove { target: id, expected: target.version };
    commit(state, by, Write::Target(Box::new(write)), audit).await
}

/// Sends a target a letter that says that nothing is the matter, at once and past the queue.
pub async fn test(state: &AppState, id: TargetId, by: &Principal) -> Result<TestedTarget, CommandError> {
    let target = target(state, id).await?;
    let now = state.clock.now();
    let name = target.settings.name.to_string();
    let notice = AlertNotice {
        alert: AlertId(ids::new(now)),
        status: NoticeStatus::Firing,
        rule: "test".to_owned(),
        severity: target.settings.least_severity,
        migration: target.settings.migration.clone(),
        feature: None,
        firing_since: now,
        value: None,
        limit: 0.0,
        lower: None,
        upper: None,
        n: 0,
        summary: format!("this is a test of {name}, sent by {}: nothing is the matter", by.actor.as_str()),
        action_taken: None,
    };
    let delivery = NotificationId(ids::new(now));
    let letters = [Letter::new(LetterKind::Test, delivery, notice, state.notifier.public_url())];
    let mail = Mail { letters: &letters, now, ends_at: Some(now + TEST_FIRES) };
    let sent = state.notifier.send(&target.settings, mail).await;
    tracing::info!(target = name, actor = by.actor.as_str(), delivered = sent.is_ok(), "target tried");
    Ok(match sent {
        Ok(taken) => {
            let detail = format!("answered {} after {} ms", taken.status, taken.took.as_millis());
            TestedTarget { target: name, delivered: true, detail }
        }
        Err(error) => TestedTarget { target: name, delivered: false, detail: error.to_string() },
    })
}

/// `present` with what `changes` says.
fn changed(present: &TargetSettings, changes: TargetChanges<'_>) -> Result<TargetSettings, CommandError> {
    let or =
        |given: &'_ str, present: &str| if given.trim().is_empty() { present.to_owned() } else { given.to_owned() };
    let fields = changes.fields;
    let (user, secret) = present.access.parts();
    let user = or(fields.username, user.unwrap_or_default());
    let kept = secret.map(SecretText::expose).unwrap_or_default();
    let (name, url) = (or(fields.name, present.name.as_str()), or(fields.url, present.url.expose()));
    let migration = match (changes.all_migrations, &present.migration) {
        (true, _) => String::new(),
        (false, migration) => or(fields.migration, migration.as_ref().map_or("", |slug| slug.as_str())),
    };
    let settings = TargetSettings::parse(TargetFields {
        name: &name,
        kind: present.access.kind().as_str(),
        url: &url,
        username: &user,
        secret: &or(fields.secret, kept),
        least_severity: &or(fields.least_severity, present.least_severity.as_str()),
        migration: &migration,
    })?;
    // What a target knows us by goes to another host only if whoever changes it knows it.
    let is_elsewhere = settings.url.origin() != present.url.origin();
    let is_shown = present.access.kind() == TargetKind::Alertmanager && secret.is_some();
    if is_elsewhere && is_shown && fields.secret.trim().is_empty() {
        return Err(vec![FieldError::new("/secret", "must be given again when the address is of another host")].into());
    }
    Ok(TargetSettings { enabled: changes.enabled.unwrap_or(present.enabled), ..settings })
}

async fn check_reachable(state: &AppState, settings: &TargetSettings) -> Result<(), CommandError> {
    match state.notifier.refusal(&settings.url).await {
        Some(refusal) => Err(vec![FieldError::new("/url", refusal)].into()),
        None => Ok(()),
    }
}

async fn expected(state: &AppState, id: TargetId, seen: Option<i64>) -> Result<NotificationTarget, CommandError> {
    let target = target(state, id).await?;
    match seen {
        Some(seen) if seen != target.version => Err(CommandError::Stale {
            what: format!("target {}", target.settings.name),
            version: Some(target.version),
            changes: Vec::new(),
        }),
        _ => Ok(target),
    }
}

async fn target(state: &AppState, id: TargetId) -> Result<NotificationTarget, CommandError> {
    let targets = state.store.notification_targets().await?;
    targets.into_iter().find(|target| target.id == id).ok_or_else(|| no_target(&id.0.to_string()))
}

async fn commit(state: &AppState, by: &Principal, write: Write, audit: AuditDraft) -> Result<(), CommandError> {
    let (action, subject) = (audit.action, audit.subject.clone().unwrap_or_default());
    let change = Change { actor: by.actor.clone(), at: state.clock.now(), writes: vec![write], audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(action, subject, actor = by.actor.as_str(), "notifications changed");
    Ok(())
}

/// A target as the audit has it: without what is secret.
fn target_state(settings: &TargetSettings) -> Value {
    json!({
        "name": settings.name,
        "kind": settings.access.kind(),
        "host": settings.url.origin(),
        "url_mark": settings.url.mark(),
        "known_by": known_by(&settings.access),
        "least_severity": settings.least_severity,
        "migration": settings.migration,
        "enabled": settings.enabled.is_on(),
    })
}

fn event(
    settings: &TargetSettings,
    action: &'static str,
    reason: &Reason,
    before: Value,
    after: Value,
    version: Option<i64>,
) -> AuditDraft {
    AuditDraft {
        action,
        migration: settings.migration.clone(),
        feature: None,
        subject: Some(format!("target {}", settings.name)),
        reason: reason.as_str().to_owned(),
        before,
        after,
        policy_version: None,
        version,
    }
}

fn no_target(name: &str) -> CommandError {
    CommandError::NotFound { what: format!("target {name}") }
}
