//! The real program: it starts, is ready, stops, and refuses what it should.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_oriel-broker");
const SOON: Duration = Duration::from_secs(20);

struct Program {
    child: Child,
    address: String,
    /// Kept open: the program's log goes there, and is far smaller than a pipe.
    _log: BufReader<ChildStderr>,
}

impl Program {
    /// Starts it on a free port and reads from its log which one that is.
    fn start(args: &[&str]) -> Self {
        let mut child =
            Command::new(PROGRAM).args(["--listen", "0"]).args(args).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let address = log.by_ref().lines().find_map(|line| {
            let line = line.unwrap();
            Some(line.split("listening address=").nth(1)?.to_owned())
        });
        Program { child, address: address.expect("the address in the log"), _log: log }
    }

    fn get(&self, path: &str) -> String {
        self.get_with(path, "")
    }

    /// The same with more lines in the request's head.
    fn get_with(&self, path: &str, lines: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let host = &self.address;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, name: &str) {
        let killed = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    fn code(mut self) -> i32 {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().expect("an exit code");
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn output(args: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } = Command::new(PROGRAM).args(args).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_starts_is_ready_and_stops_with_zero() {
    for signal in ["-TERM", "-INT"] {
        let program = Program::start(&[]);
        assert!(program.get("/ready").starts_with("HTTP/1.1 200"));
        program.signal(signal);
        assert_eq!(program.code(), 0, "{signal}");
    }
}

#[test]
fn a_hangup_stops_nothing() {
    let program = Program::start(&[]);
    for _ in 0..2 {
        program.signal("-HUP");
        assert!(program.get("/ready").starts_with("HTTP/1.1 200"));
    }
    program.signal("-TERM");
    assert_eq!(program.code(), 0);
}

#[test]
fn a_token_that_it_makes_opens_it_until_a_hangup_finds_it_gone() {
    let made = Command::new(PROGRAM).arg("token").output().unwrap().stdout;
    let made = String::from_utf8(made).unwrap();
    let (token, lines) = made.split_once("[[token]]").unwrap();
    let token = token.lines().find(|line| line.len() == 43).expect("256 bits in base64");
    let file = std::env::temp_dir().join(format!("oriel-smoke-tokens-{}.toml", std::process::id()));
    std::fs::write(&file, format!("[[token]]{lines}")).unwrap();
    let program = Program::start(&["--tokens", file.to_str().unwrap()]);
    let ask = || {
        let line = format!("Authorization: Bearer {token}\r\n");
        program.get_with("/ws/v1/pubsub/topics", &line).split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(ask(), "200");
    assert!(program.get("/ws/v1/pubsub/topics").starts_with("HTTP/1.1 401"));
    std::fs::write(&file, "").unwrap();
    program.signal("-HUP");
    let deadline = Instant::now() + SOON;
    while ask() != "401" {
        assert!(Instant::now() < deadline, "the file is not read again");
    }
    std::fs::remove_file(&file).unwrap();
    program.signal("-TERM");
    assert_eq!(program.code(), 0);
}

#[test]
fn a_busy_port_is_named() {
    let program = Program::start(&[]);
    let (code, says) = output(&["--listen", &program.address]);
    let port = program.address.rsplit(':').next().unwrap();
    assert_eq!(code, 1);
    assert!(says.contains(&format!("port {port} is busy")), "{says}");
}

#[test]
fn wrong_flags_are_usage_errors() {
    for args in [vec!["--unknown"], vec!["surplus"], vec!["--listen", "here"], vec!["--queue-bytes", "many"]]
    {
        assert_eq!(output(&args).0, 64, "{args:?}");
    }
    assert_eq!(output(&["--help"]).0, 0);
    assert_eq!(output(&["--version"]).0, 0);
}

#[test]
fn other_addresses_than_loopback_have_to_be_meant() {
    let (code, says) = output(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, 64);
    assert!(says.contains("--insecure") && says.contains("--tokens"), "{says}");
}

#[test]
fn a_check_ends_with_zero_or_64_and_listens_nowhere() {
    let program = Program::start(&[]);
    // Somebody listens there already, which a check does not find out.
    let (code, says) = output(&["--check", "--listen", &program.address]);
    assert_eq!((code, says.as_str()), (0, ""));
    for args in [["--check", "--config=/nowhere/at.toml"], ["--check", "--listen=0.0.0.0:0"]] {
        let (code, says) = output(&args);
        assert_eq!(code, 64);
        assert!(says.ends_with("1 fault\n") || says.ends_with("1 fault in /nowhere/at.toml\n"), "{says}");
    }
}

#[test]
fn a_variable_is_a_setting() {
    let checked = Command::new(PROGRAM).arg("--check").env("ORIEL_BROKER_TOPICS", "0").output().unwrap();
    assert_eq!(checked.status.code(), Some(64));
    let says = String::from_utf8(checked.stderr).unwrap();
    assert!(says.starts_with("ORIEL_BROKER_TOPICS is \"0\": "), "{says}");
}

#[test]
fn a_new_token_is_known_by_the_lines_that_are_printed_with_it() {
    let printed = Command::new(PROGRAM).arg("token").output().unwrap().stdout;
    let printed = String::from_utf8(printed).unwrap();
    let (before, lines) = printed.split_once("[[token]]").unwrap();
    let token = before.lines().find(|line| line.len() == 43 && !line.contains(' ')).unwrap();
    let file = std::env::temp_dir().join(format!("oriel-smoke-{}.toml", std::process::id()));
    std::fs::write(&file, format!("[[token]]{lines}")).unwrap();
    let program = Program::start(&["--tokens", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    let asked = |header: &str| program.get(&format!("/ws/v1/pubsub/topics HTTP/1.1\r\n{header}\r\nX:"));
    assert!(asked("Y:").starts_with("HTTP/1.1 401"));
    assert!(asked(&format!("Authorization: Bearer {token}")).starts_with("HTTP/1.1 200"));
}

#[test]
fn bash_takes_the_completions() {
    let script = r#"source <("$0" completions bash) && known=$(complete -p oriel-broker) && known=${known#*-F } &&
        COMP_WORDS=(oriel-broker --queue) COMP_CWORD=1 && ${known%% *} oriel-broker --queue oriel-broker &&
        echo "${COMPREPLY[@]}""#;
    let completed = Command::new("bash").args(["-c", script, PROGRAM]).output().unwrap();
    let says = String::from_utf8(completed.stderr).unwrap();
    assert_eq!(String::from_utf8(completed.stdout).unwrap(), "--queue-bytes\n", "{says}");
}

#[test]
fn the_manual_page_has_no_fault() {
    if Command::new("groff").arg("--version").output().is_err() {
        return oriel_testkit::skip("the_manual_page_has_no_fault", "install groff");
    }
    let page = Command::new(PROGRAM).arg("man").stdout(Stdio::piped()).spawn().unwrap().stdout.unwrap();
    let made = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).stdin(page).output().unwrap();
    assert!(made.status.success());
    assert_eq!(String::from_utf8(made.stderr).unwrap(), "");
}

#[test]
fn logs_are_objects_where_a_program_reads_them() {
    let program = Program::start(&[]);
    let mut command = Command::new(PROGRAM);
    command.args(["--listen", &program.address]).env("ORIEL_LOG_FORMAT", "json");
    let Output { stderr, .. } = command.output().unwrap();
    let line: serde_json::Value = serde_json::from_slice(&stderr).expect("one object, one line");
    assert_eq!(line["level"], "ERROR");
    assert!(line["message"].as_str().is_some_and(|says| says.contains("is busy")), "{line}");
}

/// Whether a text is as expected, where `...` stands for anything.
fn matches(text: &str, expected: &str) -> bool {
    let mut parts = expected.split("...");
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

#[test]
fn the_examples_of_the_help_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        return oriel_testkit::skip("the_examples_of_the_help_work", "install curl");
    }
    let help = Command::new(PROGRAM).arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let (_, examples) = help.split_once("Examples:").expect("a part with examples");
    let program = Program::start(&[]);
    let here = std::path::Path::new(PROGRAM).parent().unwrap();
    let (mut command, mut checked) = (None, 0);
    for line in examples.lines().map(str::trim) {
        if let Some(example) = line.strip_prefix("$ ") {
            command = Some(example.replace("127.0.0.1:8890", &program.address).replace("curl", "curl -sS"));
        } else if let (Some(expected), Some(command)) = (line.strip_prefix("# "), command.take()) {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("PATH=\"$0:$PATH\"; {command}")]).arg(here).current_dir("../..");
            let Output { stdout, stderr, .. } = shell.output().unwrap();
            let says = String::from_utf8(stdout).unwrap();
            let says = says.strip_suffix('\n').unwrap_or(&says);
            assert!(matches(says, expected), "{command}: {says} {}", String::from_utf8_lossy(&stderr));
            checked += 1;
        }
    }
    assert_eq!(checked, 6);
}
