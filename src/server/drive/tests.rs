//! Drivers of short lives.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;

use super::fault::{self, Fault};
use super::*;
use crate::domain::decision::{Decision, Reason};
use crate::domain::feature::Switch;
use crate::domain::file::Metadata;
use crate::domain::file_name::FileName;
use crate::domain::migration::SampleRate;
use crate::domain::mime_type::MimeType;
use crate::domain::observation::Outcome;
use crate::domain::origin::Origin;
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::facade::{AnyDecisions, Compared, ComparisonReport, Fixed, ObservationReport, Reporter};
use crate::server::files::service::NewFile;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<(Vec<ObservationReport>, Vec<ComparisonReport>)>>);

impl Reporter for Kept {
    fn observation(&self, observation: ObservationReport) {
        self.0.lock().unwrap().0.push(observation);
    }

    fn comparison(&self, comparison: ComparisonReport) {
        self.0.lock().unwrap().1.push(comparison);
    }
}

fn shadowed(path: Path) -> Fixed {
    Fixed(Ok(Decision {
        path,
        reason: Reason::Static,
        stage: "shadow".to_owned(),
        percentage: Percentage::ZERO,
        bucket: None,
        shadow: SampleRate::new(1.0).ok(),
        fallback: Switch::On,
    }))
}

async fn steps(path: Path, faults: &[&str], count: usize) -> (Vec<ObservationReport>, Vec<ComparisonReport>) {
    let kept = Kept::default();
    let works = Works::open(AnyDecisions::of(shadowed(path)), kept.clone()).await.unwrap();
    let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    works.faults.set(fault::odds(&faults));
    let traffic = Traffic::new();
    for _ in 0..count {
        // Nobody else's fault reaches a caller.
        traffic.step(&works.service).await.unwrap();
    }
    works.close().await;
    let mut kept = kept.0.lock().unwrap();
    std::mem::take(&mut *kept)
}

#[test]
fn a_rate_is_a_number_of_operations_a_second() {
    for (text, expected) in [
        ("5", true),
        ("0.5", true),
        ("0", true),
        ("200", true),
        ("201", false),
        ("-1", false),
        ("NaN", false),
        ("", false),
    ] {
        assert_eq!(text.parse::<Rate>().is_ok(), expected, "{text:?}");
    }
    assert_eq!("5".parse::<Rate>().unwrap().every(), Some(Duration::from_millis(200)));
    assert_eq!("0".parse::<Rate>().unwrap().every(), None);
}

#[tokio::test]
async fn every_feature_is_driven_and_both_sides_agree() {
    let (observations, comparisons) = steps(Path::Legacy, &[], 60).await;
    assert_eq!(observations.len(), 60);
    for key in keys() {
        assert!(observations.iter().any(|observation| observation.feature == key), "{key}");
    }
    assert!(observations.iter().all(|it| it.origin == Origin::Driver && it.error_kind.is_none()));
    assert!(comparisons.len() > 10);
    for comparison in comparisons {
        let Compared::Sides { legacy, candidate, .. } = comparison.compared else { panic!("both sides are sent") };
        assert_eq!(legacy.result, candidate.result);
        assert_eq!(comparison.origin, Origin::Driver);
    }
}

#[tokio::test]
async fn a_corrupted_byte_is_a_difference_in_the_checksum_and_is_labelled() {
    let (_, comparisons) = steps(Path::Legacy, &["corrupt=1"], 30).await;
    let mut differing = 0;
    for comparison in comparisons.iter().filter(|it| it.operation.as_str() == "upload") {
        let Compared::Sides { legacy, candidate, .. } = &comparison.compared else { panic!("both sides are sent") };
        assert_eq!(legacy.result["size"], candidate.result["size"]);
        assert_ne!(legacy.result["sha256"], candidate.result["sha256"]);
        assert_eq!(comparison.origin, Origin::Injected);
        differing += 1;
    }
    assert!(differing > 5);
}

#[tokio::test]
async fn an_injected_error_of_the_candidate_says_so_and_falls_back() {
    let (observations, _) = steps(Path::Candidate, &["error=1"], 30).await;
    // What only legacy has yet is no fault.
    let failed = observations.iter().filter(|it| it.path == Path::Candidate && it.outcome == Outcome::Error);
    let failed: Vec<_> = failed.collect();
    assert!(failed.len() > 10);
    for observation in failed {
        assert_eq!((observation.fallback, observation.origin), (true, Origin::Injected));
        assert!(observation.error_kind.as_ref().unwrap().as_str().starts_with("injected "));
    }
}

#[tokio::test]
async fn a_driver_goes_on_with_its_own_files_and_with_nobody_elses() {
    let works = Works::open(AnyDecisions::of(shadowed(Path::Legacy)), Kept::default()).await.unwrap();
    let store = std::sync::Arc::clone(&works.application.state.store);
    let before = Traffic::new();
    for _ in 0..20 {
        before.step(&works.service).await.unwrap();
    }
    let own = before.kept();
    assert!(own.len() >= 6, "{own:?}");
    let somebody_elses = NewFile {
        feature: keys().next().unwrap(),
        unit: None,
        name: FileName::parse("example-1.pdf").unwrap(),
        mime_type: MimeType::parse("application/pdf").unwrap(),
        metadata: Metadata::from_iter([("made_by".to_owned(), "ada".into())]),
        announced: None,
    };
    works.service.upload(somebody_elses, stream::iter([Ok(Bytes::from_static(b"mine"))])).await.unwrap();
    let after = Traffic::new();
    after.adopt(store.as_ref()).await.unwrap();
    assert_eq!(after.kept(), own);
    works.close().await;
}

#[tokio::test]
async fn a_driver_stops_when_it_is_told_and_says_what_it_did() {
    let works = Works::open(AnyDecisions::of(shadowed(Path::Legacy)), Kept::default()).await.unwrap();
    let stop = CancellationToken::new();
    let driving = tokio::spawn({
        let stop = stop.clone();
        async move { works.drive("100".parse().unwrap(), &[], stop).await }
    });
    tokio::task::yield_now().await;
    stop.cancel();
    let driven = driving.await.unwrap();
    assert_eq!((driven.failed, driven.injected), (0, 0));
}
