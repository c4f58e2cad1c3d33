//! What targets are sent: the document of a webhook, the message for Slack and those like it, and the alert for Prometheus
//! Alertmanager. Not how it is signed or sent.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::format;
use crate::domain::alert_notice::{AlertNotice, NoticeStatus};
use crate::domain::notification::NotificationId;

/// Why something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    Alert,
    /// Somebody wants to know whether it arrives; nothing is the matter.
    Test,
}

/// What a webhook is sent, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Letter {
    pub kind: LetterKind,
    /// The same however often it is sent: what was taken under this name already is to be passed over.
    pub delivery: NotificationId,
    /// Where the panel shows what it is about; there is none unless the panel's public address is known.
    pub link: Option<String>,
    pub notice: AlertNotice,
}

impl Letter {
    /// A letter about `notice` with a link to the panel at `public_url`.
    pub fn new(kind: LetterKind, delivery: NotificationId, notice: AlertNotice, public_url: Option<&str>) -> Self {
        let page = match (&notice.feature, &notice.migration) {
            (Some(feature), _) => format!("/features/{feature}"),
            (None, Some(migration)) => format!("/migrations/{migration}"),
            (None, None) => "/".to_owned(),
        };
        Self { kind, delivery, link: public_url.map(|url| format!("{}{page}", url.trim_end_matches('/'))), notice }
    }

    /// The message for Slack and those like it.
    pub fn for_slack(&self) -> Value {
        let notice = &self.notice;
        let title = cut(&format!("{}: {} of {}", self.status(), notice.rule, self.subject()), 150);
        let sentence = cut(&slack_text(&notice.summary), 2_900);
        let mut about = vec![format!("{} · since {}", notice.severity.as_str(), format::minute(notice.firing_since))];
        if let NoticeStatus::Resolved { resolved_at } = notice.status {
            about.push(format!("until {}", format::minute(resolved_at)));
        }
        let mut blocks = vec![
            json!({"type": "header", "text": {"type": "plain_text", "text": title}}),
            json!({"type": "section", "text": {"type": "mrkdwn", "text": sentence}}),
        ];
        if let Some(done) = &notice.action_taken {
            let text = cut(&format!("*Done about it:* {}", slack_text(done)), 2_900);
            blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}));
        }
        if let Some(link) = &self.link {
            about.push(format!("<{link}|open in Crossfade>"));
        }
        blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": about.join(" · ")}]}));
        json!({"text": format!("{} – {sentence}", slack_text(&title)), "blocks": blocks})
    }

    /// The alert for Alertmanager. What is in the labels is what it tells alerts apart by: not the name of the episode, or
    /// one that begins to fire again would be another alert, which silences do not know.
    pub fn for_alertmanager(&self, ends_at: Option<DateTime<Utc>>) -> Value {
        let notice = &self.notice;
        let mut labels = json!({
            "alertname": alert_name(&notice.rule), "rule": notice.rule, "severity": notice.severity.as_str(),
        });
        if let Some(migration) = &notice.migration {
            labels["migration"] = json!(migration);
        }
        if let Some(feature) = &notice.feature {
            labels["feature"] = json!(feature);
        }
        let mut annotations = json!({"summary": notice.summary, "crossfade_alert": notice.alert});
        if let Some(done) = &notice.action_taken {
            annotations["action_taken"] = json!(done);
        }
        let mut alert = json!({
            "labels": labels, "annotations": annotations, "startsAt": moment(notice.firing_since),
        });
        let resolved_at = match notice.status {
            NoticeStatus::Firing => ends_at,
            // An end that is not after its beginning is refused.
            NoticeStatus::Resolved { resolved_at } => {
                Some(resolved_at.max(notice.firing_since + TimeDelta::milliseconds(1)))
            }
        };
        if let Some(end) = resolved_at {
            alert["endsAt"] = json!(moment(end));
        }
        if let Some(link) = &self.link {
            alert["generatorURL"] = json!(link);
        }
        alert
    }

    fn status(&self) -> &'static str {
        match (self.kind, self.notice.status) {
            (LetterKind::Test, _) => "Test",
            (LetterKind::Alert, NoticeStatus::Firing) => "Firing",
            (LetterKind::Alert, NoticeStatus::Resolved { .. }) => "Resolved",
        }
    }

    fn subject(&self) -> String {
        match (&self.notice.feature, &self.notice.migration) {
            (Some(feature), _) => feature.to_string(),
            (None, Some(migration)) => migration.to_string(),
            (None, None) => "Crossfade".to_owned(),
        }
    }
}

/// `CrossfadeErrorRate` for `error_rate`: as names of alerts are usual.
fn alert_name(rule: &str) -> String {
    let mut name = String::from("Crossfade");
    for word in rule.split(|char: char| !char.is_alphanumeric()) {
        let mut chars = word.chars();
        name.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(chars.as_str());
    }
    name
}

