//! How much memory a process takes, as Linux tells it.

use std::fs;
use std::process::Child;

/// The memory of a process, measured against what it had when measuring began.
pub struct Memory {
    process: String,
    at_first: u64,
}

impl Memory {
    /// Begins measuring; the peak is that from now on.
    pub fn of(child: &Child) -> Self {
        let process = format!("/proc/{}", child.id());
        // Of the codes in proc_pid_clear_refs(5), the one that sets the peak back.
        fs::write(format!("{process}/clear_refs"), "5").unwrap();
        let at_first = mebibytes(&process, "VmRSS:");
        Self { process, at_first }
    }

    /// The most that it took more than at first, in MiB.
    pub fn most_more(&self) -> u64 {
        let most = mebibytes(&self.process, "VmHWM:");
        println!("memory: {} MiB at first, at most {most} MiB", self.at_first);
        most.saturating_sub(self.at_first)
    }
}

fn mebibytes(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
