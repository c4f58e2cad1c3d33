//! How busy the machine is: measured every few seconds, so that no request waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};
use tokio_util::sync::CancellationToken;

/// How often the machine is measured.
const INTERVAL: Duration = Duration::from_secs(5);

/// One measurement; both are shares, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measurement {
    /// The share of all cores in use since the measurement before; `None` until there are two.
    pub cpu: Option<f64>,
    /// The share of memory in use.
    pub memory: Option<f64>,
}

impl Measurement {
    /// The shares by name, of what was measured.
    pub fn shares(&self) -> Vec<(&'static str, Option<f64>)> {
        vec![("processors", self.cpu), ("memory", self.memory)]
    }
}

/// The last measurement; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SystemLoad(Arc<Mutex<Measurement>>);

impl SystemLoad {
    /// The last measurement.
    pub fn last(&self) -> Measurement {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_usage())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let mut system = match System::new_with_specifics(what) {
            Ok(system) => system,
            Err(error) => {
                tracing::warn!(%error, "this machine cannot be measured");
                return;
            }
        };
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.tick().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            system.refresh_specifics(what);
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = measurement(&system);
        }
    }
}

fn measurement(system: &System) -> Measurement {
    Measurement {
        cpu: Some(f64::from(system.global_cpu_usage()) / 100.0),
        memory: (system.total_memory() > 0).then(|| system.used_memory() as f64 / system.total_memory() as f64),
    }
}
