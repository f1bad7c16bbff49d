//! The three programs as processes of their own, to be killed and to be measured.

use crate::executables;
use crate::programs::PATIENCE;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A running process; it does not outlive the test.
pub struct Process {
    child: Child,
    /// The port of loopback that it listens on.
    pub port: u16,
}

impl Process {
    /// Starts a program on a port of loopback, 0 for a free one, and waits until its log
    /// says where it listens.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(name: &str, port: u16, args: &[&str]) -> Process {
        let begun = Instant::now();
        loop {
            let mut command = Command::new(executables::path(name));
            command.args(args).args(["--listen", &port.to_string()]).env_remove("ORIEL_LOG");
            match Process::spawned(command, "listening") {
                Some(process) => return process,
                // Somebody's connection may have a port that was free a moment ago.
                None => assert!(port != 0 && begun.elapsed() < PATIENCE, "{name} ends before it listens"),
            }
        }
    }

    /// Starts any program, and waits until its log has a line with that word and, behind
    /// it, an address of loopback.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn listening(command: Command, word: &'static str) -> Process {
        Process::spawned(command, word).expect("it says where it listens before it ends")
    }

    /// The same; none if it ends before.
    #[allow(clippy::disallowed_methods, reason = "a thread that reads a program's log")]
    fn spawned(mut command: Command, word: &'static str) -> Option<Process> {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let (found, bound) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(port) = port_in(&line, word) {
                    // Only the first is waited for.
                    let _ = found.try_send(port);
                }
            }
        });
        match bound.recv_timeout(PATIENCE) {
            Ok(port) => Some(Process { child, port }),
            Err(RecvTimeoutError::Disconnected) => {
                let _ = child.wait();
                None
            }
            Err(RecvTimeoutError::Timeout) => panic!("its log does not say where it listens"),
        }
    }

    /// Its address for HTTP.
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the program reads; until it is taken and dropped, its input does not end.
    ///
    /// # Panics
    /// When it was taken already.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("it was not taken")
    }

    /// The memory that it holds, in bytes.
    ///
    /// # Panics
    /// When the system does not say, as others than Linux.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most memory that it has ever held, in bytes.
    ///
    /// # Panics
    /// When the system does not say, as others than Linux.
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The processor time that it has taken, its own and the kernel's for it.
    ///
    /// # Panics
    /// When the system does not say, as others than Linux.
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("it runs");
        // The name, in brackets, may hold anything.
        let (_, behind) = stat.rsplit_once(')').expect("a name in brackets");
        let ticks = behind.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>());
        // Linux counts hundredths of a second on every machine that we know of.
        Duration::from_millis(10 * ticks.map(|ticks| ticks.expect("a number")).sum::<u64>())
    }

    fn status(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let size = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = size.and_then(|size| size.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.expect("Linux says how much") * 1024
    }

    /// SIGKILL: it has no time for anything.
    pub fn kill(mut self) {
        self.end();
    }

    /// Stops it where it stands, with its sockets open, or lets it go on.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn freeze(&self, frozen: bool) {
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The port in a log line such as `listening address=127.0.0.1:4711`.
fn port_in(line: &str, word: &str) -> Option<u16> {
    let (_, after) = line.split_once(word)?.1.split_once("127.0.0.1:")?;
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}
