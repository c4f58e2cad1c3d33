//! Alerts: when they fire and end, what they do, who is told, and that neither a restart nor a clock makes one up.

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::domain::alert_notice::{AlertNotice, NoticeStatus};
use crossfade::domain::instance::{Instance, InstanceId};
use crossfade::server::events::catch_up;
use crossfade::server::store::StoreError;
use crossfade::server::workers::alerts;
use serde_json::{Value, json};

use crate::deciding::{Team, ask, refusals};
use crate::stores::{Obstacle, Obstructed};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

const POLICY: &str = "/api/v1/migrations/files/policy";

/// An error rate of 5 % in five minutes, for two minutes; over after two.
fn error_rate(changes: &Value) -> Value {
    let mut rule = json!({
        "kind": "error_rate", "limit": 0.05, "window_minutes": 5, "for_minutes": 2, "keep_firing_minutes": 2,
        "severity": "critical",
    });
    for (name, value) in changes.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

/// What the tests do with a team that is watched.
trait Watched {
    async fn watched(rules: Value) -> Team;
    async fn watch(&self, rules: Value);
    async fn look(&self) -> Vec<AlertNotice>;
    async fn minutes(&self, minutes: u32, failed: usize) -> Vec<AlertNotice>;
    async fn alerts(&self) -> Vec<Value>;
    async fn the_alert(&self) -> Value;
}

impl Watched for Team {
    /// With `kimi` at 10 %, watched by these rules.
    async fn watched(rules: Value) -> Team {
        let team = Team::advanced(2).await;
        team.watch(rules).await;
        team
    }

    async fn watch(&self, rules: Value) {
        let mut policy = self.app.get(POLICY).await.json(200)["policy"].take();
        policy["alerts"] = rules;
        let body = json!({"policy": policy, "reason": "to be watched"});
        ask(&self.engineer, "PUT", POLICY, &[], &body).await.json(200);
    }

    /// The worker looks once.
    async fn look(&self) -> Vec<AlertNotice> {
        alerts::tick(&self.app.application.state).await.unwrap()
    }

    /// So many minutes with a hundred requests of the candidate each, of which so many fail, and a look in each.
    async fn minutes(&self, minutes: u32, failed: usize) -> Vec<AlertNotice> {
        let mut notices = Vec::new();
        for _ in 0..minutes {
            let mut items = vec![observation(&json!({"path": "candidate"})); 100 - failed];
            items.extend(vec![observation(&json!({"path": "candidate", "outcome": "error"})); failed]);
            self.engineer.post(OBSERVATIONS, &json!(items)).await.json(202);
            notices.extend(self.look().await);
            self.wait(60);
        }
        notices
    }

    async fn alerts(&self) -> Vec<Value> {
        self.app.get("/api/v1/alerts").await.json(200)["alerts"].as_array().unwrap().clone()
    }

    async fn the_alert(&self) -> Value {
        let alerts = self.alerts().await;
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        alerts[0].clone()
    }
}

/// The same people before a program that was stopped and started again.
async fn restarted(team: Team) -> Team {
    let Team { app, engineer, manager } = team;
    // They hold on to the program that is to end.
    drop((engineer, manager));
    let app = app.restarted().await;
    let engineer = app.with_token("read,ingest,operate").await;
    let manager = app.with_token("read,sign_off").await;
    Team { app, engineer, manager }
}

fn firing(notices: &[AlertNotice]) -> usize {
    notices.iter().filter(|notice| notice.status == NoticeStatus::Firing).count()
}

#[tokio::test]
async fn an_alert_is_pending_fires_with_its_numbers_and_is_over_when_all_is_well() {
    let team = Team::watched(json!([error_rate(&json!({}))])).await;
    assert!(team.minutes(2, 30).await.is_empty());
    let pending = team.the_alert().await;
    assert_eq!((&pending["state"], &pending["firing_since"]), (&json!("pending"), &Value::Null));
    let notices = team.minutes(2, 30).await;
    assert_eq!(notices.len(), 1, "{notices:?}");
    let mut told = json!(notices[0]);
    told["alert"].take();
    insta::assert_json_snapshot!(told, @r#"
    {
      "action_taken": null,
      "alert": null,
      "feature": "kimi",
      "firing_since": "2026-01-05T10:32:30Z",
      "limit": 0.05,
      "lower": 0.188700939245242,
      "migration": "files",
      "n": 300,
      "rule": "error_rate",
      "severity": "critical",
      "status": "firing",
      "summary": "kimi: error rate 30 % (90 of 300 requests of the candidate in the last 5 min, between 18.9 % and 43 %); the limit is 5 %",
      "upper": 0.429974105728486,
      "value": 0.3
    }
    "#);
    let alert = team.the_alert().await;
    assert_eq!(
        (&alert["state"], &alert["told"], &alert["action_taken"]),
        (&json!("firing"), &json!(true), &Value::Null)
    );
    let status = team.app.get("/monitoring/hybrid-status").await.json(200);
    let expected = json!({
        "rule": "error_rate", "feature": "kimi", "state": "firing", "value": 0.3, "limit": 0.05, "since": "2026-01-05T10:32:30Z",
    });
    assert_eq!(status["alerts"], json!([expected]));
    assert_eq!(team.told(2).await, ["alert.fired", "policy.changed"]);
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.actor.as_str(), &event.after["frozen_digest"]), ("policy", &alert["frozen_digest"]));

    // What it fired on can be judged again, and is what was said.
    let id = alert["id"].as_str().unwrap();
    let document = team.app.get(&format!("/api/v1/alerts/{id}")).await.json(200);
    assert_eq!(document["frozen"]["evidence"]["candidate"]["errors"], 90);
    assert_eq!(document["frozen"]["rule"]["name"], "error_rate");
    let frozen: crossfade::domain::alert::FrozenAlert = serde_json::from_value(document["frozen"].clone()).unwrap();
    assert_eq!(json!(frozen.digest()), document["frozen_digest"]);

    let notices = team.minutes(12, 0).await;
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(matches!(notices[0].status, NoticeStatus::Resolved { .. }));
    assert!(notices[0].summary.starts_with("kimi: error_rate is over: error rate 0 %"), "{}", notices[0].summary);
    let over = team.the_alert().await;
    assert_eq!(over["state"], "resolved");
    assert_eq!(team.told(1).await, ["alert.resolved"]);
    assert_eq!(team.app.get("/monitoring/hybrid-status").await.json(200)["alerts"], json!([]));
    // The next time it is another.
    assert_eq!(firing(&team.minutes(6, 50).await), 1);
    assert_eq!(team.alerts().await.len(), 2);
}

