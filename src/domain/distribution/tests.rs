//! Buckets that do not fit together are refused, what comes is counted once, and latencies are where their buckets are.

use proptest::prelude::*;

use super::*;

fn explicit(bounds: &[f64], counts: &[u64]) -> Distribution {
    Distribution::explicit(counts.iter().sum(), bounds, counts.to_vec()).unwrap()
}

fn exponential(scale: i32, offset: i32, counts: &[u64]) -> Distribution {
    Distribution::exponential(counts.iter().sum(), scale, 0, offset, counts).unwrap()
}

#[test]
fn buckets_that_do_not_fit_together_are_refused() {
    use DistributionError::{Bounds, BucketsOfBounds, Scale, Sum, TooMany, TooManyBuckets};
    let check = |count, bounds: &[f64], counts: &[u64], expected| {
        assert_eq!(
            Distribution::explicit(count, bounds, counts.to_vec()),
            Err(expected),
            "{count} {bounds:?} {counts:?}"
        );
    };
    check(1, &[1.0, 2.0], &[0, 1], BucketsOfBounds);
    check(1, &[], &[1, 0], BucketsOfBounds);
    check(2, &[1.0], &[1, 0], Sum);
    check(0, &[1.0], &[1, u64::MAX], Sum);
    check(1, &[2.0, 1.0], &[1, 0, 0], Bounds);
    check(1, &[1.0, 1.0], &[1, 0, 0], Bounds);
    check(1, &[f64::NAN], &[1, 0], Bounds);
    check(1, &[1.0, f64::INFINITY], &[1, 0, 0], Bounds);
    check(u64::MAX, &[], &[], TooMany);
    check(0, &vec![1.0; MAX_BUCKETS], &vec![0; MAX_BUCKETS + 1], TooManyBuckets);
    assert_eq!(Distribution::exponential(0, 21, 0, 0, &[]), Err(Scale));
    assert_eq!(Distribution::exponential(1, 0, 1, i32::MAX, &[1]), Err(Sum));
    assert_eq!(Distribution::exponential(0, 0, 0, 0, &[0; MAX_BUCKETS + 1]), Err(TooManyBuckets));
}

#[test]
fn a_latency_lies_in_the_middle_of_its_bucket() {
    let check = |distribution: Distribution, unit, expected: Result<&[f64], DistributionError>| {
        let ranks = |latencies: LatencyHistogram| -> Vec<f64> {
            (1..=latencies.count()).map(|rank| latencies.value_at_rank(rank).unwrap()).collect()
        };
        match (distribution.latencies(unit).map(ranks), expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found.len(), expected.len(), "{distribution:?}: {found:?}");
                let near = |(found, expected): (&f64, &f64)| (found - expected).abs() <= expected * 0.0101;
                assert!(found.iter().zip(expected).all(near), "{distribution:?}: {found:?} for {expected:?}");
            }
            (found, expected) => assert_eq!(found.err(), expected.err(), "{distribution:?}"),
        }
    };
    use LatencyUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds};
    check(explicit(&[0.0, 5.0, 20.0], &[1, 1, 1, 1]), Milliseconds, Ok(&[0.0, 2.5, 10.0, 20.0]));
    check(explicit(&[0.1, 0.4], &[1, 1, 1]), Seconds, Ok(&[50.0, 200.0, 400.0]));
    check(explicit(&[100.0, 400.0], &[0, 2, 0]), Microseconds, Ok(&[0.2, 0.2]));
    check(explicit(&[1e6, 4e6], &[0, 1, 0]), Nanoseconds, Ok(&[2.0]));
    check(exponential(0, 2, &[1, 1]), Milliseconds, Ok(&[5.657, 11.314]));
    check(exponential(1, -2, &[1]), Seconds, Ok(&[594.6]));
    check(Distribution::Count(7), Milliseconds, Ok(&[]));
    check(explicit(&[-5.0, 5.0], &[1, 0, 0]), Milliseconds, Err(DistributionError::Negative));
    check(explicit(&[1.0, 1e9], &[0, 0, 1]), Seconds, Err(DistributionError::TooLong));
    check(explicit(&[1.0, 1e9], &[0, 0, 0]), Seconds, Ok(&[]));
    check(exponential(-10, i32::MAX, &[1]), Milliseconds, Err(DistributionError::TooLong));
}

#[test]
fn what_came_since_is_the_difference_or_all_after_a_new_beginning() {
    let check = |now: Distribution, earlier: Distribution, expected: Distribution| {
        assert_eq!(now.since(&earlier), expected, "{now:?} since {earlier:?}");
    };
    let nothing = || Distribution::Count(0);
    check(Distribution::Count(7), Distribution::Count(3), Distribution::Count(4));
    check(Distribution::Count(2), Distribution::Count(3), Distribution::Count(2));
    check(explicit(&[1.0], &[5, 1]), explicit(&[1.0], &[2, 1]), explicit(&[1.0], &[3, 0]));
    check(explicit(&[1.0], &[5, 1]), explicit(&[2.0], &[2, 1]), nothing());
    check(explicit(&[1.0], &[5, 1]), explicit(&[1.0], &[2, 2]), nothing());
    check(explicit(&[1.0], &[1, 0]), explicit(&[1.0], &[2, 2]), explicit(&[1.0], &[1, 0]));
    check(exponential(0, 0, &[3, 4]), exponential(0, 1, &[4]), exponential(0, 0, &[3]));
    // Each bucket takes in two of the finer scale.
    check(exponential(0, -1, &[2, 9]), exponential(1, -2, &[1, 1, 2, 3]), exponential(0, 0, &[4]));
    check(exponential(1, 0, &[9]), exponential(0, 0, &[3]), nothing());
}

proptest! {
    #[test]
    fn counts_that_only_grow_are_counted_once_each_however_often_they_are_looked_at(
        steps in prop::collection::vec(prop::collection::vec(0..1_000u64, 4), 1..20),
    ) {
        let mut total = vec![0; 4];
        let mut before = explicit(&[1.0, 2.0, 3.0], &total);
        let mut counted = 0;
        for step in steps {
            total.iter_mut().zip(step).for_each(|(total, step)| *total += step);
            let now = explicit(&[1.0, 2.0, 3.0], &total);
            counted += now.since(&before).count();
            prop_assert_eq!(now.since(&now).count(), 0);
            before = now;
        }
        prop_assert_eq!(counted, total.iter().sum::<u64>());
    }

    #[test]
    fn a_stored_distribution_is_the_same(bounds in prop::collection::btree_set(-1_000_000i64..1_000_000, 1..20)) {
        let bounds: Vec<f64> = bounds.into_iter().map(|bound| bound as f64 / 977.0).collect();
        let distribution = explicit(&bounds, &vec![3; bounds.len() + 1]);
        let stored = serde_json::to_string(&distribution).unwrap();
        prop_assert_eq!(serde_json::from_str::<Distribution>(&stored).unwrap(), distribution);
    }
}
