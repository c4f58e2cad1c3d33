//! The bars of the overview's sparkline: one an hour, legacy standing on candidate.

use super::overview::SparkPoint;

/// How high the tallest bar is, in the drawing's units. One unit of width is one hour.
pub const HEIGHT: f64 = 20.0;

/// The least height of something that is there at all.
const LEAST: f64 = 1.0;

/// One hour: heights from the bottom up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub candidate: f64,
    pub legacy: f64,
}

/// The bars of `points`, the tallest as high as the drawing.
pub fn bars(points: &[SparkPoint]) -> Vec<Bar> {
    let most = points.iter().map(|point| point.legacy + point.candidate).max().unwrap_or_default();
    let height = |count: u64| if count == 0 { 0.0 } else { (count as f64 / most as f64 * HEIGHT).max(LEAST) };
    points
        .iter()
        .map(|point| {
            let candidate = height(point.candidate);
            Bar { candidate, legacy: height(point.legacy).min(HEIGHT - candidate) }
        })
        .collect()
}

/// The requests of each path over all hours: legacy, candidate.
pub fn totals(points: &[SparkPoint]) -> (u64, u64) {
    points.iter().fold((0, 0), |(legacy, candidate), point| (legacy + point.legacy, candidate + point.candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tallest_hour_fills_the_drawing_and_little_is_still_seen() {
        let points = [(75, 25), (0, 0), (1, 0), (99, 1)].map(|(legacy, candidate)| SparkPoint { legacy, candidate });
        let bars = bars(&points);
        assert_eq!(bars[0], Bar { candidate: 5.0, legacy: 15.0 });
        assert_eq!(bars[1], Bar { candidate: 0.0, legacy: 0.0 });
        assert_eq!(bars[2], Bar { candidate: 0.0, legacy: 1.0 });
        assert_eq!(bars[3], Bar { candidate: 1.0, legacy: 19.0 });
        assert_eq!(totals(&points), (175, 26));
    }

    #[test]
    fn an_hour_without_requests_is_flat() {
        assert_eq!(bars(&[SparkPoint::default(); 2]), [Bar { candidate: 0.0, legacy: 0.0 }; 2]);
    }
}
