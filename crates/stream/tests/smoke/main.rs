//! The real program: start, ready, stop, and its exit codes.

#![allow(clippy::disallowed_methods, reason = "a thread that reads a program's log")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

mod ending;
mod input;

const GENERATOR: &str = r#"topic = "t"
[source]
type = "generator"
rate = 100
[record]
format = "json"
time = { at = "/data/created_at" }
[view.all]
kind = "series"
window = { size = "1m" }
metrics = { total = "count" }
"#;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oriel-stream"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("ORIEL_LOG");
    command
}

fn file(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smoke");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn ended(args: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } = program().args(args).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

/// Starts the program, waits until it says where it listens.
fn started(config: &Path, args: &[&str]) -> (Child, u16) {
    listening(program().arg(config).args(args))
}

fn listening(program: &mut Command) -> (Child, u16) {
    let mut child = program.args(["--listen", "0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, after) = line.split_once("127.0.0.1:")?;
        after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    });
    // Whoever does not read a program's log stops it.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port.expect("the address is logged"))
}

fn get(port: u16, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

fn terminate(child: &mut Child) -> Option<i32> {
    signal(child);
    child.wait().unwrap().code()
}

fn signal(child: &Child) {
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

#[test]
fn a_finite_run_prints_frames_and_its_last_line_is_the_summary() {
    let config = file(
        "finite.toml",
        &GENERATOR.replace("rate = 100", "count = 500\nstart = \"2024-01-01T00:00:10Z\""),
    );
    let Output { status, stdout, stderr } =
        program().arg(&config).args(["--print", "--listen", "0"]).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{stderr}");
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with("records in=500 counted=500 filtered=0 late=0 bad=0 seconds="), "{stderr}");
    assert!(last.contains(" rate="), "{last}");
    let frame = stdout.lines().last().unwrap();
    let begins = r#"{"type":"publish","topic":"t.all","data":{"id":"all","type":"dataResult","data":[{"timestamp":1704067200000,"total":500}],"countdown":1,"meta":{"kind":"series","#;
    assert!(frame.starts_with(begins), "{frame}");
    assert!(frame.contains(r#""state":["final"]"#), "{frame}");
}

#[test]
fn panes_are_printed_in_place_of_rows_and_each_view_says_how_it_is_held() {
    let config =
        file("panes.toml", &GENERATOR.replace("rate = 100", "count = 500\nstart = \"2024-01-01T00:00:10Z\""));
    let Output { status, stdout, stderr } =
        program().arg(&config).args(["--print=panes", "--listen", "0"]).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{stderr}");
    assert!(stderr.contains("view all: a window every 1m"), "{stderr}");
    let begins = r#"{"type":"publish","topic":"t.all.panes","data":{"seq":"#;
    assert!(!stdout.is_empty() && stdout.lines().all(|line| line.starts_with(begins)), "{stdout}");
    let ends = r#""value":{"total":500}}}"#;
    assert!(stdout.lines().last().unwrap().ends_with(ends), "{stdout}");
}

#[test]
fn check_only_validates() {
    let config = file("check.toml", GENERATOR);
    assert_eq!(ended(&[config.to_str().unwrap(), "--check"]), (0, String::new()));
}

#[test]
fn five_mistakes_give_five_messages_with_lines_and_exit_64() {
    let text = GENERATOR
        .replace("rate = 100", "rat = 100")
        .replace("\"json\"", "\"xml\"")
        .replace("\"series\"", "\"serie\"")
        .replace("\"1m\"", "\"1 minute\"")
        .replace("topic = \"t\"", "topic = \"a b\"");
    let config = file("five.toml", &text);
    let (code, stderr) = ended(&[config.to_str().unwrap()]);
    assert_eq!(code, 64, "{stderr}");
    for line in [1, 4, 6, 9, 10] {
        assert!(stderr.contains(&format!("five.toml:{line}: ")), "line {line}:\n{stderr}");
    }
}

#[test]
fn usage_errors_exit_64() {
    let config = file("usage.toml", GENERATOR);
    let config = config.to_str().unwrap();
    for args in [
        &[config, "--colour"][..],
        &[],
        &[config, "--workers", "0"],
        &[config, "--broker", "ftp://x"],
        &[config, "--print=cells"],
        &["/no/such/config.toml"],
    ] {
        let (code, stderr) = ended(args);
        assert_eq!(code, 64, "{args:?}: {stderr}");
    }
    assert!(ended(&[config, "--print=cells"]).1.contains("rows, panes"));
}

#[test]
fn a_token_that_is_none_is_refused_without_being_repeated() {
    let config = file("token.toml", GENERATOR);
    let config = config.to_str().unwrap();
    let token = file("two-words", "hush hush\n");
    for path in ["/no/such/token", token.to_str().unwrap()] {
        let (code, stderr) = ended(&[config, "--listen", "0", "--broker-token-file", path]);
        assert_eq!(code, 64, "{stderr}");
        assert!(stderr.contains(path) && !stderr.contains("hush"), "{stderr}");
    }
    let variable = program().args([config, "--listen", "0"]).env("ORIEL_BROKER_TOKEN", "hush hush").output();
    let Output { status, stderr, .. } = variable.unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(64), "{stderr}");
    assert!(stderr.contains("a token is one word") && !stderr.contains("hush"), "{stderr}");
}

#[test]
fn a_busy_port_is_named_and_exits_1() {
    let config = file("busy.toml", GENERATOR);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, stderr) = ended(&[config.to_str().unwrap(), "--listen", &port]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains(&port), "{stderr}");
}

#[test]
fn addresses_beyond_loopback_need_the_flag() {
    let config = file("open.toml", GENERATOR);
    let (code, stderr) = ended(&[config.to_str().unwrap(), "--listen", "0.0.0.0:0"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("--insecure"), "{stderr}");
}

/// What is between two `...` of the expected line stands in the answer, in that order.
fn matches(says: &str, expected: &str) -> bool {
    let parts: Vec<&str> = expected.split("...").collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let mut rest = says.trim();
    if !rest.starts_with(first) || !rest.ends_with(last) {
        return false;
    }
    parts.iter().all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
}

#[test]
fn the_examples_of_the_help_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        return oriel_testkit::skip("the_examples_of_the_help_work", "install curl");
    }
    let help = program().arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let (_, examples) = help.split_once("Examples:").expect("a part with examples");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let (mut child, port) = started(&root.join("demo/tweets.toml"), &["--broker", "http://127.0.0.1:1"]);
    let (mut command, mut checked) = (None, 0);
    for line in examples.lines().map(str::trim) {
        if let Some(example) = line.strip_prefix("$ ") {
            let here = example.replace("127.0.0.1:8891", &format!("127.0.0.1:{port}"));
            command = Some(here.replace("oriel-stream", env!("CARGO_BIN_EXE_oriel-stream")));
        } else if let (Some(expected), Some(command)) = (line.strip_prefix("# "), command.take()) {
            let Output { stdout, stderr, .. } =
                Command::new("sh").args(["-c", &command]).current_dir(root).output().unwrap();
            let says = String::from_utf8(stdout).unwrap();
            assert!(matches(&says, expected), "{command}: {says} {}", String::from_utf8_lossy(&stderr));
            checked += 1;
        }
    }
    assert_eq!(checked, 4);
    assert_eq!(terminate(&mut child), Some(0));
}
