//! How busy the machine is, and this program on it: measured every few seconds, so that no request waits for it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};
use tokio_util::sync::CancellationToken;

use crate::domain::rollup::rate;

/// How often the machine is measured.
const INTERVAL: Duration = Duration::from_secs(5);

/// One measurement; what could not be measured is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measurement {
    /// The share of all cores in use since the measurement before, 0 to 1; `None` until there are two.
    pub cpu: Option<f64>,
    /// The share of memory in use, 0 to 1.
    pub memory: Option<f64>,
    /// The disk that the data directory is on.
    pub disk: Option<Disk>,
    /// This program.
    pub process: Option<Process>,
}

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disk {
    /// The share in use of what may be used, 0 to 1.
    pub used: f64,
    /// What is left for this program.
    pub free_bytes: u64,
}

/// What this program takes of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// Of memory, without what was swapped out.
    pub resident_bytes: u64,
    /// Time on any core since it began.
    pub cpu_seconds: f64,
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

    /// Measures until `stop`; `data_dir` is on the disk in question.
    pub async fn run(self, data_dir: PathBuf, stop: CancellationToken) {
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
        let this = sysinfo::get_current_pid().ok();
        let mut ticks = tokio::time::interval(INTERVAL);
        // A share of the cores in use takes two looks, and so is not there at once; all else is.
        self.put(Measurement { cpu: None, ..measurement(&mut system, this, &data_dir) });
        ticks.tick().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            system.refresh_specifics(what);
            self.put(measurement(&mut system, this, &data_dir));
        }
    }

    fn put(&self, measurement: Measurement) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = measurement;
    }
}

fn measurement(system: &mut System, this: Option<Pid>, data_dir: &Path) -> Measurement {
    Measurement {
        cpu: Some(f64::from(system.global_cpu_usage()) / 100.0),
        memory: rate(system.used_memory(), system.total_memory()),
        disk: disk(data_dir),
        process: this.and_then(|this| process(system, this)),
    }
}

/// The disk that `path` is on, counted as `df` counts.
pub fn disk(path: &Path) -> Option<Disk> {
    let found = rustix::fs::statvfs(path).ok()?;
    let used = found.f_blocks - found.f_bfree.min(found.f_blocks);
    Some(Disk { used: rate(used, used + found.f_bavail)?, free_bytes: found.f_bavail.saturating_mul(found.f_frsize) })
}

fn process(system: &mut System, this: Pid) -> Option<Process> {
    let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[this]), false, what);
    let process = system.process(this)?;
    let cpu_seconds = process.accumulated_cpu_time() as f64 / 1_000.0;
    Some(Process { resident_bytes: process.memory(), cpu_seconds })
}
