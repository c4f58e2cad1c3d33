//! Durable ingest of OpenTelemetry's metrics beside a bare parse of the same bytes, in one run.
//!
//! Requests of 500 histogram points with 16 buckets over four connections, each answered after its commit, as deltas and as
//! cumulative counts of 500 series a connection. The bare parse is prost's `decode` on one thread.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at what it did not expect, and prints"
)]

#[expect(dead_code, reason = "each benchmark needs another part of it")]
mod support;

use std::time::Duration;

use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, ResourceMetrics, ScopeMetrics,
};
use prost::Message as _;
use support::{Connection, Server, time};

const REQUESTS: usize = 200;
const POINTS: usize = 500;
const CONNECTIONS: usize = 4;
const ROUNDS: usize = 3;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), directory.path());
    println!("{REQUESTS} requests of {POINTS} points, {CONNECTIONS} connections, best of {ROUNDS} rounds\n");
    // A series is known by its start: a later one would be another series.
    let started = server.now();
    for temporality in [AggregationTemporality::Delta, AggregationTemporality::Cumulative] {
        let mut best = [0.0_f64; 2];
        for round in 0..ROUNDS {
            let bodies: Vec<Vec<u8>> = (0..REQUESTS).map(|number| body(started, temporality, round, number)).collect();
            let bare = rate(time(|| bodies.iter().map(|body| parse(body)).sum::<usize>()));
            let ingest = rate(time(|| ingest(&server, &bodies)));
            for (best, measured) in best.iter_mut().zip([bare, ingest]) {
                *best = best.max(measured);
            }
        }
        let [bare, ingest] = best;
        println!("{}:", temporality.as_str_name());
        println!("  bare parse     {bare:>12.0} points/s");
        println!("  durable ingest {ingest:>12.0} points/s");
        println!("  ingest / parse {:.3}\n", ingest / bare);
    }
    server.stop();
}

fn rate((duration, count): (Duration, usize)) -> f64 {
    count as f64 / duration.as_secs_f64()
}

fn parse(body: &[u8]) -> usize {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    match &request.resource_metrics[0].scope_metrics[0].metrics[0].data {
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        _ => 0,
    }
}

fn ingest(server: &Server, bodies: &[Vec<u8>]) -> usize {
    let requests: Vec<Vec<u8>> = bodies.iter().map(|body| request(server, body)).collect();
    let address = server.address;
    std::thread::scope(|scope| {
        let senders: Vec<_> = requests
            .chunks(requests.len().div_ceil(CONNECTIONS))
            .map(|requests| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    for request in requests {
                        let (status, answer) = connection.exchange(request);
                        assert_eq!((status, answer.len()), (200, 0), "{}", String::from_utf8_lossy(&answer));
                    }
                    requests.len() * POINTS
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    })
}

fn request(server: &Server, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-protobuf\r\n{}content-length: {}\r\n\r\n",
        server.authorization,
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Points of different series; the requests of one connection are of the same ones, later and later.
fn body(started: DateTime<Utc>, temporality: AggregationTemporality, round: usize, number: usize) -> Vec<u8> {
    let connection = number / REQUESTS.div_ceil(CONNECTIONS);
    let step = u64::try_from(round * REQUESTS + number + 1).unwrap();
    let now = u64::try_from(started.timestamp_nanos_opt().unwrap()).unwrap();
    let start = now - 3_600_000_000_000 - u64::try_from(round).unwrap();
    let counts = vec![step; 16];
    let data_points = (0..POINTS).map(|point| HistogramDataPoint {
        attributes: vec![
            attribute("crossfade.feature", ["kimi", "smart_handler", "supabase"][point % 3].to_owned()),
            attribute("crossfade.path", ["legacy", "candidate"][point % 2].to_owned()),
            attribute("crossfade.operation", ["upload", "download"][point / 3 % 2].to_owned()),
            attribute("instance", format!("{connection}-{point}")),
        ],
        start_time_unix_nano: start,
        time_unix_nano: now - 60_000_000_000 + step,
        count: counts.iter().sum(),
        bucket_counts: counts.clone(),
        explicit_bounds: (0..15).map(|bucket| 0.005 * 2_f64.powi(bucket)).collect(),
        ..HistogramDataPoint::default()
    });
    let histogram = Histogram { data_points: data_points.collect(), aggregation_temporality: temporality as i32 };
    let metric = Metric {
        name: "http.server.request.duration".to_owned(),
        unit: "s".to_owned(),
        data: Some(Data::Histogram(histogram)),
        ..Metric::default()
    };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

fn attribute(key: &str, value: String) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}
