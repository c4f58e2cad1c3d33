//! The differences that a caller found who compared already, under the rules: what is ignored or within a tolerance is left
//! out, and what lies within a redacted field is told of that field.

use super::comparison_wire::DifferenceWire;
use crate::domain::comparison::ComparisonVerdict;
use crate::domain::comparison_rules::ComparisonRules;
use crate::domain::difference::{Difference, DifferenceKind, FieldPath, Found, MAX_DIFFERENCES};
use crate::domain::field_path::Step;

/// A caller's verdict and differences under the rules.
pub(super) struct Compared<'a> {
    pub verdict: ComparisonVerdict,
    pub found: Vec<Found<'a>>,
}

/// Takes a caller's word. A mismatch of which every difference is left out is none; one that lists none, or so many that
/// there may be more, stays.
pub(super) fn compared_already<'a>(
    verdict: ComparisonVerdict,
    differences: &'a [DifferenceWire<'_>],
    rules: &ComparisonRules,
) -> Result<Compared<'a>, String> {
    if verdict != ComparisonVerdict::Mismatch && !differences.is_empty() {
        return Err("differences go with the verdict \"mismatch\" only".to_owned());
    }
    if differences.iter().any(|difference| difference.field.is_empty()) {
        return Err("a difference must name its field".to_owned());
    }
    let mut found: Vec<Found<'a>> = differences.iter().filter_map(|difference| under(difference, rules)).collect();
    let is_none_left = found.is_empty() && (1..MAX_DIFFERENCES).contains(&differences.len());
    found.sort_by(|one, other| one.difference.cmp(&other.difference));
    found.dedup_by(|one, other| one.difference == other.difference);
    found.truncate(MAX_DIFFERENCES);
    Ok(Compared { verdict: if is_none_left { ComparisonVerdict::Match } else { verdict }, found })
}

/// The difference as it counts; `None` when the rules leave it out.
fn under<'a>(sent: &'a DifferenceWire<'_>, rules: &ComparisonRules) -> Option<Found<'a>> {
    let field = FieldPath::new(&sent.field);
    let Some(steps) = field.steps() else {
        // Where it is cannot be told, so neither can whether it may be shown.
        let difference = Difference { field, kind: sent.kind };
        return Some(Found { difference, steps: Vec::new(), legacy: None, candidate: None });
    };
    if rules.ignores_within(&steps) || is_allowed(sent, &steps, rules) {
        return None;
    }
    let (legacy, candidate) = (sent.legacy.as_ref(), sent.candidate.as_ref());
    match rules.redacted_at(&steps) {
        Some(length) if length < steps.len() => {
            let steps = steps[..length].to_vec();
            let difference = Difference { field: FieldPath::of(&steps), kind: DifferenceKind::Value };
            Some(Found { difference, steps, legacy: None, candidate: None })
        }
        _ => Some(Found { difference: Difference { field, kind: sent.kind }, steps, legacy, candidate }),
    }
}

fn is_allowed(sent: &DifferenceWire<'_>, steps: &[Step<'_>], rules: &ComparisonRules) -> bool {
    match (sent.kind, &sent.legacy, &sent.candidate) {
        (DifferenceKind::Value, Some(legacy), Some(candidate)) => {
            rules.tolerances(steps).iter().any(|tolerance| tolerance.allows_values(legacy, candidate))
        }
        (DifferenceKind::Order, _, _) => rules.is_unordered(steps),
        (DifferenceKind::Missing | DifferenceKind::Extra | DifferenceKind::Type | DifferenceKind::Value, _, _) => false,
    }
}
