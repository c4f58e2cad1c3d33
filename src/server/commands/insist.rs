//! Making a change again when somebody else was quicker: for changes that stand on what is there, whatever that is.

/// How often a change is made anew because somebody changed something at the same moment.
pub(super) const ATTEMPTS: u32 = 50;

/// Awaits the call again as long as it was only as it was written that somebody else was found to have been quicker.
///
/// A macro, since what an `async` closure borrows keeps its future from being sent between threads.
macro_rules! insist {
    ($attempt:expr) => {{
        let mut attempts = 1;
        loop {
            match $attempt.await {
                Err($crate::server::commands::CommandError::Stale { version: None, .. })
                    if attempts < $crate::server::commands::insist::ATTEMPTS =>
                {
                    attempts += 1;
                }
                done => break done,
            }
        }
    }};
}

pub(super) use insist;
