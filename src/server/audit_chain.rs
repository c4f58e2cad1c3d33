//! The audit chain from its beginning to its end, a chunk at a time: as lines, and checked. Not pages of it, which are the
//! queries' business.

use futures::stream::{Stream, try_unfold};

use super::state::AppState;
use super::store::{AuditOrder, AuditQuery, AuditRow, StoreError};
use crate::domain::audit::{BrokenChain, Head, Line, Verifier};

/// How many events are read at once.
const CHUNK: u32 = 500;

/// What came of checking the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every event is as it was recorded, to the end.
    Whole(Head),
    /// It is not, and at which event first.
    Broken(BrokenChain),
}

/// The events that `query` asks for, oldest first, however many; its order and limit are of no account.
pub fn chunks(state: AppState, query: AuditQuery) -> impl Stream<Item = Result<Vec<AuditRow>, StoreError>> + Send {
    let query = AuditQuery { order: AuditOrder::OldestFirst, limit: CHUNK, ..query };
    try_unfold(Some(AuditQuery { after: None, ..query }), move |query| {
        let state = state.clone();
        async move {
            let Some(query) = query else { return Ok(None) };
            let rows = state.store.audit_events(&query).await?;
            let next = rows.last().map(|row| AuditQuery { after: Some(row.seq), ..query });
            Ok(next.map(|next| (rows, Some(next))))
        }
    })
}

/// Events as NDJSON.
pub fn text(rows: &[AuditRow]) -> String {
    rows.iter().map(|row| Line::from(row).to_text()).collect()
}

/// The events from the one at `first` to the one at `last`.
pub async fn part(state: &AppState, first: i64, last: i64) -> Result<Vec<Line>, StoreError> {
    let mut lines: Vec<Line> = Vec::new();
    let mut after = first - 1;
    while after < last {
        let query = AuditQuery::any(AuditOrder::OldestFirst, Some(after), CHUNK);
        let rows = state.store.audit_events(&query).await?;
        let Some(end) = rows.last() else { break };
        after = end.seq;
        lines.extend(rows.iter().filter(|row| row.seq <= last).map(Line::from));
    }
    Ok(lines)
}

/// Walks along the whole chain, also while events are added to it.
pub async fn verify(state: &AppState) -> Result<Verdict, StoreError> {
    let mut verifier = Verifier::default();
    loop {
        let walked = verifier.head().seq;
        let rest = AuditQuery::any(AuditOrder::OldestFirst, Some(walked), CHUNK);
        let mut rows = state.store.audit_events(&rest).await?;
        let is_end = rows.is_empty();
        while !rows.is_empty() {
            for row in &rows {
                if let Err(broken) = step(&mut verifier, row) {
                    return Ok(Verdict::Broken(broken));
                }
            }
            let rest = AuditQuery::any(AuditOrder::OldestFirst, Some(verifier.head().seq), CHUNK);
            rows = state.store.audit_events(&rest).await?;
        }
        // Read after the events, so that it tells of all of them; of more when some were added meanwhile.
        let head = state.store.audit_head().await?;
        if is_end || head.seq <= verifier.head().seq {
            return Ok(verifier.finish(&head).map_or_else(Verdict::Broken, Verdict::Whole));
        }
    }
}

fn step(verifier: &mut Verifier, row: &AuditRow) -> Result<(), BrokenChain> {
    let event = verifier.step(&row.body, &row.hash)?;
    if event.seq != row.seq {
        return Err(BrokenChain::OutOfPlace { seq: row.seq, found: event.seq });
    }
    match event.contradicted_by(&row.columns) {
        Some(column) => Err(BrokenChain::Column { seq: row.seq, column }),
        None => Ok(()),
    }
}
