//! Faults that are put in on purpose are told from real ones: whoever puts one in notes it, and the facade marks what it
//! reports of the call. Not the faults themselves.

use std::cell::Cell;
use std::future::Future;

use crate::domain::origin::Origin;

tokio::task_local! {
    static NOTED: Cell<bool>;
}

/// Notes that a fault was put into the call under way. Has to be called within the call's own task.
pub fn note() {
    // Outside of a facade nobody counts.
    let _ = NOTED.try_with(|noted| noted.set(true));
}

/// Does `work`, and says whether a fault was put into it.
pub(super) async fn watch<T>(work: impl Future<Output = T>) -> (T, bool) {
    NOTED
        .scope(Cell::new(false), async {
            let done = work.await;
            (done, NOTED.with(Cell::get))
        })
        .await
}

/// Where a call comes from, as far as it is known here.
pub(super) const fn origin(injected: bool) -> Origin {
    if injected { Origin::Injected } else { Origin::Caller }
}
