//! The text that goes with a pack: what each file is, and how to check it by hand.

use super::manifest::{Extent, Manifest};

/// `README.txt`.
pub(super) fn write(manifest: &Manifest) -> String {
    let head = format!(
        "Evidence pack of Crossfade {}\n\nThis is {}.\nIt was made at {}.\n",
        manifest.program_version,
        manifest.of,
        manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC"),
    );
    let series = match &manifest.series {
        Extent::Whole => "The series adds up to the evidence.\n".to_owned(),
        Extent::Partial { because } => format!(
            "The series was read after the evidence was frozen, and does not add up to it any more: minutes are not\n\
             kept for ever, and the last minute may have gone on. {because}.\n"
        ),
    };
    let audit = format!(
        "The audit chain ended with event {} and the hash\n{}\nwhen the pack was made.\n",
        manifest.audit.head.seq, manifest.audit.head.hash
    );
    format!("{head}\n{series}\n{audit}\n{FILES}\n{CHECKS}")
}

const FILES: &str = "\
Files

manifest.json   what this pack is of, and the SHA-256 of every other file
report.json     the verdict: every criterion with what was measured, the limit, the interval and the number
evidence.json   exactly what was judged; latencies are histograms in base64
series.json     what the evidence is the sum of, per operation and path: minutes of the first hour, then hours
series.csv      the same as a table
policy.json     the whole version of the policy that the stage is from
sign_offs.json  the reviews of this entry into the stage, each with the report and evidence that the reviewer saw
audit.ndjson    the audit chain from the entry into the stage to its end: one event a line; `hash` is the SHA-256 of
                the text in `body`, and `body` holds the hash of the event before as `previous`
";

const CHECKS: &str = "\
To check it

    crossfade evidence verify FILE

needs no database and no network. It checks every digest, judges the evidence anew, adds up the series, and looks for
every sign-off and advance in the audit chain.

By hand:

1. The SHA-256 of each file is the one in manifest.json (sha256sum).
2. The SHA-256 of evidence.json as canonical JSON (RFC 8785) is `evidence_digest` in report.json; that of each `report`
   in sign_offs.json is the `report_digest` beside it.
3. The columns of series.csv, less `before_entry` of series.json, add up to the counts in evidence.json.
4. In audit.ndjson the SHA-256 of each `body` is its `hash` and the `previous` of the next; the last is `audit.head` in
   manifest.json.
5. Each sign-off's `report_digest` stands in the event that tells of it.

A pack can be made up as a whole. What no one can make up is the head of the chain: compare it with the one in another
pack of about the same time, or run `crossfade audit verify` where the data are and look for the hash there.
";
