//! `POST /v1/metrics`: what an OpenTelemetry exporter sends, in both encodings and both temporalities, and what it is told.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use prost::Message as _;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{Counted, TestApp, post};
use crate::stores::{Obstacle, Obstructed};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// A time as the protocol has it.
fn ns(app: &TestApp, seconds_ago: i64) -> String {
    app.ago(seconds_ago).timestamp_nanos_opt().unwrap().to_string()
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect()
}

fn kimi(path: &str) -> Value {
    attributes(&[("crossfade.feature", "kimi"), ("crossfade.path", path)])
}

/// A histogram of one point: `counts` in buckets up to 10, 100 and above.
fn histogram(app: &TestApp, ago: (i64, i64), counts: [u64; 3]) -> Value {
    json!({
        "attributes": kimi("candidate"), "startTimeUnixNano": ns(app, ago.0), "timeUnixNano": ns(app, ago.1),
        "count": counts.iter().sum::<u64>().to_string(), "sum": 1.0, "explicitBounds": [10.0, 100.0], "bucketCounts": counts,
    })
}

fn metric(temporality: u8, points: &[Value]) -> Value {
    json!({"name": "http.server.request.duration", "unit": "ms",
        "histogram": {"aggregationTemporality": temporality, "dataPoints": points}})
}

/// A sum of points with these members besides their times.
fn sum(app: &TestApp, temporality: u8, points: &[Value]) -> Value {
    let point = |point: &Value| {
        let mut whole = json!({"startTimeUnixNano": ns(app, 60), "timeUnixNano": ns(app, 0)});
        whole.as_object_mut().unwrap().extend(point.as_object().unwrap().clone());
        whole
    };
    let points: Vec<Value> = points.iter().map(point).collect();
    json!({"name": "requests", "sum": {"aggregationTemporality": temporality, "isMonotonic": true, "dataPoints": points}})
}