/// Text in which Slack finds no link, mention or formatting that is not there.
fn slack_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::notice;

    fn letter(notice: AlertNotice) -> Letter {
        let id = NotificationId("0199a1b2-0000-7000-8000-00000000000a".to_owned());
        Letter::new(LetterKind::Alert, id, notice, Some("https://crossfade.example/"))
    }

    fn resolved() -> AlertNotice {
        let resolved_at = notice().firing_since + TimeDelta::minutes(12);
        AlertNotice { status: NoticeStatus::Resolved { resolved_at }, action_taken: None, ..notice() }
    }

    #[test]
    fn a_webhook_is_told_all_that_is_known() {
        insta::assert_json_snapshot!(letter(resolved()), @r#"
        {
          "kind": "alert",
          "delivery": "0199a1b2-0000-7000-8000-00000000000a",
          "link": "https://crossfade.example/features/kimi",
          "notice": {
            "alert": "0199a1b2-0000-7000-8000-000000000001",
            "status": "resolved",
            "resolved_at": "2026-01-05T10:42:30Z",
            "rule": "error_rate",
            "severity": "critical",
            "migration": "files",
            "feature": "kimi",
            "firing_since": "2026-01-05T10:30:30Z",
            "value": 0.06,
            "limit": 0.05,
            "lower": 0.051,
            "upper": 0.07,
            "n": 1000,
            "summary": "candidate error rate 6 % of 1,000 requests, limit 5 %",
            "action_taken": null
          }
        }
        "#);
        let back: Letter = serde_json::from_value(json!(letter(resolved()))).unwrap();
        assert_eq!(back, letter(resolved()));
    }

    #[test]
    fn slack_gets_a_title_a_sentence_and_a_link() {
        insta::assert_json_snapshot!(letter(notice()).for_slack(), @r#"
        {
          "blocks": [
            {
              "text": {
                "text": "Firing: error_rate of kimi",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "candidate error rate 6 % of 1,000 requests, limit 5 %",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "text": {
                "text": "*Done about it:* rolled back kimi to 0 %",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "critical · since 2026-01-05 10:30 UTC · <https://crossfade.example/features/kimi|open in Crossfade>",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": "Firing: error_rate of kimi – candidate error rate 6 % of 1,000 requests, limit 5 %"
        }
        "#);
        let end = letter(resolved()).for_slack();
        assert_eq!(end["blocks"][0]["text"]["text"], "Resolved: error_rate of kimi");
        let about = end["blocks"][2]["elements"][0]["text"].as_str().unwrap();
        assert!(about.starts_with("critical · since 2026-01-05 10:30 UTC · until 2026-01-05 10:42 UTC · "), "{about}");
    }

    #[test]
    fn nothing_that_people_wrote_means_something_to_slack() {
        let sent = AlertNotice { summary: format!("<!channel> & {}", "x".repeat(4_000)), ..notice() };
        let text = letter(sent).for_slack()["blocks"][1]["text"]["text"].as_str().unwrap().to_owned();
        assert!(text.starts_with("&lt;!channel&gt; &amp; x") && text.chars().count() == 2_900, "{text}");
    }

    #[test]
    fn alertmanager_knows_an_alert_by_what_stays_the_same() {
        insta::assert_json_snapshot!(letter(notice()).for_alertmanager(None), @r#"
        {
          "annotations": {
            "action_taken": "rolled back kimi to 0 %",
            "crossfade_alert": "0199a1b2-0000-7000-8000-000000000001",
            "summary": "candidate error rate 6 % of 1,000 requests, limit 5 %"
          },
          "generatorURL": "https://crossfade.example/features/kimi",
          "labels": {
            "alertname": "CrossfadeErrorRate",
            "feature": "kimi",
            "migration": "files",
            "rule": "error_rate",
            "severity": "critical"
          },
          "startsAt": "2026-01-05T10:30:30.000Z"
        }
        "#);
        let end = letter(resolved()).for_alertmanager(None);
        assert_eq!(end["labels"], letter(notice()).for_alertmanager(None)["labels"]);
        assert_eq!(end["endsAt"], "2026-01-05T10:42:30.000Z");
        // An end before its beginning, as after a jump of the clock, is put behind it.
        let jumped = NoticeStatus::Resolved { resolved_at: notice().firing_since - TimeDelta::hours(1) };
        let jumped = letter(AlertNotice { status: jumped, ..notice() }).for_alertmanager(None);
        assert_eq!(jumped["endsAt"], "2026-01-05T10:30:30.001Z");
    }

    #[test]
    fn a_link_leads_to_what_it_is_about() {
        for (migration, feature, expected) in [
            (Some("files"), Some("kimi"), "https://a.example/crossfade/features/kimi"),
            (Some("files"), None, "https://a.example/crossfade/migrations/files"),
            (None, None, "https://a.example/crossfade/"),
        ] {
            let about = AlertNotice {
                migration: migration.map(|slug| slug.parse().unwrap()),
                feature: feature.map(|key| key.parse().unwrap()),
                ..notice()
            };
            let id = NotificationId("1".to_owned());
            let letter = Letter::new(LetterKind::Test, id, about, Some("https://a.example/crossfade"));
            assert_eq!(letter.link.as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_name_of_an_alert_is_as_names_of_alerts_are() {
        for (rule, expected) in [
            ("error_rate", "CrossfadeErrorRate"),
            ("no candidate traffic", "CrossfadeNoCandidateTraffic"),
            ("P95-latency", "CrossfadeP95Latency"),
            ("", "Crossfade"),
        ] {
            assert_eq!(alert_name(rule), expected);
        }
    }
}
