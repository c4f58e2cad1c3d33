//! Verdicts of known counts, and runs of fields that are known to be noise or not.

use super::*;
use crate::domain::difference::DifferenceKind;
use crate::domain::judging::SplitMix64;

fn check(candidate_only: u64, second_only: u64, both: u64, expected: NoiseVerdict) {
    let counts = NoiseCounts { candidate_only, second_only, both };
    let report = judge(counts, 1_000);
    assert_eq!(report.verdict, expected, "{report:?}");
    assert_eq!(judge(counts, 0).verdict, NoiseVerdict::NoSecondRun);
}

#[test]
fn known_counts_have_their_verdict() {
    use NoiseVerdict::{Noise, Real, Undecided};
    check(0, 0, 0, Undecided);
    // A field that the candidate gets wrong and that legacy never varies.
    check(6, 0, 0, Undecided);
    check(40, 0, 0, Real);
    // A time or an id, which is never the same twice.
    check(0, 0, 3, Undecided);
    check(0, 0, 40, Noise);
    // One that is odd now and then, whoever answers.
    check(20, 20, 20, Undecided);
    check(100, 100, 100, Noise);
    // Wrong at the candidate and odd now and then.
    check(300, 100, 100, Real);
    // More often odd at legacy than at the candidate.
    check(0, 50, 0, Noise);
}

#[test]
fn the_fewest_runs_that_decide_are_the_known_ones() {
    let first =
        |of: fn(u64) -> NoiseCounts, verdict| (0..10_000).find(|n| judge(of(*n), 1_000).verdict == verdict).unwrap();
    let wrong = |n| NoiseCounts { candidate_only: n, ..NoiseCounts::default() };
    let never_twice = |n| NoiseCounts { both: n, ..NoiseCounts::default() };
    let odd = |n| NoiseCounts { candidate_only: n, second_only: n, both: n };
    let found =
        (first(wrong, NoiseVerdict::Real), first(never_twice, NoiseVerdict::Noise), first(odd, NoiseVerdict::Noise));
    assert_eq!(found, (13, 13, 38));
}

#[test]
fn a_verdict_is_what_the_intervals_say() {
    for (candidate_only, second_only, both) in (0..40).flat_map(|a| (0..40).map(move |b| (a, b, (a * 7 + b) % 30))) {
        let report = judge(NoiseCounts { candidate_only, second_only, both }, 100);
        let said = match report {
            NoiseReport { candidate_share_lower, .. } if candidate_share_lower > HALF => NoiseVerdict::Real,
            NoiseReport { legacy_share_lower, .. } if legacy_share_lower > HALF => NoiseVerdict::Noise,
            _ => NoiseVerdict::Undecided,
        };
        assert_eq!(report.verdict, said, "{report:?}");
    }
}

#[test]
fn a_run_counts_each_field_once_and_not_when_a_list_is_full() {
    let differences = |fields: &[&str]| -> Vec<Difference> {
        fields.iter().map(|field| Difference { field: FieldPath::new(field), kind: DifferenceKind::Value }).collect()
    };
    let found = differed(&differences(&["$.a", "$.b", "$.b"]), &differences(&["$.b", "$.c"])).unwrap();
    let found: Vec<_> = found.iter().map(|(field, how)| (field.as_str(), *how)).collect();
    assert_eq!(found, [("$.a", Differed::CandidateOnly), ("$.b", Differed::Both), ("$.c", Differed::SecondOnly)]);
    let many: Vec<String> = (0..MAX_DIFFERENCES).map(|index| format!("$.f{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(differed(&differences(&many), &[]), None);
    assert_eq!(differed(&[], &differences(&many)), None);
}

const FIELDS: u32 = 1_000;
const RUNS: u64 = 1_000;

/// One run of legacy, the candidate and legacy again: which of the two comparisons differ.
type Draw = fn(&mut SplitMix64) -> (bool, bool);

/// The shares of fields that are ever called real and ever called noise, looked at after every run.
fn ever(seed: u64, draw: Draw) -> (f64, f64) {
    let mut random = SplitMix64(seed);
    let (mut real, mut noise) = (0, 0);
    for _ in 0..FIELDS {
        let mut counts = NoiseCounts::default();
        let (mut was_real, mut was_noise) = (false, false);
        for run in 1..=RUNS {
            let differed = match draw(&mut random) {
                (true, false) => Differed::CandidateOnly,
                (false, true) => Differed::SecondOnly,
                (true, true) => Differed::Both,
                // Nothing new to look at.
                (false, false) => continue,
            };
            counts.record(differed);
            let verdict = verdict(counts, run);
            was_real |= verdict == NoiseVerdict::Real;
            was_noise |= verdict == NoiseVerdict::Noise;
        }
        real += u32::from(was_real);
        noise += u32::from(was_noise);
    }
    (f64::from(real) / f64::from(FIELDS), f64::from(noise) / f64::from(FIELDS))
}

/// Three draws of one kind: each odd in so many of a hundred runs, in a way of its own.
fn odd(random: &mut SplitMix64, percent: f64) -> (bool, bool) {
    let [legacy, candidate, again] = [(); 3].map(|()| random.fraction() <= percent / 100.0);
    (legacy || candidate, legacy || again)
}

#[test]
fn a_field_that_differs_at_random_alike_is_called_real_in_at_most_one_case_of_twenty() {
    let draws: [(&str, Draw); 4] = [
        ("each comparison by itself in half of the runs", |random| {
            (random.fraction() <= 0.5, random.fraction() <= 0.5)
        }),
        ("each comparison by itself in a tenth of the runs", |random| {
            (random.fraction() <= 0.1, random.fraction() <= 0.1)
        }),
        ("odd in 5 % of runs", |random| odd(random, 5.0)),
        ("one of two values", |random| {
            let [legacy, candidate, again] = [(); 3].map(|()| random.fraction() <= 0.5);
            (legacy != candidate, legacy != again)
        }),
    ];
    for ((what, draw), seed) in draws.into_iter().zip(1..) {
        let (real, _) = ever(seed, draw);
        assert!(real <= 0.05, "{real}: {what}");
    }
}

#[test]
fn three_draws_of_one_kind_are_found_to_be_noise_and_a_wrong_candidate_to_be_real() {
    let (_, noise) = ever(11, |random| odd(random, 20.0));
    assert!(noise >= 0.9, "{noise}");
    // Odd in 2 % of runs whoever answers, and wrong at the candidate in a fifth.
    let (real, noise) = ever(12, |random| {
        let (candidate, again) = odd(random, 2.0);
        (candidate || random.fraction() <= 0.2, again)
    });
    assert!(real >= 0.99, "{real}");
    assert!(noise <= 0.05, "{noise}");
}