#[tokio::test]
async fn prometheus_is_told_what_is_pending_and_what_fires_and_nothing_of_what_is_over() {
    let team = Team::watched(json!([error_rate(&json!({}))])).await;
    let told = async || -> Vec<String> {
        let text = team.app.get("/metrics").await.page(200).to_owned();
        text.lines().filter_map(|line| line.strip_prefix("crossfade_alerts_firing")).map(str::to_owned).collect()
    };
    let series = |value: &str| format!(r#"{{rule="error_rate",feature="kimi",migration="files"}} {value}"#);
    assert!(told().await.is_empty());
    team.minutes(2, 30).await;
    assert_eq!(told().await, [series("0.0")]);
    team.minutes(2, 30).await;
    assert_eq!(told().await, [series("1.0")]);
    team.minutes(12, 0).await;
    assert_eq!(team.the_alert().await["state"], "resolved");
    assert!(told().await.is_empty());
}

#[tokio::test]
async fn the_number_beside_alerts_is_of_what_fires_now_whoever_noticed_it() {
    let team = Team::watched(json!([error_rate(&json!({"for_minutes": 0}))])).await;
    let engineer = team.app.as_role(Role::Engineer).await;
    let counts = async || {
        let overview = engineer.get("/panel/overview").await.json(200)["firing"].clone();
        let feature = engineer.get("/panel/feature?key=kimi").await.json(200)["firing"].clone();
        let is_shown = engineer.get("/audit").await.page(200).contains(" firing</span>");
        (overview, feature, is_shown)
    };
    assert_eq!(counts().await, (json!(0), json!(0), false));
    team.minutes(1, 30).await;
    assert_eq!(counts().await, (json!(1), json!(1), true));
    // Another process had it end.
    team.app.execute("UPDATE alerts SET state = 'resolved', resolved_at = seen_at, resolved_reason = 'x'").await;
    assert_eq!(counts().await, (json!(0), json!(0), true));
    // They hold on to the program that is to end.
    drop(engineer);
    let team = restarted(team).await;
    let engineer = team.app.signed_in("engineer").await;
    catch_up(&team.app.application.state).await.unwrap();
    assert!(!engineer.get("/audit").await.page(200).contains(" firing</span>"));
}

#[tokio::test]
async fn a_held_stage_stands_still_and_nobody_goes_on() {
    let team = Team::watched(json!([error_rate(&json!({"action": "hold"}))])).await;
    let notices = team.minutes(3, 30).await;
    assert_eq!(notices[0].action_taken.as_deref(), Some("held the stage of kimi"));
    let gate = team.gate().await;
    let criteria = gate["criteria"].as_array().unwrap();
    let alerts = criteria.iter().find(|it| it["kind"] == "alerts").unwrap();
    assert_eq!((&alerts["verdict"], &alerts["measured"]), (&json!("failed"), &json!(1.0)));
    let dwell = criteria.iter().find(|it| it["kind"] == "dwell").unwrap();
    assert!(dwell["reason"].as_str().unwrap().ends_with("the alert error_rate holds the stage"), "{dwell}");
    let held = dwell["measured"].clone();
    let refused = refusals(&team.advance().await);
    assert!(refused.iter().any(|it| it.starts_with("alerts failed: error_rate fires since")), "{refused:?}");
    team.wait(3_600);
    let dwell = |gate: &Value| gate["criteria"].as_array().unwrap().iter().find(|it| it["kind"] == "dwell").cloned();
    assert_eq!(dwell(&team.gate().await).unwrap()["measured"], held, "time passes, and none of it counts");

    team.minutes(12, 0).await;
    let gate = team.gate().await;
    assert!(gate["criteria"].as_array().unwrap().iter().all(|it| it["kind"] != "alerts"), "{gate}");
    assert_ne!(dwell(&gate).unwrap()["measured"], held);
    let events = team.events().await;
    let fired = events.iter().find(|it| it.action == "alert.fired").unwrap();
    let resolved = events.iter().find(|it| it.action == "alert.resolved").unwrap();
    assert_eq!((&fired.after["held"], &resolved.after["let_go"]), (&json!(["kimi"]), &json!(["kimi"])));
}

#[tokio::test]
async fn traffic_is_taken_back_once_by_the_policy_with_what_made_it_do_so() {
    let rule = error_rate(&json!({"action": "roll_back", "rollback": "feature", "for_minutes": 1}));
    let team = Team::watched(json!([rule])).await;
    let notices = team.minutes(2, 30).await;
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].action_taken.as_deref(), Some("rolled kimi back to 0 %"));
    assert_eq!(team.state().await, json!(["shadow", 0, 0]));
    let rollbacks = team.app.get("/api/v1/rollbacks").await.json(200);
    let rollback = &rollbacks.as_array().unwrap()[0];
    assert_eq!((&rollback["actor"], &rollback["kind"]), (&json!("policy"), &json!("feature")));
    assert!(rollback["reason"].as_str().unwrap().starts_with("alert error_rate: error rate 30 %"), "{rollback}");
    let alert = team.the_alert().await;
    assert_eq!((&alert["rollback"], &alert["state"]), (&rollback["id"], &json!("firing")));
    assert_eq!(rollback["alert"], alert["id"]);
    let link = format!("href=\"/alerts/{}\"", alert["id"].as_str().unwrap());
    for page in ["/rollbacks", "/features/kimi"] {
        assert!(team.engineer.get(page).await.page(200).contains(&link), "{page}");
    }
    assert_eq!(team.told(2).await, ["rollback.feature", "alert.fired"]);
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.actor.as_str(), &event.after["alert"]), ("policy", &alert["id"]));

    // The feature is in another stage entry now: the alert is over, and does nothing more.
    let notices = team.look().await;
    assert_eq!(notices.len(), 1);
    let over = team.the_alert().await;
    assert_eq!(over["resolved_reason"], "the feature entered its stage anew");
    let before = team.events().await.len();
    assert_eq!(team.minutes(10, 30).await, []);
    assert_eq!(team.events().await.len(), before, "it cannot flap: a person has to let it in again");
}

