//! OpenTelemetry's metrics → the batch in them: what carries `crossfade.feature` and `crossfade.path`. All else is of no
//! concern here and is passed over. A point that is wrong is refused with what is wrong with it, and loses no neighbour.
//!
//! Histograms count operations and bring latencies, monotonic sums count operations. A delta counts once by an id made of
//! its series and times; cumulative counts are taken apart where the last ones are kept, in the store.

mod attributes;
mod point;
pub mod weight;

use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric};

use self::attributes::{About, Attributes, Whose};
use self::point::Point;
use super::items::MAX_ITEMS;
use super::wire::{Context, SoFar};
use crate::domain::counted::CountedObservations;
use crate::server::store::{Batch, Cumulative, Identified, Item, Rejection};

/// A request with more points of ours than a batch takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request has at most {MAX_ITEMS} data points that are counted here")]
pub struct TooMany;

/// Checks what is ours in `request` and puts it into a batch.
pub fn batch(request: &ExportMetricsServiceRequest, context: &Context) -> Result<Batch, TooMany> {
    let mut collected = Collected { context, so_far: SoFar::default(), batch: Batch::default(), index: 0, ours: 0 };
    for resource in &request.resource_metrics {
        let of_resource = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        for scope in &resource.scope_metrics {
            let (name, of_scope) = scope.scope.as_ref().map_or(("", &[][..]), |scope| (&scope.name, &scope.attributes));
            for metric in &scope.metrics {
                collected.metric(metric, Attributes { of_point: &[], of_scope, of_resource, scope: name })?;
            }
        }
    }
    Ok(collected.batch)
}

/// What is in a request so far.
struct Collected<'a> {
    context: &'a Context,
    so_far: SoFar,
    batch: Batch,
    /// How many points there were, whosever they are.
    index: u32,
    ours: usize,
}

impl Collected<'_> {
    fn metric(&mut self, metric: &Metric, attributes: Attributes<'_>) -> Result<(), TooMany> {
        match &metric.data {
            None => Ok(()),
            Some(Data::Gauge(gauge)) => {
                let points = gauge
                    .data_points
                    .iter()
                    .map(|it| (&it.attributes[..], Err("a gauge counts nothing; send a histogram or a monotonic sum")));
                self.points(metric, attributes, AggregationTemporality::Unspecified, points)
            }
            Some(Data::Summary(summary)) => {
                let points = summary
                    .data_points
                    .iter()
                    .map(|it| (&it.attributes[..], Err("a summary cannot be added up; send a histogram")));
                self.points(metric, attributes, AggregationTemporality::Unspecified, points)
            }
            Some(Data::Sum(sum)) => {
                let points = sum.data_points.iter().map(|it| {
                    let point = if sum.is_monotonic {
                        Ok(Point::Number(it))
                    } else {
                        Err("a sum that may fall counts nothing; send a monotonic one")
                    };
                    (&it.attributes[..], point)
                });
                self.points(metric, attributes, sum.aggregation_temporality(), points)
            }
            Some(Data::Histogram(histogram)) => {
                let points = histogram.data_points.iter().map(|it| (&it.attributes[..], Ok(Point::Histogram(it))));
                self.points(metric, attributes, histogram.aggregation_temporality(), points)
            }
            Some(Data::ExponentialHistogram(histogram)) => {
                let points = histogram.data_points.iter().map(|it| (&it.attributes[..], Ok(Point::Exponential(it))));
                self.points(metric, attributes, histogram.aggregation_temporality(), points)
            }
        }
    }

    fn points<'p>(
        &mut self,
        metric: &Metric,
        attributes: Attributes<'p>,
        temporality: AggregationTemporality,
        points: impl Iterator<
            Item = (&'p [opentelemetry_proto::tonic::common::v1::KeyValue], Result<Point<'p>, &'static str>),
        >,
    ) -> Result<(), TooMany> {
        for (of_point, point) in points {
            let index = self.index;
            self.index = index.saturating_add(1);
            let attributes = Attributes { of_point, ..attributes };
            let about = match attributes.whose() {
                Whose::Others => continue,
                Whose::Ours(about) => about,
            };
            self.ours += 1;
            if self.ours > MAX_ITEMS {
                return Err(TooMany);
            }
            let taken = about.and_then(|about| self.take(index, metric, &attributes, &about, temporality, point?));
            if let Err(detail) = taken {
                self.batch.rejected.push(Rejection { index, detail: format!("{}: {detail}", cut(&metric.name)) });
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        index: u32,
        metric: &Metric,
        attributes: &Attributes<'_>,
        about: &About<'_>,
        temporality: AggregationTemporality,
        point: Point<'_>,
    ) -> Result<(), String> {
        if point.is_empty() {
            return Ok(());
        }
        let time = point.time()?;
        let counted = CountedObservations {
            at: self.context.time(Some(time))?,
            feature: self.context.feature(about.feature)?.id,
            operation: match about.operation {
                Some(operation) => self.so_far.operation(operation)?,
                None => self.so_far.operation(cut(&metric.name))?,
            },
            path: about.path,
            outcome: about.outcome,
            fallback: about.fallback,
            distribution: point.distribution()?,
            latencies: point.latencies(&metric.unit)?,
        };
        counted.latencies().map_err(|error| error.to_string())?;
        let series = attributes.digest(metric, point.start_ns(), point.kind());
        match temporality {
            AggregationTemporality::Unspecified => return Err("says not whether it is delta or cumulative".to_owned()),
            AggregationTemporality::Delta => {
                let digest = attributes::of_delta(series, point.time_ns());
                self.batch.identified.push(Identified { digest, item: Item::Counted(Box::new(counted)) });
            }
            AggregationTemporality::Cumulative => {
                let since = (point.start_ns() > 0).then(|| moment(point.start_ns())).flatten();
                let at_ns = i64::try_from(point.time_ns()).map_err(|error| error.to_string())?;
                self.batch.cumulative.push(Cumulative { series, index, since, at_ns, counted });
            }
        }
        Ok(())
    }
}

/// A name, as much of it as an operation may have.
fn cut(name: &str) -> &str {
    let most = crate::domain::observation::Operation::MAX_CHARS;
    name.char_indices().nth(most).map_or(name, |(end, _)| &name[..end])
}

/// A moment from nanoseconds of Unix time, if there is such a one.
fn moment(ns: u64) -> Option<DateTime<Utc>> {
    i64::try_from(ns).ok().map(DateTime::from_timestamp_nanos)
}

#[cfg(test)]
mod tests;
