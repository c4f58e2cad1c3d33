//! The real program as a child process: started on a port and a data directory of its own, and never left behind.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
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
    command.env_remove("DATABASE_URL").env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    command.stdin(Stdio::null());
    command
}

/// `crossfade serve --example` on a free port; what it logs goes to a file beside its data.
pub fn serve(data_dir: &Path) -> Command {
    let log = File::options().create(true).append(true).open(data_dir.with_extension("log")).unwrap();
    let mut command = crossfade();
    command.args(["serve", "--example", "--example-rate", "0", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir);
    command.stdout(Stdio::piped()).stderr(log);
    command
}

/// How the data of each server is named on the command line and in the environment, by its address.
static DATA: Mutex<BTreeMap<SocketAddr, Data>> = Mutex::new(BTreeMap::new());

/// The token of each place of data.
static TOKENS: Mutex<BTreeMap<Data, String>> = Mutex::new(BTreeMap::new());

/// Options and variables that name data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Data {
    options: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

impl Data {
    fn of(command: &Command) -> Self {
        let arguments: Vec<&OsStr> = command.get_args().collect();
        let names_data = |pair: &&[&OsStr]| pair[0] == "--data-dir" || pair[0] == "--database";
        let options = arguments.windows(2).filter(names_data).flatten().map(|argument| (*argument).to_owned());
        let named = |name: &OsStr| name == "CROSSFADE_DATA_DIR" || name == "CROSSFADE_DATABASE";
        let variables = command.get_envs().filter(|(name, _)| named(name));
        let variables = variables.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        Self { options: options.collect(), variables: variables.collect() }
    }

    /// A token with all scopes, made when it is first asked for.
    fn token(&self) -> String {
        let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.entry(self.clone()).or_insert_with(|| {
            let mut command = crossfade();
            command.args(["--log", "warn", "token", "create", "--name", "tests"]);
            command.args(["--scope", "evaluate,ingest,read,operate,sign_off"]);
            command.args(&self.options).envs(self.variables.iter().map(|(name, value)| (name, value)));
            let output = command.output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
        });
        token.clone()
    }
}

/// A token with all scopes for the server at `address`.
pub fn token(address: SocketAddr) -> String {
    let data = DATA.lock().unwrap_or_else(PoisonError::into_inner)[&address].clone();
    data.token()
}

/// A server that listens. It is killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `command`, which is one of [`serve`], and waits for the line that names its address.
    pub fn start(mut command: Command) -> Self {
        let data = Data::of(&command);
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
        DATA.lock().unwrap_or_else(PoisonError::into_inner).insert(address, data);
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