#[tokio::test]
async fn what_fired_and_could_not_act_yet_acts_after_a_restart_and_is_told_once() {
    let team = Team::watched(json!([error_rate(&json!({"for_minutes": 1}))])).await;
    assert_eq!(firing(&team.minutes(2, 30).await), 1);
    team.app.execute("UPDATE alerts SET action = '{\"roll_back\":\"feature\"}', told = FALSE").await;
    let team = restarted(team).await;
    let notices = team.look().await;
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].action_taken.as_deref(), Some("rolled kimi back to 0 %"));
    assert_eq!(team.state().await, json!(["shadow", 0, 0]));
}

#[tokio::test]
async fn gradual_and_emergency_rollbacks_are_made_as_the_rule_says() {
    let gradual = json!({"action": "roll_back", "rollback": "gradual", "target": 1, "step": 4, "for_minutes": 0});
    let team = Team::watched(json!([error_rate(&gradual)])).await;
    let notices = team.minutes(1, 30).await;
    assert_eq!(notices[0].action_taken.as_deref(), Some("began to roll kimi back to 1 % in steps"));
    assert_eq!(team.state().await, json!(["10%", 6, 6]));

    let emergency = json!({"action": "roll_back", "rollback": "emergency", "for_minutes": 0});
    let team = Team::watched(json!([error_rate(&emergency)])).await;
    let notices = team.minutes(1, 30).await;
    assert_eq!(notices[0].action_taken.as_deref(), Some("rolled all of files back to 0 %"));
    let status = team.app.get("/monitoring/hybrid-status").await.json(200);
    assert_eq!((&status["candidate_enabled"], &status["rollout"]["kimi"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn a_restart_fires_and_tells_nothing_again() {
    let team = Team::watched(json!([error_rate(&json!({}))])).await;
    assert_eq!(firing(&team.minutes(4, 30).await), 1);
    let before = team.the_alert().await;
    let team = restarted(team).await;
    assert!(team.minutes(4, 30).await.is_empty());
    let after = team.the_alert().await;
    assert_eq!((&after["id"], &after["firing_since"]), (&before["id"], &before["firing_since"]));
    // What was pending when the program stopped goes on where it was, and does not count the time between.
    let team = Team::watched(json!([error_rate(&json!({"for_minutes": 4}))])).await;
    team.minutes(2, 30).await;
    let team = restarted(team).await;
    team.wait(7_200);
    assert!(team.minutes(2, 30).await.is_empty());
    assert_eq!(team.the_alert().await["state"], "pending");
    assert_eq!(firing(&team.minutes(3, 30).await), 1);
}

#[tokio::test]
async fn a_clock_that_jumps_by_hours_neither_fires_nor_ends_anything() {
    for hours in [5, -5] {
        let rules = json!([error_rate(&json!({})), {"kind": "no_traffic", "hours": 4, "for_minutes": 5}]);
        let team = Team::watched(rules).await;
        assert_eq!(firing(&team.minutes(3, 30).await), 1);
        let before = team.the_alert().await;
        team.wait(hours * 3_600);
        for _ in 0..3 {
            assert_eq!(team.look().await, [], "{hours} h");
            team.wait(2);
        }
        let notices = team.minutes(4, 30).await;
        assert_eq!(notices, [], "{hours} h");
        let alerts = team.alerts().await;
        assert!(alerts.iter().any(|it| it["id"] == before["id"] && it["state"] == "firing"), "{hours} h: {alerts:?}");
        assert!(alerts.iter().all(|it| it["rule"] != "no_traffic" || it["state"] == "pending"), "{alerts:?}");
    }
}

#[tokio::test]
async fn traffic_that_comes_and_goes_bad_does_not_flap() {
    let team = Team::watched(json!([error_rate(&json!({"window_minutes": 1, "keep_firing_minutes": 5}))])).await;
    let mut notices = team.minutes(4, 40).await;
    for _ in 0..6 {
        notices.extend(team.minutes(2, 0).await);
        notices.extend(team.minutes(2, 40).await);
    }
    assert_eq!((notices.len(), firing(&notices)), (1, 1), "{notices:?}");
}

#[tokio::test]
async fn absence_is_no_data_or_stale_and_never_fires_or_ends_an_error_rate() {
    let team = Team::watched(json!([error_rate(&json!({}))])).await;
    for _ in 0..10 {
        assert_eq!(team.look().await, []);
        team.wait(60);
    }
    let page = team.app.signed_in("admin").await.get("/alerts").await.page(200).to_owned();
    assert!(page.contains("no data") && page.contains("no requests of the candidate since the stage was entered"));
    assert_eq!(firing(&team.minutes(3, 30).await), 1);
    for _ in 0..30 {
        assert_eq!(team.look().await, []);
        team.wait(60);
    }
    let page = team.app.signed_in("admin").await.get("/alerts").await.page(200).to_owned();
    assert!(page.contains("stale"), "{page}");
    assert_eq!(team.the_alert().await["state"], "firing");
    // Somebody begins the stage anew: what fired was of another time.
    ask(&team.engineer, "POST", "/api/v1/features/kimi/restart-stage", &[], &json!({"reason": "mended"}))
        .await
        .json(200);
    team.look().await;
    assert_eq!(team.the_alert().await["resolved_reason"], "the feature entered its stage anew");
}

#[tokio::test]
async fn no_traffic_is_noticed_while_the_candidate_is_to_serve() {
    let team = Team::watched(json!([{"kind": "no_traffic", "hours": 4, "for_minutes": 1}])).await;
    team.minutes(1, 0).await;
    team.wait(4 * 3_600);
    let mut notices = Vec::new();
    for _ in 0..3 {
        notices.extend(team.look().await);
        team.wait(60);
    }
    assert_eq!(firing(&notices), 1);
    team.set(0.0).await.json(200);
    team.look().await;
    assert_eq!(team.the_alert().await["resolved_reason"], "the feature is at 0 %");
}

#[tokio::test]
async fn an_instance_that_the_database_does_not_answer_is_noticed_by_the_one_that_leads() {
    let rule = json!({
        "name": "cut off", "kind": "system", "decisions_age_seconds": 60, "for_minutes": 0, "keep_firing_minutes": 0,
    });
    let team = Team::watched(json!([rule])).await;
    let tell = |name: &'static str| {
        let (now, state) = (team.app.now(), team.app.application.state.clone());
        async move {
            let id = InstanceId(name.to_owned());
            let (name, version) = (format!("{name}:3000"), "1".to_owned());
            let instance =
                Instance { id, name, version, started_at: now, seen_at: now, decisions_at: Some(now), files: None };
            state.store.note_instance(&instance).await.unwrap();
        }
    };
    tell("one").await;
    tell("other").await;
    for notices in [0, 1, 0] {
        assert_eq!(firing(&team.look().await), notices);
        team.wait(61);
        tell("one").await;
    }
    let alert = team.the_alert().await;
    assert_eq!(
        (&alert["state"], &alert["feature"], &alert["kind"]),
        (&json!("firing"), &Value::Null, &json!("system"))
    );
    assert_eq!(alert["reading"]["reason"], "the decisions of other:3000 are 122 s old; the limit is 60 s");
    let page = team.app.get("/alerts").await;
    assert!(page.page(200).contains("decisions of an instance older than 60 s"), "{}", page.text());
    tell("other").await;
    assert_eq!(team.look().await.len(), 1);
    assert_eq!(team.the_alert().await["state"], "resolved");
}

#[tokio::test]
async fn a_silence_keeps_people_from_being_told_and_nothing_else() {
    let team = Team::watched(json!([error_rate(&json!({"action": "hold"}))])).await;
    let silence = json!({"migration": "files", "feature": "kimi", "minutes": 60, "reason": "we know"});
    let begun = ask(&team.engineer, "POST", "/api/v1/silences", &[], &silence).await.json(201);
    assert_eq!((&begun["in_effect"], &begun["until"]), (&json!(true), &json!("2026-01-05T11:30:30Z")));
    assert_eq!(team.minutes(4, 30).await, []);
    let alert = team.the_alert().await;
    assert_eq!([&alert["state"], &alert["silenced"], &alert["told"]], [&json!("firing"), &json!(true), &json!(false)]);
    assert_eq!(alert["action_taken"], "held the stage of kimi", "what a rule does is done all the same");
    // It ends: what fires still is told now.
    let uri = format!("/api/v1/silences/{}", begun["id"].as_str().unwrap());
    ask(&team.engineer, "DELETE", &uri, &[], &json!({})).await.json(200);
    assert_eq!(firing(&team.look().await), 1);
    assert_eq!(team.look().await, []);
    ask(&team.engineer, "DELETE", &uri, &[], &json!({})).await.problem(409);
    assert_eq!(team.told(2).await, ["silence.ended", "alert.fired"]);
    let listed = team.app.get("/api/v1/silences").await.json(200);
    assert_eq!((&listed[0]["in_effect"], &listed[0]["ended_by"]), (&json!(false), &json!("token:of mary")));

    for (body, pointers) in [
        (json!({"migration": "files", "reason": ""}), &["/until", "/reason"][..]),
        (json!({"migration": "files", "feature": "other", "minutes": 1, "reason": "a"}), &["/feature"]),
        (json!({"migration": "files", "minutes": 43_201, "reason": "a"}), &["/until"]),
    ] {
        let problem = ask(&team.engineer, "POST", "/api/v1/silences", &[], &body).await.problem(422);
        let found: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers, "{body}");
    }
    let unknown = json!({"migration": "other", "minutes": 1, "reason": "a"});
    ask(&team.engineer, "POST", "/api/v1/silences", &[], &unknown).await.problem(404);
    ask(&team.engineer, "DELETE", "/api/v1/silences/none", &[], &json!({})).await.problem(404);
    team.app.get("/api/v1/alerts/none").await.problem(404);
    team.app.get("/api/v1/alerts?state=asleep&feature=nobody&migration=none").await.problem(422);
}

#[tokio::test]
async fn pages_show_what_fires_and_a_form_silences_it() {
    let rule = error_rate(&json!({"for_minutes": 0, "action": "hold"}));
    let team = Team::watched(json!([rule, {"kind": "system", "limit": 0.8}])).await;
    let engineer = team.app.as_role(Role::Engineer).await;
    let quiet = engineer.get("/alerts").await.page(200).to_owned();
    for part in ["Nothing fires", "the machine was not measured yet", "no data", "Nothing was ever silenced"] {
        assert!(quiet.contains(part), "{part} in {quiet}");
    }
    team.minutes(1, 30).await;
    let alert = team.the_alert().await;
    let id = alert["id"].as_str().unwrap();
    let page = engineer.get("/alerts").await.page(200).to_owned();
    for part in
        ["error rate 30 %", "firing, critical", "held the stage of kimi", "over the limit", " firing</span>", id]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let page = engineer.get(&format!("/alerts/{id}")).await.page(200).to_owned();
    for part in ["Fired on", "sha256:", "hold the stage", "30 %", "Timeline"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let feature = engineer.get("/features/kimi").await.page(200).to_owned();
    assert!(feature.contains("error_rate fires since") && feature.contains("an alert fired from"), "{feature}");
    assert!(engineer.get("/").await.page(200).contains("alert fires"));
    let policy = engineer.get("/migrations/files/policy").await.page(200).to_owned();
    assert!(policy.contains("Alert rules") && policy.contains("hold the stage"), "{policy}");
    engineer.get("/alerts/none").await.page(404);
    let of_it = format!("/alerts/{id}");
    let one = engineer.get(&of_it).await.page(200).to_owned();
    for part in ["Silence it", "name=\"rule\" value=\"error_rate\"", "name=\"feature\" value=\"kimi\""] {
        assert!(one.contains(part), "{part} in {one}");
    }

    let fields = [
        ("__call", "/panel/begin-silence"),
        ("__form", "Silence"),
        ("migration", "files"),
        ("feature", "kimi"),
        ("rule", ""),
        ("minutes", "120"),
        ("reason", "we know"),
    ];
    let done = engineer.submit_form("/alerts", "/alerts", &fields).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/alerts"));
    let page = engineer.get("/alerts").await.page(200).to_owned();
    assert!(page.contains("silenced") && page.contains("every rule of kimi"), "{page}");
    let one = engineer.get(&of_it).await.page(200).to_owned();
    assert!(one.contains("silenced") && !one.contains("Silence it"), "{one}");
    let mut faulty = fields;
    faulty[6].1 = "";
    engineer.submit_form("/alerts", "/alerts", &faulty).await.page(422);
}

#[tokio::test]
async fn a_feature_that_cannot_be_looked_at_keeps_no_other_waiting() {
    let discrepancies = json!({"kind": "discrepancy_rate", "limit": 0.02, "for_minutes": 0});
    let team = Team::watched(json!([error_rate(&json!({"for_minutes": 0})), discrepancies])).await;
    team.minutes(1, 0).await;
    team.app.execute("UPDATE observation_minutes SET latency = substr(latency, 1, 1)").await;
    let differs = comparison(&json!({
        "feature": "smart_handler", "candidate": {"outcome": "ok", "latency_ms": 1.0, "result": {"size": 11}},
    }));
    team.engineer.post(COMPARISONS, &json!(vec![differs; 100])).await.json(202);
    let notices = team.look().await;
    let told: Vec<_> = notices.iter().map(|it| it.feature.as_ref().unwrap().as_str()).collect();
    assert_eq!(told, ["smart_handler"]);
}

#[tokio::test]
async fn what_the_store_refuses_is_made_up_for_later_and_told_once() {
    let (app, store) = Obstructed::app().await;
    let team = Team::of(app).await;
    for _ in 0..2 {
        team.overrides().await;
    }
    team.watch(json!([error_rate(&json!({"action": "roll_back", "rollback": "feature", "for_minutes": 1}))])).await;
    team.minutes(1, 30).await;
    store.put_up(Obstacle::Writes(|| StoreError::Full));
    assert_eq!(team.look().await, []);
    store.take_down();
    let notices = team.minutes(2, 30).await;
    assert_eq!(firing(&notices), 1, "{notices:?}");
    assert_eq!(team.state().await, json!(["shadow", 0, 0]));
}

#[tokio::test]
async fn a_rule_that_leaves_the_policy_ends_its_alert_and_rules_name_features_that_there_are() {
    let team = Team::watched(json!([error_rate(&json!({"for_minutes": 0, "features": ["kimi"]}))])).await;
    assert_eq!(firing(&team.minutes(1, 30).await), 1);
    team.watch(json!([])).await;
    team.look().await;
    assert_eq!(team.the_alert().await["resolved_reason"], "its rule is no longer in the policy");
    let mut policy = team.app.get(POLICY).await.json(200)["policy"].take();
    policy["alerts"] = json!([error_rate(&json!({"features": ["kimi", "nobody"]}))]);
    let body = json!({"policy": policy, "reason": "to be watched"});
    let problem = ask(&team.engineer, "PUT", POLICY, &[], &body).await.problem(422);
    assert!(problem["errors"][0]["pointer"].as_str().unwrap().ends_with("/alerts/0/features/1"), "{problem}");
    team.wait(TimeDelta::hours(1).num_seconds());
}
