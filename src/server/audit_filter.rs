//! What a page or a request asks of the audit chain, as text. Every faulty field is named.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::Deserialize;

use super::store::{AuditOrder, AuditQuery};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::{FieldError, collect};
use crate::domain::text::Actor;

/// The most events in a page, and how many when it is not said.
const MAX_LIMIT: u32 = 1_000;
const LIMIT: u32 = 100;

/// Filters as text; what is empty does not narrow.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of this feature.
    pub feature: String,
    /// Of this migration and its features.
    pub migration: String,
    /// By this actor: `user:ada`.
    pub actor: String,
    /// This action, or all of a noun: `feature.advanced`, `feature`.
    pub action: String,
    /// From this moment or day on, RFC 3339 or `2026-01-05`.
    pub from: String,
    /// Before this moment, or to the end of this day.
    pub to: String,
    /// Only events before this place in the chain.
    pub before: String,
    /// How many events, 1 to 1000; 100 when it is not said.
    pub limit: String,
}

impl AuditFilter {
    /// The query that it stands for.
    pub fn parse(&self) -> Result<AuditQuery, Vec<FieldError>> {
        let mut errors = Vec::new();
        let query = AuditQuery {
            order: AuditOrder::NewestFirst,
            after: optional(&mut errors, "/before", &self.before, |text| {
                text.parse::<i64>().map_err(|_| "must be a whole number")
            }),
            limit: optional(&mut errors, "/limit", &self.limit, |text| {
                text.parse::<u32>().ok().filter(|it| (1..=MAX_LIMIT).contains(it)).ok_or("must be from 1 to 1000")
            })
            .unwrap_or(LIMIT),
            feature: optional(&mut errors, "/feature", &self.feature, FeatureKey::parse),
            migration: optional(&mut errors, "/migration", &self.migration, MigrationSlug::parse),
            actor: optional(&mut errors, "/actor", &self.actor, Actor::parse),
            action: optional(&mut errors, "/action", &self.action, |text| Ok::<_, String>(text.to_owned())),
            from: optional(&mut errors, "/from", &self.from, |text| moment(text, 0)),
            to: optional(&mut errors, "/to", &self.to, |text| moment(text, 1)),
        };
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }
}

fn optional<T, E: ToString>(
    errors: &mut Vec<FieldError>,
    pointer: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    match text.trim() {
        "" => None,
        text => collect(errors, pointer, parse(text)),
    }
}

/// A moment: RFC 3339, or as an input field for dates and times has it (UTC), or a day, of which `days` more are taken.
fn moment(text: &str, days: u64) -> Result<DateTime<Utc>, &'static str> {
    let wrong = "must be a moment like 2026-01-05T10:00:00Z or a day like 2026-01-05";
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    if let Ok(moment) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M") {
        return Ok(moment.and_utc());
    }
    let day: NaiveDate = text.parse().map_err(|_| wrong)?;
    let day = day.checked_add_days(chrono::Days::new(days)).ok_or(wrong)?;
    day.and_hms_opt(0, 0, 0).map(|moment| moment.and_utc()).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_parsed_and_every_faulty_one_is_named() {
        let filter = AuditFilter {
            feature: "kimi".to_owned(),
            from: "2026-01-05".to_owned(),
            to: "2026-01-05".to_owned(),
            ..AuditFilter::default()
        };
        let query = filter.parse().unwrap();
        assert_eq!(query.to.unwrap() - query.from.unwrap(), chrono::TimeDelta::days(1));
        assert_eq!((query.limit, query.after, query.actor), (100, None, None));

        let filter = AuditFilter {
            feature: "Kimi".to_owned(),
            from: "yesterday".to_owned(),
            before: "x".to_owned(),
            limit: "1001".to_owned(),
            ..AuditFilter::default()
        };
        let pointers: Vec<String> = filter.parse().unwrap_err().into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/before", "/limit", "/feature", "/from"]);
    }
}
