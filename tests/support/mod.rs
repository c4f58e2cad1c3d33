//! The real program as a child process: started on a port and a data directory of its own, and never left behind.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long the program may take for what should take it a moment; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// `crossfade`, with nothing of the surroundings that would change what it does.
pub fn crossfade() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crossfade"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CROSSFADE_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    command.stdin(Stdio::null());
    command
}

/// `crossfade serve --example` on a free port; what it logs goes to a file beside its data.
pub fn serve(data_dir: &Path) -> Command {
    let log = File::options().create(true).append(true).open(data_dir.with_extension("log")).unwrap();
    let mut command = crossfade();
    command.args(["serve", "--example", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir);
    command.stdout(Stdio::piped()).stderr(log);
    command
}

/// A server that listens. It is killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `command`, which is one of [`serve`], and waits for the line that names its address.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (line, lines) = mpsc::channel();
        thread::spawn(move || {
            // One line and no more: the server must not mind that its other lines go nowhere.
            let mut text = String::new();
            let _ = stdout.read_line(&mut text);
            let _ = line.send(text);
        });
        let text = lines.recv_timeout(PATIENCE).unwrap_or_default();
        let address = text.trim_end().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            panic!("the server said {text:?} and ended with {:?}", child.wait());
        };
        Self { child, address }
    }

    /// Tells it to stop, and waits until it has.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
