//! Rules of the source files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{report, root};

/// A main reads flags, binds, runs and ends; what is longer belongs to the library.
const MAIN_LINES: usize = 60;

/// Folders that hold no source of ours.
const FOREIGN: [&str; 4] = ["target", "node_modules", "corpus", "artifacts"];

/// A source file: its path below the top, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Tests: files named so or in a folder named so; the kit for tests is none.
    fn is_test(&self) -> bool {
        let in_folder = self.path.starts_with("tests/") || self.path.contains("/tests/");
        (in_folder || self.path.ends_with("/tests.rs")) && !self.path.starts_with("tests/tidy/")
    }

    /// The numbered lines that are code, without what follows `//`.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let stripped = self.text.lines().map(|line| match line.find("//") {
            Some(at) if !line[..at].ends_with(':') => &line[..at],
            _ => line,
        });
        stripped.enumerate().map(|(index, line)| (index + 1, line))
    }

    fn faults(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.code().filter(|(_, line)| wrong(line));
        lines.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for top in ["crates", "tests"] {
        walk(&root().join(top), &mut paths);
    }
    let source = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("a source file is text"),
        path: path.strip_prefix(root()).expect("found below the top").display().to_string(),
    };
    let found: Vec<Source> = paths.into_iter().map(source).collect();
    assert!(found.len() > 50, "the sources are found");
    found
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !FOREIGN.contains(&name.as_str()) {
            walk(&path, into);
        } else if name.ends_with(".rs") {
            into.push(path);
        }
    }
}

/// `127.0.0.1:` or `localhost:` and a port, but 0 and the reserved ones below 10, where nobody listens.
fn has_fixed_port(line: &str) -> bool {
    let is_port = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count() > 1;
    ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|host| line.split(host).skip(1).any(is_port))
}

#[test]
fn every_file_says_what_it_is() {
    let silent = |source: &Source| {
        let mut lines = source.text.lines().filter(|line| !line.starts_with("#!["));
        !lines.next().is_some_and(|line| line.starts_with("//!"))
    };
    let faults: Vec<String> = sources().into_iter().filter(silent).map(|source| source.path).collect();
    report("files without a module doc", &faults);
}

#[test]
fn modules_have_their_name_on_the_file() {
    let faults: Vec<String> =
        sources().into_iter().map(|source| source.path).filter(|path| path.ends_with("/mod.rs")).collect();
    report("mod.rs instead of the module's name", &faults);
}

#[test]
fn a_main_is_short() {
    let long =
        |source: &Source| source.path.ends_with("/src/main.rs") && source.text.lines().count() > MAIN_LINES;
    let faults: Vec<String> = sources().into_iter().filter(long).map(|source| source.path).collect();
    report("main.rs longer than 60 lines", &faults);
}

#[test]
fn tests_take_the_port_they_are_given() {
    // A test that opens no socket may name addresses as plain data.
    let opens = |source: &Source| {
        ["TcpListener", "TcpStream", "Command", "reqwest"].iter().any(|word| source.text.contains(word))
    };
    let tests = sources().into_iter().filter(|source| source.is_test() && opens(source));
    // What is printed for people names the usual ports; a test puts its own in their place.
    let wrong = |line: &str| has_fixed_port(line) && !line.contains(".replace(");
    let faults: Vec<String> = tests.flat_map(|source| source.faults(wrong)).collect();
    report("fixed ports in tests", &faults);
}

#[test]
fn tests_wait_for_a_condition_not_for_a_time() {
    let tests = sources().into_iter().filter(Source::is_test);
    let faults: Vec<String> =
        tests.flat_map(|source| source.faults(|line| line.contains("sleep("))).collect();
    report("sleep in tests; wait for a condition with a deadline", &faults);
}

#[test]
fn a_paused_clock_never_meets_a_real_socket() {
    let both = |source: &Source| {
        source.is_test() && source.text.contains("start_paused") && source.text.contains("TcpListener")
    };
    let faults: Vec<String> = sources().into_iter().filter(both).map(|source| source.path).collect();
    report("start_paused beside TcpListener: the clock jumps while the peer works", &faults);
}

#[test]
fn a_test_is_named_by_what_it_shows() {
    // Written in two parts, so that this line is not one.
    let prefix = concat!("fn ", "test_");
    let faults: Vec<String> =
        sources().into_iter().flat_map(|source| source.faults(|line| line.contains(prefix))).collect();
    report("tests named test_...", &faults);
}
