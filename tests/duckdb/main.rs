//! Ad events counted by `oriel-stream` and again by DuckDB, an engine that shares nothing
//! with it: series, lists and sessions must be equal, sketches within what they state.

mod events;

use oriel_testkit::skip;
use oriel_tests::executables;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EVENTS: usize = 200_000;
/// How far behind events come, in milliseconds: four times the disorder that is waited
/// for, and less than the lateness.
const JITTER: i64 = 20_000;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("duckdb");
    fs::create_dir_all(&folder).expect("a folder to work in");
    folder
}

/// Runs the stream to the end of the file, and checks that every event was counted.
fn count(config: &Path, frames: &Path) {
    let output = Command::new(executables::path("oriel-stream"))
        .arg(config)
        .args(["--print", "--listen", "127.0.0.1:0", "--workers", "2"])
        .stdin(Stdio::null())
        .stdout(File::create(frames).expect("a file for the frames"))
        .output()
        .expect("oriel-stream runs");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "oriel-stream ended with {}:\n{log}", output.status);
    let summary = log.lines().last().unwrap_or_default();
    let expected = format!("records in={EVENTS} counted={EVENTS} filtered=0 late=0 bad=0 ");
    assert!(summary.starts_with(&expected), "the summary is {summary:?}");
}

#[test]
fn duckdb_counts_the_same() {
    let python = |arguments: &[&str]| Command::new("python3").args(arguments).output();
    if !python(&["-c", "import duckdb"]).is_ok_and(|output| output.status.success()) {
        return skip("duckdb counts the same", "pip install duckdb");
    }
    let (source, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("duckdb"), folder());
    let [config, lookup] = ["events.toml", "advertisers.csv"].map(|name| {
        fs::copy(source.join(name), folder.join(name)).expect("a file to copy");
        folder.join(name)
    });
    let (events, frames) = (folder.join("events.ndjson"), folder.join("frames.ndjson"));
    events::write(&events, EVENTS, JITTER).expect("room on the disk");
    count(&config, &frames);
    let paths =
        [&source.join("compare.py"), &events, &lookup, &frames].map(|path| path.display().to_string());
    let output = python(&paths.each_ref().map(String::as_str)).expect("python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_dir_all(folder).expect("the folder goes");
}
