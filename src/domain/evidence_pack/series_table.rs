//! A series as a table for people: `series.csv`. Written from the series, never read.

use std::fmt::Write as _;

use crate::domain::series::Series;

const HEAD: &str = "start,seconds,operation,path,requests,ok,errors,caller_errors,fallbacks,p50_ms,p95_ms,p99_ms,\
                    matches,mismatches,candidate_failed,legacy_failed,both_failed,comparator_errors\n";

/// One row per operation and path, then one per operation's comparisons (path `shadow`), each in the order of the series.
pub(super) fn write(series: &Series) -> String {
    let mut table = HEAD.to_owned();
    for point in &series.observations {
        let of = &point.evidence;
        let ms = |quantile| of.latency.quantile_ms(quantile).map(|ms| format!("{ms:.3}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "{},{},{},{},{},{},{},{},{},{},{},{},,,,,,",
            point.start.format("%Y-%m-%dT%H:%M:%SZ"),
            point.seconds,
            cell(&point.operation),
            point.path.as_str(),
            of.requests,
            of.ok,
            of.errors,
            of.caller_errors,
            of.fallbacks,
            ms(0.5),
            ms(0.95),
            ms(0.99),
        );
    }
    for point in &series.comparisons {
        let of = &point.counts;
        let _ = writeln!(
            table,
            "{},{},{},shadow,,,,,,,,,{},{},{},{},{},{}",
            point.start.format("%Y-%m-%dT%H:%M:%SZ"),
            point.seconds,
            cell(&point.operation),
            of.matches,
            of.mismatches,
            of.candidate_failed,
            of.legacy_failed,
            of.both_failed,
            of.comparator_errors,
        );
    }
    table
}

/// A text as a cell. What a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_two_cells_nor_a_formula() {
        for (text, expected) in
            [("upload", "upload"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("=1+1", "'=1+1"), ("-2,3", "\"'-2,3\"")]
        {
            assert_eq!(cell(text), expected);
        }
    }
}
