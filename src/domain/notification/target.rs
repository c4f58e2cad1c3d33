//! Targets: to whom alerts are told, of which of them, and what a target is shown to know us by.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::target_url::TargetUrl;
use crate::domain::alert_notice::{AlertNotice, Severity};
use crate::domain::feature::Switch;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::field_error::{FieldError, collect};
use crate::domain::secret_text::{SecretText, SecretTextError};
use crate::domain::text::Name;

/// How many targets there may be.
pub const MAX_TARGETS: usize = 50;

/// The fewest characters of a key that somebody thought of.
const LEAST_KEY: usize = 16;

/// The number of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetId(pub i64);

/// What a target understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Crossfade's own document, signed.
    Webhook,
    /// What Slack and those like it take.
    Slack,
    /// Prometheus Alertmanager, API version 2.
    Alertmanager,
}

impl TargetKind {
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Slack, Self::Alertmanager];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a target understands, and by what it knows who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything is signed with this key.
    Webhook {
        key: SecretText,
    },
    /// The address is the secret.
    Slack,
    Alertmanager {
        credential: Option<Credential>,
    },
}

/// What is shown to an Alertmanager that asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Bearer(SecretText),
    Basic { user: String, password: SecretText },
}

impl Access {
    /// What the target understands.
    pub const fn kind(&self) -> TargetKind {
        match self {
            Self::Webhook { .. } => TargetKind::Webhook,
            Self::Slack => TargetKind::Slack,
            Self::Alertmanager { .. } => TargetKind::Alertmanager,
        }
    }

    /// From what is written of it. A webhook has a secret: the caller makes one where none was given.
    pub fn parse(kind: TargetKind, user: &str, secret: &str) -> Result<Self, Vec<FieldError>> {
        let fault = |pointer: &str, detail: &str| Err(vec![FieldError::new(pointer, detail)]);
        let of_secret = |error: SecretTextError| vec![FieldError::new("/secret", error)];
        let (user, secret) = (user.trim(), secret.trim());
        match (kind, user, secret) {
            (TargetKind::Webhook | TargetKind::Slack, user, _) if !user.is_empty() => {
                fault("/username", "is for alertmanager only")
            }
            (TargetKind::Webhook, _, key) => {
                SecretText::parse(key, LEAST_KEY).map(|key| Self::Webhook { key }).map_err(of_secret)
            }
            (TargetKind::Slack, _, "") => Ok(Self::Slack),
            (TargetKind::Slack, ..) => fault("/secret", "is not for slack: its address is the secret"),
            (TargetKind::Alertmanager, "", "") => Ok(Self::Alertmanager { credential: None }),
            (TargetKind::Alertmanager, "", token) => SecretText::parse(token, 1)
                .map(|token| Self::Alertmanager { credential: Some(Credential::Bearer(token)) })
                .map_err(of_secret),
            (TargetKind::Alertmanager, user, _)
                if user.contains(':') || !user.bytes().all(|byte| byte.is_ascii_graphic()) || user.len() > 80 =>
            {
                fault("/username", "must be at most 80 characters of ASCII without spaces and colons")
            }
            (TargetKind::Alertmanager, user, password) => SecretText::parse(password, 1)
                .map(|password| Self::Alertmanager {
                    credential: Some(Credential::Basic { user: user.to_owned(), password }),
                })
                .map_err(of_secret),
        }
    }

    /// User and secret, as [`Access::parse`] takes them.
    pub fn parts(&self) -> (Option<&str>, Option<&SecretText>) {
        match self {
            Self::Webhook { key } => (None, Some(key)),
            Self::Slack | Self::Alertmanager { credential: None } => (None, None),
            Self::Alertmanager { credential: Some(Credential::Bearer(token)) } => (None, Some(token)),
            Self::Alertmanager { credential: Some(Credential::Basic { user, password }) } => {
                (Some(user), Some(password))
            }
        }
    }
}

/// What a target is from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSettings {
    pub name: Name,
    pub url: TargetUrl,
    pub access: Access,
    pub least_severity: Severity,
    /// Only alerts of this migration; `None` for all, and for those that are of none.
    pub migration: Option<MigrationSlug>,
    pub enabled: Switch,
}

/// To whom alerts are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationTarget {
    pub id: TargetId,
    pub settings: TargetSettings,
    pub created_at: DateTime<Utc>,
    /// When it was last told again what still fires.
    pub repeated_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// A target as a form or document writes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetFields<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub url: &'a str,
    pub username: &'a str,
    pub secret: &'a str,
    pub least_severity: &'a str,
    pub migration: &'a str,
}

