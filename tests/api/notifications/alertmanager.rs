//! Against Debian's Prometheus Alertmanager, started here on a free port: what Crossfade tells it arrives at whoever it tells.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use crossfade::server::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Receiver, Told};

/// How often it is asked whether it is up.
const EVERY: Duration = Duration::from_millis(50);

/// How long it may take for what should take it a moment; the machine may be busy.
const LONGEST: Duration = Duration::from_mins(1);

/// The server. It is killed when it is dropped.
struct Alertmanager {
    child: Child,
    url: String,
}

impl Alertmanager {
    /// One that tells `receiver` of everything at once.
    async fn start(folder: &Path, receiver: &Receiver) -> Self {
        let config = json!({
            "route": {"receiver": "test", "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "test", "webhook_configs": [{"url": receiver.url("/told"), "send_resolved": true}]}],
        });
        // JSON is YAML.
        let file = folder.join("alertmanager.yml");
        std::fs::write(&file, config.to_string()).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::fs::File::create(folder.join("alertmanager.log")).unwrap();
        let child = Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={free}"))
            .arg("--cluster.listen-address=")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus-alertmanager: {error}; has scripts/setup test been run?"));
        let server = Self { child, url: format!("http://{free}") };
        let mut ticks = tokio::time::interval(EVERY);
        let ready = async {
            loop {
                ticks.tick().await;
                let answer = reqwest::get(format!("{}/-/ready", server.url)).await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
            }
        };
        let waited = tokio::time::timeout(LONGEST, ready).await;
        assert!(waited.is_ok(), "{}", std::fs::read_to_string(folder.join("alertmanager.log")).unwrap_or_default());
        server
    }

    /// What it takes to fire now.
    async fn alerts(&self) -> Value {
        let text = reqwest::get(format!("{}/api/v2/alerts", self.url)).await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_real_alertmanager_tells_each_end_of_an_alert_once() {
    crossfade::facade::remote::provide_tls();
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let folder = tempfile::tempdir().unwrap();
    let alertmanager = Alertmanager::start(folder.path(), &receiver).await;
    told.target(json!({"name": "am", "kind": "alertmanager", "url": alertmanager.url})).await;
    // It goes by its own clock.
    told.app.advance(SystemClock.now() - told.app.now() - TimeDelta::seconds(10));
    let firing = told.firing("a");
    told.alert(firing.clone()).await;
    told.tick().await;
    tokio::time::timeout(LONGEST, receiver.arrived(1)).await.unwrap();
    let first = receiver.letters()[0].json();
    assert_eq!(first["status"], "firing");
    let labels = json!({
        "alertname": "CrossfadeErrorRate", "feature": "kimi", "migration": "files", "rule": "error_rate",
        "severity": "critical",
    });
    assert_eq!(first["alerts"][0]["labels"], labels);
    assert_eq!(first["alerts"][0]["annotations"]["summary"], "candidate error rate 6 %");
    assert_eq!(first["alerts"][0]["generatorURL"], "https://crossfade.example/features/kimi");
    assert_eq!(told.states().await, [("delivered".to_owned(), 1)]);
    assert_eq!(alertmanager.alerts().await.as_array().unwrap().len(), 1);

    told.app.advance(TimeDelta::seconds(5));
    told.alert(crossfade::domain::alert_notice::AlertNotice {
        firing_since: firing.firing_since,
        ..told.resolved("a")
    })
    .await;
    told.tick().await;
    tokio::time::timeout(LONGEST, receiver.arrived(2)).await.unwrap();
    let letters = receiver.letters();
    let statuses: Vec<Value> = letters.iter().map(|letter| letter.json()["status"].take()).collect();
    assert_eq!(json!(statuses), json!(["firing", "resolved"]));
    assert_eq!(letters[1].json()["alerts"][0]["labels"], labels);
    assert_eq!(alertmanager.alerts().await, json!([]));
}
