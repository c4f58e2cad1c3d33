//! What the parts of a policy must be to each other. What each must be by itself is checked where it is read.

use std::collections::{BTreeMap, BTreeSet};

use super::Prerequisite;
use super::criterion::Criterion;
use super::document::StageRead;
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::fields::below;
use crate::domain::percentage::Percentage;

/// The most stages that a policy has.
const MOST_STAGES: usize = 20;

/// Stages: 1 to 20, names unique, percentages rising strictly from 0 to 100 %. What could not be read is passed over: it
/// has been told.
pub(super) fn stages(stages: &[StageRead], errors: &mut Vec<FieldError>) {
    if !(1..=MOST_STAGES).contains(&stages.len()) {
        // A missing list has been told.
        if errors.iter().all(|error| error.pointer != "/stages") {
            errors.push(FieldError::new("/stages", format!("must be 1 to {MOST_STAGES} stages")));
        }
        return;
    }
    let mut names = BTreeSet::new();
    let mut before: Option<Percentage> = None;
    for (index, stage) in stages.iter().enumerate() {
        let mut fault = |field: &str, detail: String| {
            errors.push(FieldError::new(format!("/stages/{index}/{field}"), detail));
        };
        if let Some(name) = stage.name.as_ref().filter(|name| !names.insert(name.as_str())) {
            fault("name", format!("{name:?} is the name of an earlier stage, too"));
        }
        let Some(percentage) = stage.percentage else { continue };
        if index == 0 && percentage != Percentage::ZERO {
            fault("percentage", "must be 0: the first stage is shadow".to_owned());
        } else if let Some(before) = before.filter(|before| percentage <= *before) {
            fault("percentage", format!("must be above the {before} of the stage before"));
        } else if index + 1 == stages.len() && percentage != Percentage::FULL {
            fault("percentage", "must be 100: the last stage is the whole traffic".to_owned());
        }
        before = Some(percentage);
    }
}

/// A stage's criteria: each kind once, a degradation once for each quantile.
pub(super) fn criteria(criteria: &[Option<Criterion>], pointer: &str, errors: &mut Vec<FieldError>) {
    let mut seen = BTreeSet::new();
    for (index, criterion) in criteria.iter().enumerate() {
        let Some(criterion) = criterion else { continue };
        let quantile = criterion.quantile().map(super::Quantile::as_str);
        if !seen.insert((criterion.kind(), quantile)) {
            let of = quantile.map(|quantile| format!(" of {quantile}")).unwrap_or_default();
            let detail = format!("{}{of} is asked for more than once in this stage", criterion.kind());
            errors.push(FieldError::new(below(&below(pointer, index), "kind"), detail));
        }
    }
}

/// Prerequisites: of stages that there are, of other features, once, and in no circle.
pub(super) fn prerequisites(
    prerequisites: &[Option<Prerequisite>],
    stages: &[StageRead],
    errors: &mut Vec<FieldError>,
) {
    let mut needs: BTreeMap<&FeatureKey, BTreeSet<&FeatureKey>> = BTreeMap::new();
    for (index, prerequisite) in prerequisites.iter().enumerate() {
        let Some(Prerequisite { feature, needs: needed, stage }) = prerequisite else { continue };
        let mut fault = |field: &str, detail: String| {
            errors.push(FieldError::new(format!("/prerequisites/{index}/{field}"), detail));
        };
        // A stage whose name could not be read may be the one.
        if stages.iter().all(|one| one.name.as_ref().is_some_and(|name| name != stage)) {
            fault("stage", format!("there is no stage {stage:?} in this policy"));
        }
        if feature == needed {
            fault("needs", "must be another feature".to_owned());
        } else if needs.get(feature).is_some_and(|known| known.contains(needed)) {
            fault("needs", format!("{feature} needs {needed} more than once"));
        } else if leads_to(&needs, needed, feature) {
            fault("needs", format!("goes round in a circle: {needed} needs {feature}"));
        } else {
            needs.entry(feature).or_default().insert(needed);
        }
    }
}

/// Whether `from` needs `to`, by whatever way. There is no circle in `needs`, so this ends.
fn leads_to(needs: &BTreeMap<&FeatureKey, BTreeSet<&FeatureKey>>, from: &FeatureKey, to: &FeatureKey) -> bool {
    from == to || needs.get(from).is_some_and(|next| next.iter().any(|next| leads_to(needs, next, to)))
}