impl TargetSettings {
    /// From what is written; a webhook's key must be there. It is on.
    pub fn parse(fields: TargetFields<'_>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = collect(&mut errors, "/name", Name::parse(fields.name));
        let kind = TargetKind::from_word(fields.kind).ok_or("must be webhook, slack or alertmanager");
        let kind = collect(&mut errors, "/kind", kind);
        let url = collect(&mut errors, "/url", TargetUrl::parse(fields.url));
        let severity = Severity::from_word(fields.least_severity).ok_or("must be warning or critical");
        let least_severity = collect(&mut errors, "/least_severity", severity);
        let migration = match fields.migration.trim() {
            "" => None,
            slug => collect(&mut errors, "/migration", MigrationSlug::parse(slug)),
        };
        let access = kind.and_then(|kind| {
            Access::parse(kind, fields.username, fields.secret).map_err(|found| errors.extend(found)).ok()
        });
        if let (Some(TargetKind::Alertmanager), Some(url)) = (kind, &url)
            && url.expose().contains('?')
        {
            errors.push(FieldError::new("/url", "must have no ? in it: the path of the API is put behind it"));
        }
        match (name, url, access, least_severity) {
            (Some(name), Some(url), Some(access), Some(least_severity)) if errors.is_empty() => {
                Ok(Self { name, url, access, least_severity, migration, enabled: Switch::On })
            }
            _ => Err(errors),
        }
    }

    /// Whether it is told of `notice`.
    pub fn wants(&self, notice: &AlertNotice) -> bool {
        let is_its_migration = self.migration.is_none() || self.migration == notice.migration;
        self.enabled.is_on() && notice.severity >= self.least_severity && is_its_migration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::notice;

    fn webhook() -> TargetFields<'static> {
        TargetFields {
            name: "on call",
            kind: "webhook",
            url: "https://example.com/hook",
            secret: "0123456789abcdef",
            least_severity: "warning",
            ..TargetFields::default()
        }
    }

    #[test]
    fn a_target_is_told_of_what_is_urgent_enough_and_of_its_migration() {
        use Severity::{Critical, Warning};
        use Switch::{Off, On};
        let told = |least_severity, migration, enabled, severity, of: Option<&str>| {
            let settings = TargetSettings::parse(TargetFields { least_severity, migration, ..webhook() }).unwrap();
            let of = of.map(|slug| MigrationSlug::parse(slug).unwrap());
            TargetSettings { enabled, ..settings }.wants(&AlertNotice { severity, migration: of, ..notice() })
        };
        for (least, migration, enabled, severity, of, expected) in [
            ("warning", "", On, Warning, Some("files"), true),
            ("warning", "", On, Critical, None, true),
            ("warning", "", Off, Critical, Some("files"), false),
            ("critical", "", On, Warning, Some("files"), false),
            ("critical", "", On, Critical, Some("files"), true),
            ("warning", "files", On, Warning, Some("files"), true),
            ("warning", "files", On, Warning, Some("search"), false),
            ("warning", "files", On, Critical, None, false),
        ] {
            let is_told = told(least, migration, enabled, severity, of);
            assert_eq!(is_told, expected, "{least} {migration} {enabled:?} {severity:?} {of:?}");
        }
    }

    #[test]
    fn every_faulty_field_is_named() {
        let check = |fields: TargetFields<'_>, expected: &[&str]| {
            let faults = TargetSettings::parse(fields).err().unwrap_or_default();
            assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        };
        check(webhook(), &[]);
        check(
            TargetFields { secret: "short", migration: "No Slug", ..TargetFields::default() },
            &[
                "/name: must not be empty",
                "/kind: must be webhook, slack or alertmanager",
                "/url: must begin with http:// or https://",
                "/least_severity: must be warning or critical",
                "/migration: must start with a small letter a to z",
            ],
        );
        check(TargetFields { secret: "short", ..webhook() }, &["/secret: must have at least 16 characters"]);
        check(TargetFields { username: "ada", ..webhook() }, &["/username: is for alertmanager only"]);
        check(TargetFields { kind: "slack", ..webhook() }, &["/secret: is not for slack: its address is the secret"]);
        check(TargetFields { kind: "slack", secret: "", ..webhook() }, &[]);
        let alertmanager = TargetFields { kind: "alertmanager", secret: "", ..webhook() };
        check(alertmanager, &[]);
        check(TargetFields { username: "ada", ..alertmanager }, &["/secret: must not be empty"]);
        check(
            TargetFields { username: "a:b", secret: "c", ..alertmanager },
            &["/username: must be at most 80 characters of ASCII without spaces and colons"],
        );
        check(
            TargetFields { url: "https://a.example/?b", ..alertmanager },
            &["/url: must have no ? in it: the path of the API is put behind it"],
        );
    }

    #[test]
    fn what_a_target_is_shown_comes_back_from_its_parts() {
        for (kind, user, secret) in [
            (TargetKind::Webhook, "", "0123456789abcdef"),
            (TargetKind::Slack, "", ""),
            (TargetKind::Alertmanager, "", ""),
            (TargetKind::Alertmanager, "", "token"),
            (TargetKind::Alertmanager, "ada", "password"),
        ] {
            let access = Access::parse(kind, user, secret).unwrap();
            let (parts_user, parts_secret) = access.parts();
            assert_eq!((access.kind(), parts_user.unwrap_or_default()), (kind, user));
            assert_eq!(parts_secret.map(SecretText::expose).unwrap_or_default(), secret);
        }
    }
}
