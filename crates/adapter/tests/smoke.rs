//! The real program: it starts, says where it listens, obeys a signal, and tells with its
//! exit code what was wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_oriel-grafana");

/// A started program, ended with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(upstream: &str) -> (Running, SocketAddr) {
    let mut program = Command::new(PROGRAM);
    program.args(["--listen", "127.0.0.1:0", "--upstream", upstream]).stderr(Stdio::piped());
    let mut running = Running(program.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let address = lines.find_map(|line| line.unwrap().rsplit_once("address=")?.1.trim().parse().ok());
    // The rest of the log must have a reader, or the program would wait for one.
    std::thread::Builder::new().spawn(move || lines.for_each(drop)).unwrap();
    (running, address.unwrap())
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

fn ends(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = Command::new(PROGRAM).args(args).output().unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// An address at which nobody listens.
fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

#[test]
fn it_starts_lives_and_ends_with_0_on_sigterm() {
    let upstream = nobody();
    let (mut running, address) = start(&upstream);
    assert_eq!(get(address, "/live").0, 200);
    let (status, answer) = get(address, "/ready");
    assert!(status == 503 && answer.contains(&upstream), "{answer}");
    assert_eq!(get(address, "/").0, 200);
    let asked = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(asked.success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_busy_port_is_named_and_ends_it_with_1() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let (code, said) = ends(&["--listen", &port]);
    assert!(code == Some(1) && said.contains(&port), "{code:?} {said}");
}

#[test]
fn wrong_flags_end_it_with_64_and_help_with_0() {
    assert_eq!(ends(&["--nope"]).0, Some(64));
    assert_eq!(ends(&["--listen", "nowhere"]).0, Some(64));
    assert_eq!(ends(&["--upstream", "127.0.0.1"]).0, Some(64));
    assert_eq!(ends(&["extra"]).0, Some(64));
    let (code, help) = ends(&["--help"]);
    assert!(code == Some(0) && help.contains("Examples:"), "{help}");
}
