//! Making a change again when somebody else was quicker, for what must not fail by that.

use super::CommandError;

/// How often a change is made anew because somebody changed something at the same moment.
const ATTEMPTS: u32 = 50;

/// Makes it again as long as it was only as it was written that somebody else was found to have been quicker.
pub async fn insist<T, F>(mut attempt: F) -> Result<T, CommandError>
where
    F: AsyncFnMut() -> Result<T, CommandError>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(CommandError::Stale { version: None, .. }) => {}
            done => return done,
        }
    }
    attempt().await
}