fn request(metrics: &[Value]) -> Value {
    json!({"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"scope": {"name": "test"}, "metrics": metrics}]}]})
}

const DELTA: u8 = 1;
const CUMULATIVE: u8 = 2;

async fn send(app: &TestApp, metrics: &[Value]) -> Answer {
    app.post("/v1/metrics", &request(metrics)).await
}

/// Nothing was refused.
async fn taken(app: &TestApp, metrics: &[Value]) {
    assert_eq!(send(app, metrics).await.json(200), json!({"partialSuccess": null}));
}

/// How many were refused and why.
async fn refused(app: &TestApp, metrics: &[Value]) -> (String, String) {
    let answer = send(app, metrics).await.json(200);
    let partial = &answer["partialSuccess"];
    let count = partial["rejectedDataPoints"].to_string().replace('"', "");
    (count, partial["errorMessage"].as_str().unwrap_or_default().to_owned())
}

async fn candidate(app: &TestApp) -> u64 {
    app.counted("kimi").await.candidate
}

#[tokio::test]
async fn a_delta_counts_once_with_its_latencies() {
    let app = TestApp::with_features().await;
    let delta = metric(DELTA, &[histogram(&app, (60, 1), [1, 18, 1])]);
    for _ in 0..3 {
        taken(&app, std::slice::from_ref(&delta)).await;
        assert_eq!(candidate(&app).await, 20);
    }
    let points = app.get("/api/v1/features/kimi/metrics").await.json(200)["points"].take();
    let counted = points.as_array().unwrap().iter().find(|point| point["candidate"]["requests"] == 20).unwrap();
    let p50 = counted["candidate"]["p50_ms"].as_f64().or_else(|| counted["candidate"]["p50"].as_f64()).unwrap();
    // The geometric middle of 10 and 100, in whichever unit it is told.
    assert!((p50 / 31.62 - 1.0).abs() < 0.011 || (p50 / 0.03162 - 1.0).abs() < 0.011, "{counted}");
    assert_eq!(counted["candidate"]["errors"], 0);
    taken(&app, &[metric(DELTA, &[histogram(&app, (1, 0), [0, 5, 0])])]).await;
    assert_eq!(candidate(&app).await, 25);
}

#[tokio::test]
async fn of_cumulative_counts_only_what_is_new_counts_whoever_restarts() {
    let app = TestApp::with_features().await;
    let send =
        async |app: &TestApp, ago, counts| taken(app, &[metric(CUMULATIVE, &[histogram(app, ago, counts)])]).await;
    send(&app, (600, 300), [1, 2, 3]).await;
    assert_eq!(candidate(&app).await, 6);
    send(&app, (600, 300), [1, 2, 3]).await;
    assert_eq!(candidate(&app).await, 6);
    send(&app, (600, 240), [1, 4, 3]).await;
    assert_eq!(candidate(&app).await, 8);
    // An older one comes late.
    send(&app, (600, 270), [1, 3, 3]).await;
    assert_eq!(candidate(&app).await, 8);
    // A restart here.
    let app = app.restarted().await;
    send(&app, (600, 240), [1, 4, 3]).await;
    send(&app, (600, 200), [2, 4, 3]).await;
    assert_eq!(candidate(&app).await, 9);
    // A restart there.
    send(&app, (190, 180), [0, 7, 0]).await;
    send(&app, (190, 170), [0, 8, 0]).await;
    assert_eq!(candidate(&app).await, 17);
    // Two instances of a service that call themselves the same.
    send(&app, (195, 170), [0, 1, 0]).await;
    send(&app, (190, 160), [0, 9, 0]).await;
    send(&app, (195, 160), [0, 2, 0]).await;
    assert_eq!(candidate(&app).await, 20);
}

#[tokio::test]
async fn a_series_that_began_long_ago_counts_from_its_first_point_on() {
    let app = TestApp::with_features().await;
    let days = 86_400 * 2;
    taken(&app, &[metric(CUMULATIVE, &[histogram(&app, (days, 60), [0, 1_000, 0])])]).await;
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
    taken(&app, &[metric(CUMULATIVE, &[histogram(&app, (days, 0), [0, 1_003, 0])])]).await;
    assert_eq!(candidate(&app).await, 3);
}

#[tokio::test]
async fn an_outcome_follows_from_the_attributes() {
    let app = TestApp::with_features().await;
    let attributes = |more: &[(&str, Value)]| {
        let mut all = kimi("candidate");
        all.as_array_mut().unwrap().extend(more.iter().map(|(key, value)| json!({"key": key, "value": value})));
        all
    };
    let text = |text: &str| json!({"stringValue": text});
    let mut expected = [0, 0, 0, 0];
    for (index, (more, which)) in [
        (vec![], 0),
        (vec![("crossfade.outcome", text("ok")), ("error.type", text("Timeout"))], 0),
        (vec![("crossfade.outcome", text("error"))], 1),
        (vec![("crossfade.outcome", text("caller_error"))], 2),
        (vec![("http.response.status_code", json!({"intValue": "204"}))], 0),
        (vec![("http.response.status_code", json!({"intValue": 404})), ("error.type", text("404"))], 2),
        (vec![("http.response.status_code", text("503")), ("error.type", text("503"))], 1),
        (vec![("error.type", text("java.net.UnknownHostException"))], 1),
        (vec![("error.type", text(""))], 0),
        (vec![("crossfade.fallback", json!({"boolValue": true}))], 3),
    ]
    .into_iter()
    .enumerate()
    {
        let count = 1_u64 << index;
        expected[which] += count;
        taken(&app, &[sum(&app, DELTA, &[json!({"attributes": attributes(&more), "asInt": count.to_string()})])]).await;
    }
    let told = app.get("/metrics").await;
    let value = |series: &str| -> u64 {
        let line = told.text().lines().find(|line| line.starts_with(series)).unwrap();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    };
    let requests = |outcome: &str| {
        value(&format!(r#"crossfade_requests_total{{feature="kimi",path="candidate",outcome="{outcome}"}}"#))
    };
    assert_eq!(
        [requests("ok"), requests("error"), requests("caller_error")],
        [expected[0], expected[1] + expected[3], expected[2],]
    );
    assert_eq!(value(r#"crossfade_fallbacks_total{feature="kimi"}"#), expected[3]);
}

#[tokio::test]
async fn attributes_of_the_resource_count_as_defaults_and_what_is_not_ours_is_passed_over() {
    let app = TestApp::with_features().await;
    let point = |pairs: &[(&str, &str)], count: u32| json!({"attributes": attributes(pairs), "asDouble": count, "startTimeUnixNano": ns(&app, 9), "timeUnixNano": ns(&app, 1)});
    let points = [
        point(&[("crossfade.path", "legacy"), ("crossfade.operation", "upload")], 3),
        point(&[("crossfade.path", "candidate"), ("crossfade.feature", "smart_handler")], 4),
        point(&[("other", "thing")], 5),
    ];
    let sum = json!({"aggregationTemporality": DELTA, "isMonotonic": true, "dataPoints": points});
    let gauge = json!({"name": "memory", "gauge": {"dataPoints": [point(&[], 6)]}});
    let metrics = json!([{"name": "requests".repeat(20), "sum": sum}, gauge, {"name": "nothing"}]);
    let resource = json!({"attributes": attributes(&[("crossfade.feature", "kimi"), ("service.name", "shop")])});
    let body = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}, {}]});
    assert_eq!(app.post("/v1/metrics", &body).await.json(200), json!({"partialSuccess": null}));
    assert_eq!(app.counted("kimi").await, Counted::legacy(3));
    assert_eq!(app.counted("smart_handler").await, Counted { candidate: 4, ..Counted::NOTHING });
    let upload = app.get("/api/v1/features/kimi/metrics?operation=upload").await.json(200);
    let requests: u64 =
        upload["points"].as_array().unwrap().iter().map(|it| it["legacy"]["requests"].as_u64().unwrap()).sum();
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_point_that_is_wrong_is_refused_and_loses_no_neighbour() {
    let app = TestApp::with_features().await;
    let good = || json!({"attributes": kimi("legacy"), "asInt": "1"});
    let with = |key: &str, value: Value| {
        let mut point = good();
        point[key] = value;
        point
    };
    let hour_ahead = ns(&app, -3_600);
    let year_ago = ns(&app, 366 * 86_400);
    for (wrong, expected) in [
        (with("asInt", json!("-1")), "a count must be a whole number"),
        (json!({"attributes": kimi("legacy"), "asDouble": 1.5}), "a count must be a whole number"),
        (json!({"attributes": kimi("legacy"), "asDouble": 1e300}), "a count must be a whole number"),
        (json!({"attributes": kimi("legacy")}), "has no value"),
        (with("asInt", json!("9223372036854775807")), "nothing is counted beyond"),
        (with("timeUnixNano", json!("0")), "has no time"),
        (with("timeUnixNano", json!(hour_ahead)), "in the future"),
        (with("timeUnixNano", json!("18446744073709551615")), "beyond all calendars"),
        (
            json!({"attributes": kimi("legacy"), "asInt": "1", "startTimeUnixNano": year_ago, "timeUnixNano": year_ago}),
            "in the past",
        ),
        (with("startTimeUnixNano", json!(hour_ahead)), "begins after its end"),
        (with("attributes", kimi("both")), "must be legacy or candidate"),
        (with("attributes", attributes(&[("crossfade.feature", "kimi")])), "crossfade.path is missing"),
        (with("attributes", attributes(&[("crossfade.path", "legacy")])), "crossfade.feature is missing"),
        (
            with("attributes", attributes(&[("crossfade.path", "legacy"), ("crossfade.feature", "nothing")])),
            "unknown feature",
        ),
        (
            with("attributes", {
                let mut all = kimi("legacy");
                let many = (0..130).map(|n| json!({"key": format!("a{n}"), "value": {"stringValue": "x"}}));
                all.as_array_mut().unwrap().extend(many);
                all
            }),
            "more than 128 attributes",
        ),
    ] {
        let before = app.counted("kimi").await.legacy;
        app.advance(chrono::TimeDelta::milliseconds(1));
        let (count, reason) = refused(&app, &[sum(&app, DELTA, &[good(), wrong.clone(), good()])]).await;
        assert!(count == "1" && reason.contains(expected), "{wrong}: {count} {reason}");
        // Both good ones are of one series and moment, so one.
        assert_eq!(app.counted("kimi").await.legacy, before + 1, "{wrong}");
    }
}

#[tokio::test]
async fn a_histogram_that_cannot_be_is_refused() {
    let app = TestApp::with_features().await;
    let good = histogram(&app, (60, 0), [1, 1, 1]);
    let with = |changes: Value| {
        let mut point = good.clone();
        point.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        metric(DELTA, &[point])
    };
    let mut no_unit = with(json!({}));
    no_unit["unit"] = json!("By");
    let mut no_temporality = with(json!({}));
    no_temporality["histogram"]["aggregationTemporality"] = json!(0);
    let exponential = |point: Value| {
        let mut whole =
            json!({"attributes": kimi("legacy"), "startTimeUnixNano": ns(&app, 9), "timeUnixNano": ns(&app, 0)});
        whole.as_object_mut().unwrap().extend(point.as_object().unwrap().clone());
        json!({"name": "e", "unit": "s", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [whole]}})
    };
    for (wrong, expected) in [
        (with(json!({"count": "4"})), "do not add up"),
        (with(json!({"bucketCounts": [1, 2]})), "one bucket more than bounds"),
        (with(json!({"explicitBounds": [100.0, 10.0]})), "must be finite and rise"),
        (with(json!({"sum": -1.0})), "the sum must be a number"),
        (with(json!({"explicitBounds": [-20.0, -10.0]})), "must not be negative"),
        (with(json!({"explicitBounds": [10.0, 1e300]})), "at most a day"),
        (no_unit, "must be s, ms, us or ns, not \"By\""),
        (no_temporality, "delta or cumulative"),
        (
            exponential(json!({"count": "2", "scale": 0, "positive": {"offset": 0, "bucketCounts": ["1"]}})),
            "do not add up",
        ),
        (exponential(json!({"count": "0", "scale": 99})), "the scale"),
        (
            exponential(json!({"count": "1", "zeroCount": "1", "negative": {"bucketCounts": ["1"]}})),
            "must not be negative",
        ),
        (exponential(json!({"count": "1", "positive": {"offset": 1000, "bucketCounts": ["1"]}})), "at most a day"),
    ] {
        let (count, reason) = refused(&app, std::slice::from_ref(&wrong)).await;
        assert!(count == "1" && reason.contains(expected), "{wrong}: {count} {reason}");
    }
    taken(
        &app,
        &[exponential(
            json!({"count": "3", "zeroCount": "1", "scale": 3, "positive": {"offset": -9, "bucketCounts": ["2"]}}),
        )],
    )
    .await;
    assert_eq!(app.counted("kimi").await, Counted::legacy(3));
}

#[tokio::test]
async fn protobuf_and_gzip_are_taken_and_answered_in_kind() {
    let app = TestApp::with_features().await;
    let request = request(&[metric(DELTA, &[histogram(&app, (60, 1), [1, 2, 3])])]);
    let request: ExportMetricsServiceRequest = serde_json::from_value(request).unwrap();
    let body = request.encode_to_vec();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut packed, &body).unwrap();
    let gzip = ("content-encoding", "gzip");
    for (headers, body) in [(&[PROTOBUF][..], body.clone()), (&[PROTOBUF, gzip][..], packed.finish().unwrap())] {
        let answer = app.post_with("/v1/metrics", headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-protobuf"));
        assert_eq!(ExportMetricsServiceResponse::decode(answer.body).unwrap(), ExportMetricsServiceResponse::default());
    }
    assert_eq!(candidate(&app).await, 6);

    // The code and the message of `google.rpc.Status`, field 1 and 2.
    let cut_off = app.post_with("/v1/metrics", &[PROTOBUF], body[..body.len() - 3].to_vec()).await;
    assert_eq!((cut_off.status.as_u16(), cut_off.header("content-type")), (400, "application/x-protobuf"));
    assert_eq!(cut_off.body[..2], [8, 3]);
    assert!(String::from_utf8_lossy(&cut_off.body).contains("cut off"), "{cut_off:?}");
}

#[tokio::test]
async fn what_is_no_request_is_refused_whole() {
    let app = TestApp::with_features().await;
    let huge = format!(r#"{{"resourceMetrics":[{}]}}"#, vec!["{}"; 200_000].join(","));
    for (content_type, body, expected) in [
        ("application/json", "", 400),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", r#"{"resourceMetrics":7}"#, 400),
        ("application/json", r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":1}]}]}]}"#, 400),
        ("application/json", &huge, 413),
        ("application/x-protobuf", "hello", 400),
        ("text/plain", "{}", 415),
    ] {
        let answer = app.post_with("/v1/metrics", &[("content-type", content_type)], body.to_owned()).await;
        let shown = &body[..body.len().min(60)];
        assert_eq!(answer.status.as_u16(), expected, "{content_type} {shown}: {answer:?}");
        if content_type != "application/x-protobuf" {
            let status = answer.json(expected);
            assert!(status["code"].is_i64() && !status["message"].as_str().unwrap().is_empty(), "{status}");
        }
    }
    // An empty protobuf is an empty request.
    assert_eq!(app.post_with("/v1/metrics", &[PROTOBUF], Vec::new()).await.status, 200);
}

#[tokio::test]
async fn a_refusal_has_the_form_of_the_protocol_in_the_encoding_of_the_request() {
    let (app, store) = Obstructed::app().await;
    let json = ("content-type", "application/json");
    let (reader, nobody) = (app.with_token("read").await, app.anonymous());
    let busy = {
        let mut share = app.application.state.ingest.budget.share();
        share.resize(crossfade::server::ingest::budget::BUDGET_BYTES - 1_024).unwrap();
        share
    };
    let huge = format!("{{}}{}", " ".repeat(crossfade::server::http::body::MAX_BATCH_BYTES));
    let many = format!("{{}}{}", " ".repeat(4_096));
    let everything = app.with_token("ingest").await;
    for (visitor, body, status, code, header) in [
        (&nobody, "{}", 401, 16, ("www-authenticate", "Bearer")),
        (&reader, "{}", 403, 7, ("retry-after", "")),
        (&everything, huge.as_str(), 413, 8, ("retry-after", "")),
        (&everything, many.as_str(), 429, 8, ("retry-after", "1")),
    ] {
        for encoding in [json, PROTOBUF] {
            let answer = visitor.send(post("/v1/metrics", &[encoding], body.to_owned())).await;
            check_refusal(&answer, encoding.1, status, code);
            assert_eq!(answer.header(header.0), header.1, "{status}");
        }
    }
    drop(busy);
    store.put_up(Obstacle::Reads(|| crossfade::server::store::StoreError::Unavailable(sqlx::Error::PoolTimedOut)));
    for encoding in [json, PROTOBUF] {
        let answer = everything.send(post("/v1/metrics", &[encoding], Vec::new())).await;
        check_refusal(&answer, encoding.1, 503, 14);
        assert_eq!(answer.header("retry-after"), "1");
    }
}

fn check_refusal(answer: &Answer, encoding: &str, status: u16, code: u8) {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, encoding), "{answer:?}");
    if encoding == "application/json" {
        let told = answer.json(status);
        assert_eq!(told["code"], code, "{told}");
        assert!(!told["message"].as_str().unwrap().is_empty());
    } else {
        // The code of `google.rpc.Status` is field 1, its message field 2.
        assert_eq!(answer.body[..3], [8, code, 18], "{answer:?}");
        assert!(answer.body.len() > 10, "{answer:?}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_write_is_told_as_what_passes() {
    let (app, store) = Obstructed::app().await;
    store.put_up(Obstacle::Writes(|| crossfade::server::store::StoreError::Full));
    let answer = send(&app, &[metric(DELTA, &[histogram(&app, (60, 1), [1, 2, 3])])]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    store.take_down();
    taken(&app, &[metric(DELTA, &[histogram(&app, (60, 1), [1, 2, 3])])]).await;
    assert_eq!(candidate(&app).await, 6);
}

#[tokio::test]
async fn memory_that_is_taken_is_told_as_busy() {
    let app = TestApp::with_features().await;
    let mut share = app.application.state.ingest.budget.share();
    share.resize(crossfade::server::ingest::budget::BUDGET_BYTES - 1_024).unwrap();
    let request: Request<Body> =
        post("/v1/metrics", &[], request(&[metric(DELTA, &[histogram(&app, (60, 1), [1, 2, 3])])]).to_string());
    let answer = app.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "1"));
}
