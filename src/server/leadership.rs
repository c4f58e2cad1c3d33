//! Whether this instance does the timed work: what goes by the clock is done by one instance at a time. Who that is, is
//! agreed on by `workers/instances.rs`; where nothing is agreed on, as in a command, this one leads.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How long what should take a moment may take.
const BRIEFLY: Duration = Duration::from_mins(1);

/// Whether it leads; cheap to clone.
#[derive(Clone, Debug)]
pub struct Leadership(Arc<watch::Sender<Standing>>);

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It leads, since there is nobody else.
    Alone,
    Follows,
    /// It leads unless it is over by its own clock.
    LeadsUntil(Instant),
}

impl Standing {
    fn leads(self) -> bool {
        match self {
            Self::Alone => true,
            Self::Follows => false,
            Self::LeadsUntil(until) => Instant::now() < until,
        }
    }
}

impl Default for Leadership {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Standing::Alone)))
    }
}

impl Leadership {
    /// Whether it leads now. Asked before anything that must not be done twice.
    pub fn leads(&self) -> bool {
        self.0.borrow().leads()
    }

    /// It leads no longer, or not yet.
    pub fn follow(&self) {
        self.0.send_replace(Standing::Follows);
    }

    /// It leads until then.
    pub fn lead_until(&self, until: Instant) {
        self.0.send_replace(Standing::LeadsUntil(until));
    }

    /// Returns when it leads.
    pub async fn led(&self) {
        let mut standing = self.0.subscribe();
        // The sender is here, so that this ends only when it leads.
        let _ = standing.wait_for(|standing| standing.leads()).await;
    }

    /// Returns when it leads no longer.
    pub async fn lost(&self) {
        let mut standing = self.0.subscribe();
        loop {
            let until = *standing.borrow_and_update();
            let over = async {
                match until {
                    Standing::Alone => pending().await,
                    Standing::Follows => {}
                    Standing::LeadsUntil(until) => sleep_until(until).await,
                }
            };
            tokio::select! {
                () = over => return,
                _ = standing.changed() => {}
            }
        }
    }

    /// Waits for the next tick at which it leads; false when it is to stop.
    pub async fn turn(&self, ticks: &mut Interval, stop: &CancellationToken) -> bool {
        let turn = async {
            ticks.tick().await;
            self.led().await;
        };
        stop.run_until_cancelled(turn).await.is_some()
    }

    /// Does `work` until it is done, it is to stop, or this instance leads no longer; `None` when it was given up.
    pub async fn hold<T>(&self, stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            () = self.lost() => None,
            done = work => Some(done),
        }
    }

    /// The same for `work` that is over in a moment, if all is well. What hangs is given up, since nobody else does it
    /// meanwhile: this instance goes on leading, over another connection.
    pub async fn hold_briefly<T>(&self, stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
        let held = self.hold(stop, timeout(BRIEFLY, work)).await?;
        held.inspect_err(|_| tracing::error!("timed work hung and was given up; it is tried again")).ok()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_alone_leads_and_who_leads_for_a_while_does_until_it_is_over() {
        let (leadership, stop) = (Leadership::default(), CancellationToken::new());
        assert!(leadership.leads());
        assert_eq!(leadership.hold(&stop, async { 1 }).await, Some(1));
        leadership.follow();
        assert!(!leadership.leads());
        assert_eq!(leadership.hold(&stop, pending::<u8>()).await, None);
        leadership.lead_until(Instant::now() + Duration::from_secs(4));
        leadership.led().await;
        let renewed = leadership.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            renewed.lead_until(Instant::now() + Duration::from_secs(4));
        });
        let began = Instant::now();
        assert_eq!(leadership.hold(&stop, pending::<u8>()).await, None);
        assert_eq!(began.elapsed().as_secs(), 7);
        assert!(!leadership.leads());
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_given_up_by_who_goes_on_leading() {
        let (leadership, stop) = (Leadership::default(), CancellationToken::new());
        assert_eq!(leadership.hold_briefly(&stop, async { 1 }).await, Some(1));
        let began = Instant::now();
        assert_eq!(leadership.hold_briefly(&stop, pending::<u8>()).await, None);
        assert_eq!((began.elapsed(), leadership.leads()), (BRIEFLY, true));
        stop.cancel();
        assert_eq!(leadership.hold_briefly(&stop, pending::<u8>()).await, None);
        assert_eq!(began.elapsed(), BRIEFLY, "at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_comes_as_soon_as_it_leads_and_not_after_it_is_to_stop() {
        let (leadership, stop) = (Leadership::default(), CancellationToken::new());
        leadership.follow();
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let waiting = {
            let (leadership, stop) = (leadership.clone(), stop.clone());
            tokio::spawn(
                async move { (leadership.turn(&mut ticks, &stop).await, leadership.turn(&mut ticks, &stop).await) },
            )
        };
        tokio::task::yield_now().await;
        leadership.lead_until(Instant::now() + Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
        stop.cancel();
        assert_eq!(waiting.await.unwrap(), (true, false));
    }
}
