"""An OpenTelemetry SDK as it comes, which exports what a service counts, with both temporalities."""

import json
import os
import sys

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

temporality = {"delta": AggregationTemporality.DELTA, "cumulative": AggregationTemporality.CUMULATIVE}[sys.argv[1]]
exporter = OTLPMetricExporter(
    endpoint=os.environ["CROSSFADE_URL"] + "/v1/metrics",
    headers={"Authorization": "Bearer " + os.environ["CROSSFADE_TOKEN"]},
    compression=Compression.Gzip,
    preferred_temporality={Counter: temporality, Histogram: temporality},
)
# Nothing is exported but when it is told.
reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
views = [View(instrument_name="fine.duration", aggregation=ExponentialBucketHistogramAggregation())]
provider = MeterProvider(
    metric_readers=[reader], resource=Resource.create({"service.name": "shop", "crossfade.feature": "kimi"}), views=views
)
meter = provider.get_meter("shop")
duration = meter.create_histogram("http.server.request.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 10])
fine = meter.create_histogram("fine.duration", unit="ms")
requests = meter.create_counter("requests")
other = meter.create_counter("other")

flushed = []
for round in range(3):
    for _ in range(10):
        duration.record(0.5, {"crossfade.path": "legacy", "http.response.status_code": 200})
        fine.record(80, {"crossfade.path": "candidate", "crossfade.operation": "fine"})
    duration.record(5, {"crossfade.path": "legacy", "http.response.status_code": 500, "error.type": "500"})
    # What is much longer makes an exponential histogram choose a wider scale.
    fine.record(80 * 100**round, {"crossfade.path": "candidate", "crossfade.operation": "fine"})
    requests.add(2, {"crossfade.path": "candidate", "crossfade.operation": "counted", "crossfade.outcome": "caller_error"})
    other.add(1, {"anything": "else"})
    flushed.append(provider.force_flush())
    # With nothing new, a cumulative one is sent all the same.
    flushed.append(provider.force_flush())
provider.shutdown()
print(json.dumps({"flushed": flushed}))
