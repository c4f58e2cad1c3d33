//! Against a small server that answers as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::domain::decision::Reason;
use crate::domain::feature::Switch;
use crate::domain::feature_key::FeatureKey;
use crate::domain::path::Path;
use crate::domain::unit::Unit;
use crate::facade::batch::{Batch, BatchKind, SendError, Sent, Transport as _};
use crate::facade::source::{DecisionSource as _, Undecided};

/// A request: its first line, its headers in lower case, its body.
#[derive(Clone, Debug)]
struct Request {
    line: String,
    headers: String,
    body: String,
}

type Requests = Arc<Mutex<Vec<Request>>>;

/// Answers every request with what `answer` says: a status line with headers, and a body.
async fn server(answer: impl Fn(&Request) -> (String, Value) + Send + Sync + 'static) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/sub", listener.local_addr().unwrap());
    let requests = Requests::default();
    let (kept, answer) = (Arc::clone(&requests), Arc::new(answer));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while let Some(request) = read(&mut stream).await {
                    let (status, body) = answer(&request);
                    kept.lock().unwrap().push(request);
                    let body = body.to_string();
                    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    stream.write_all(text.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (base, requests)
}

async fn read(stream: &mut BufReader<tokio::net::TcpStream>) -> Option<Request> {
    let (mut line, mut headers) = (String::new(), String::new());
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        if header.trim().is_empty() {
            break;
        }
        headers.push_str(&header.to_ascii_lowercase());
    }
    let length = headers.lines().find_map(|header| header.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { line: line.trim().to_owned(), headers, body: String::from_utf8(body).ok()? })
}

fn half() -> Value {
    json!({"key": "kimi", "value": true, "variant": "candidate", "reason": "SPLIT",
        "metadata": {"stage": "50%", "percentage": 50.0, "bucket": 2267, "fallback": true}})
}

fn shadow() -> Value {
    json!({"key": "kimi.shadow", "value": false, "variant": "off", "reason": "SPLIT", "metadata": {"sampleRate": 0.25}})
}

fn decisions(base: &str, settings: DecisionSettings) -> OfrepDecisions {
    OfrepDecisions::new(Crossfade::new(base, "cf_secret").unwrap(), settings).unwrap()
}

fn kimi() -> FeatureKey {
    "kimi".parse().unwrap()
}

fn unit(text: &str) -> Unit {
    Unit::parse(text).unwrap()
}

const NOW: DecisionSettings =
    DecisionSettings { fresh: Duration::ZERO, stale: Duration::from_secs(30), timeout: Duration::from_secs(5) };

#[test]
fn an_address_is_of_http_and_a_token_is_visible() {
    for (base, token, expected) in [
        ("http://127.0.0.1:3000", "cf_a", None),
        ("https://crossfade.example/below/", "cf_a", None),
        ("127.0.0.1:3000", "cf_a", Some(AddressError::Address)),
        ("file:///etc", "cf_a", Some(AddressError::Address)),
        ("http://127.0.0.1:3000", "", Some(AddressError::Token)),
        ("http://127.0.0.1:3000", "cf\n", Some(AddressError::Token)),
    ] {
        assert_eq!(Crossfade::new(base, token).err(), expected, "{base} {token:?}");
    }
}

#[tokio::test]
async fn one_answer_decides_every_unit_by_its_bucket() {
    let (base, requests) =
        server(|request| ("200 OK".to_owned(), if request.line.contains(".shadow") { shadow() } else { half() })).await;
    let decisions = decisions(&base, DecisionSettings { fresh: Duration::from_hours(1), ..NOW });
    // `user123` falls into bucket 6532 of kimi, `user456` into 2267.
    for (name, path) in [("user456", Path::Candidate), ("user123", Path::Legacy)] {
        let decided = decisions.decide(&kimi(), Some(&unit(name))).await.unwrap();
        assert_eq!((decided.path, decided.reason), (path, Reason::Split), "{name}");
        assert_eq!((decided.stage.as_str(), decided.fallback), ("50%", Switch::On));
        assert_eq!(decided.shadow.unwrap().fraction().to_string(), "0.25");
    }
    assert_eq!(decisions.decide(&kimi(), None).await, Err(Undecided::TargetingKeyMissing));
    let mut requests = requests.lock().unwrap().clone();
    requests.sort_by_key(|request| request.line.len());
    let lines: Vec<&str> = requests.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        ["POST /sub/ofrep/v1/evaluate/flags/kimi HTTP/1.1", "POST /sub/ofrep/v1/evaluate/flags/kimi.shadow HTTP/1.1"]
    );
    assert!(requests[0].headers.contains("authorization: bearer cf_secret"));
    assert_eq!(requests[0].body, r#"{"context":{"targetingKey":"user456"}}"#);
}

#[tokio::test]
async fn every_answer_has_its_meaning() {
    let with = |reason: &str, percentage: Value| json!({"value": false, "reason": reason, "metadata": {"stage": "s", "percentage": percentage, "fallback": false}});
    for (status, flag, expected) in [
        ("200 OK", with("DISABLED", json!(0)), Ok((Path::Legacy, Reason::Disabled))),
        ("200 OK", with("STATIC", json!(0)), Ok((Path::Legacy, Reason::Static))),
        ("200 OK", with("STATIC", json!(100)), Ok((Path::Candidate, Reason::Static))),
        ("200 OK", with("SPLIT", json!(0.01)), Ok((Path::Legacy, Reason::Split))),
        ("404 Not Found", json!({"errorCode": "FLAG_NOT_FOUND"}), Err("there is no such feature")),
        ("401 Unauthorized", json!({}), Err("crossfade could not be asked: it answered 401 Unauthorized")),
        ("200 OK", with("STATIC", json!(101)), Err("crossfade could not be asked: its percentage")),
        ("200 OK", json!({"value": true}), Err("crossfade could not be asked: error decoding response body")),
    ] {
        let answer = flag.clone();
        let (base, _) = server(move |request| {
            // Without shadow the call can be decided all the same.
            if request.line.contains(".shadow") {
                ("500 Oops".to_owned(), json!({}))
            } else {
                (status.to_owned(), answer.clone())
            }
        })
        .await;
        let decided = decisions(&base, NOW).decide(&kimi(), Some(&unit("user123"))).await;
        match (decided, expected) {
            (Ok(decided), Ok(expected)) => {
                assert_eq!((decided.path, decided.reason), expected, "{flag}");
                assert_eq!(decided.shadow, None);
            }
            (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{flag}: {error}"),
            (decided, expected) => panic!("{flag}: {decided:?} where {expected:?} was expected"),
        }
    }
}

#[tokio::test]
async fn what_was_said_last_counts_for_a_while_and_then_nothing_does() {
    let down = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let (base, requests) = server(move |request| {
        if is_down.load(std::sync::atomic::Ordering::SeqCst) {
            return ("503 Service Unavailable".to_owned(), json!({}));
        }
        ("200 OK".to_owned(), if request.line.contains(".shadow") { shadow() } else { half() })
    })
    .await;
    let (patient, strict) =
        (decisions(&base, NOW), decisions(&base, DecisionSettings { stale: Duration::ZERO, ..NOW }));
    let user = unit("user456");
    for decisions in [&patient, &strict] {
        assert_eq!(decisions.decide(&kimi(), Some(&user)).await.unwrap().path, Path::Candidate);
    }
    down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(patient.decide(&kimi(), Some(&user)).await.unwrap().path, Path::Candidate);
    assert!(matches!(strict.decide(&kimi(), Some(&user)).await, Err(Undecided::Unavailable(_))));

    // A failure is remembered as well: a Crossfade that hangs does not hold up every call.
    let slow = decisions(&base, DecisionSettings { fresh: Duration::from_hours(1), ..NOW });
    let before = requests.lock().unwrap().len();
    for _ in 0..5 {
        assert!(matches!(slow.decide(&kimi(), Some(&user)).await, Err(Undecided::Unavailable(_))));
    }
    assert_eq!(requests.lock().unwrap().len(), before + 2);
}

#[tokio::test]
async fn a_batch_is_sent_with_its_key_and_every_answer_has_its_meaning() {
    let batch = Batch { kind: BatchKind::Comparisons, key: "key-1".to_owned(), body: b"[{}]".to_vec(), items: 1 };
    let later = |reason: &str, seconds: Option<u64>| {
        Err(SendError::Later { reason: reason.to_owned(), after: seconds.map(Duration::from_secs) })
    };
    for (status, answer, expected) in [
        ("202 Accepted", json!({"accepted": 1, "duplicates": 0, "rejected": []}), Ok(Sent::default())),
        (
            "202 Accepted",
            json!({"accepted": 0, "duplicates": 0, "rejected": [{"index": 0, "detail": "unknown feature"}]}),
            Ok(Sent { refused: 1, detail: Some("unknown feature".to_owned()) }),
        ),
        (
            "422 Unprocessable Entity",
            json!({}),
            Err(SendError::Refused("crossfade answered 422 Unprocessable Entity".into())),
        ),
        ("401 Unauthorized", json!({}), later("crossfade answered 401 Unauthorized", None)),
        (
            "429 Too Many Requests\r\nretry-after: 3",
            json!({}),
            later("crossfade answered 429 Too Many Requests", Some(3)),
        ),
        ("503 Service Unavailable", json!({}), later("crossfade answered 503 Service Unavailable", None)),
    ] {
        let (base, requests) = server(move |_| (status.to_owned(), answer.clone())).await;
        let crossfade = Crossfade::new(&base, "cf_secret").unwrap();
        let transport = HttpTransport::new(crossfade, Duration::from_secs(5)).unwrap();
        assert_eq!(transport.send(&batch).await, expected, "{status}");
        let request = requests.lock().unwrap()[0].clone();
        assert_eq!(request.line, "POST /sub/api/v1/comparisons HTTP/1.1");
        assert!(request.headers.contains("idempotency-key: key-1"), "{}", request.headers);
        assert_eq!(request.body, "[{}]");
    }
}

#[tokio::test]
async fn a_crossfade_that_is_not_there_is_told_from_one_that_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let decided = decisions(&base, NOW).decide(&kimi(), None).await;
    assert!(matches!(decided, Err(Undecided::Unavailable(_))));
    let transport = HttpTransport::new(Crossfade::new(&base, "cf_a").unwrap(), Duration::from_secs(5)).unwrap();
    let batch = Batch { kind: BatchKind::Observations, key: "k".to_owned(), body: Vec::new(), items: 0 };
    assert!(matches!(transport.send(&batch).await, Err(SendError::Later { .. })));
}
