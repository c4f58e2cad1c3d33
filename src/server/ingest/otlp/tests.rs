//! Whatever is sent, nothing panics, and what decoding takes was foreseen.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    HistogramDataPoint, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use proptest::prelude::*;
use prost::Message as _;

use super::*;

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn context() -> Context {
    Context::new(&[], DateTime::from_timestamp_nanos(1_800_000_000_000_000_000))
}

fn request(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}

/// A request that has a bit of everything that is looked at.
fn any_request() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let attributes = || {
        let key =
            prop::sample::select(vec!["crossfade.feature", "crossfade.path", "crossfade.outcome", "error.type", "a"]);
        let value = prop::sample::select(vec!["kimi", "legacy", "candidate", "ok", "error", ""]);
        prop::collection::vec((key, value).prop_map(|(key, value)| attribute(key, value)), 0..5)
    };
    let point = (attributes(), any::<(u64, u64, u64, u32)>(), any::<Option<f64>>()).prop_flat_map(
        |(attributes, (start, time, count, flags), sum)| {
            let counts = prop::collection::vec(any::<u64>(), 0..6);
            let bounds = prop::collection::vec(any::<f64>(), 0..6);
            (counts, bounds).prop_map(move |(bucket_counts, explicit_bounds)| HistogramDataPoint {
                attributes: attributes.clone(),
                start_time_unix_nano: start,
                time_unix_nano: time,
                count,
                sum,
                bucket_counts,
                explicit_bounds,
                flags,
                ..HistogramDataPoint::default()
            })
        },
    );
    let metric = (".{0,80}", "s|ms|", prop::collection::vec(point, 0..4), any::<i32>()).prop_map(
        |(name, unit, data_points, aggregation_temporality)| {
            let data = opentelemetry_proto::tonic::metrics::v1::Histogram { data_points, aggregation_temporality };
            Metric { name, unit, data: Some(Data::Histogram(data)), ..Metric::default() }
        },
    );
    prop::collection::vec(metric, 0..4).prop_map(request)
}

#[test]
fn the_smallest_messages_weigh_what_they_become() {
    let empty = Metric {
        data: Some(Data::Sum(Sum { data_points: vec![NumberDataPoint::default(); 50_000], ..Sum::default() })),
        ..Metric::default()
    };
    let body = request(vec![empty]).encode_to_vec();
    assert!(body.len() < 200_000);
    let weight = weight::protobuf(&body).unwrap();
    let taken = 50_000 * size_of::<NumberDataPoint>();
    assert!(weight >= taken, "{weight} for {taken}");
    let json = format!("[{}]", vec!["{}"; 50_000].join(","));
    assert!(weight::json(json.as_bytes()) >= taken);
    let sizes =
        [size_of::<HistogramDataPoint>(), size_of::<Metric>(), size_of::<ResourceMetrics>(), size_of::<KeyValue>()];
    assert!(sizes.iter().all(|size| *size <= 320), "{sizes:?}");
}

#[test]
fn a_body_that_is_cut_off_weighs_nothing() {
    let body = request(vec![Metric { name: "a".repeat(100), ..Metric::default() }]).encode_to_vec();
    assert!(weight::protobuf(&body).is_ok());
    for end in 1..body.len() {
        assert_eq!(weight::protobuf(&body[..end]), Err(weight::Malformed), "{end}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = weight::protobuf(&body);
        let _ = weight::json(&body);
        if let Ok(request) = ExportMetricsServiceRequest::decode(&body[..]) {
            let _ = batch(&request, &context());
        }
    }

    #[test]
    fn absurd_points_never_panic_and_are_refused_alone(request in any_request()) {
        let points: u32 = request.resource_metrics[0].scope_metrics[0].metrics.iter().map(|metric| match &metric.data {
            Some(Data::Histogram(histogram)) => u32::try_from(histogram.data_points.len()).unwrap(),
            _ => 0,
        }).sum();
        let batch = batch(&request, &context()).unwrap();
        prop_assert!(batch.rejected.iter().all(|rejection| rejection.index < points));
        prop_assert!(weight::protobuf(&request.encode_to_vec()).is_ok());
    }

    #[test]
    fn mangled_requests_never_panic(request in any_request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = request.encode_to_vec();
        if !body.is_empty() {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let _ = weight::protobuf(&body);
        if let Ok(request) = ExportMetricsServiceRequest::decode(&body[..]) {
            let _ = batch(&request, &context());
        }
    }
}
