//! A demo that runs, on ports and in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use oriel_testkit::until;
use oriel_tests::executables;

/// For anything the demo does, on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Lines that nobody has read yet; the demo says far less.
const LINES: usize = 1_000;

/// The ports of broker, stream, adapter and Grafana.
pub(crate) struct Ports {
    pub(crate) broker: u16,
    pub(crate) stream: u16,
    pub(crate) adapter: u16,
    pub(crate) grafana: u16,
}

impl Ports {
    /// Four that were free a moment ago.
    pub(crate) fn free() -> Ports {
        let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let [broker, stream, adapter, grafana] =
            listeners.each_ref().map(|listener| listener.local_addr().expect("bound").port());
        Ports { broker, stream, adapter, grafana }
    }
}

/// The script, started and read along; dropping it stops it.
pub(crate) struct Demo {
    child: Child,
    lines: Receiver<String>,
    pub(crate) ports: Ports,
    pub(crate) folder: PathBuf,
}

impl Demo {
    /// Starts it with an environment; `name` is its folder's.
    pub(crate) fn start(name: &str, ports: Ports, environment: &[(&str, &str)]) -> Demo {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the demo");
        let programs = executables::path("oriel-stream");
        let mut child = Command::new("bash")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/run"))
            .env("ORIEL_BIN", programs.parent().expect("a file is in a folder"))
            .env("ORIEL_DEMO_DIR", &folder)
            .env("ORIEL_BROKER_PORT", ports.broker.to_string())
            .env("ORIEL_STREAM_PORT", ports.stream.to_string())
            .env("ORIEL_ADAPTER_PORT", ports.adapter.to_string())
            .env("ORIEL_GRAFANA_PORT", ports.grafana.to_string())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash runs");
        let stdout = child.stdout.take().expect("piped");
        let lines = read_along(stdout);
        Demo { child, lines, ports, folder }
    }

    /// The next line that starts so.
    pub(crate) fn line(&self, start: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with(start) => return line,
                Ok(_) => {}
                Err(error) => panic!("the demo does not say {start:?}: {error}"),
            }
        }
    }

    pub(crate) fn adapter(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.adapter)
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        kill(name, self.child.id());
    }

    /// Waits for its end; gives what it said on standard error too.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        let status =
            until("the demo's end", PATIENCE, async || self.child.try_wait().expect("a child")).await;
        let mut said = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        (status, said)
    }

    /// The process of one of its programs, found by the port that it listens on.
    pub(crate) fn process_of(&self, program: &str) -> u32 {
        let own = self.folder.join(format!("{program}.log"));
        let holds = |pid: &u32| {
            fs::read_link(format!("/proc/{pid}/fd/1")).is_ok_and(|file| file == own)
                && fs::read_to_string(format!("/proc/{pid}/comm"))
                    .is_ok_and(|name| name.starts_with("oriel-"))
        };
        let pids = fs::read_dir("/proc")
            .expect("proc")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.into_iter().find(holds).unwrap_or_else(|| panic!("no process of {program}"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("TERM");
            let _ = self.child.wait();
        }
    }
}

/// Sends a signal to a process.
pub(crate) fn kill(name: &str, pid: u32) {
    let status = Command::new("bash").args(["-c", &format!("kill -{name} {pid}")]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -{name} {pid}");
}

fn read_along(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = sync_channel(LINES);
    let read = move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.try_send(line).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("demo-output".into()).spawn(read).expect("a thread");
    lines
}
