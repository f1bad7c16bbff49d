//! A million generated tweets in each of the two formats, counted by `oriel-stream` and
//! again by `recount.py`, which shares no code with it: every final row must be equal.

mod v1;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oriel_stream::config::SourceConfig;
use oriel_testkit::skip;
use oriel_tests::{executables, tweets};
use oriel_time::EventTime;

const TWEETS: u64 = 1_000_000;
/// So many a second make 42 minutes: many windows, and none too old for the demo's `retain`.
const RATE: f64 = 400.0;
/// Half a minute off the full minute, so that no window begins with the stream.
const START: EventTime = EventTime::from_millis(1_493_619_737_000);
/// Rows of the view that is there for its ties: far more tags than the demo shows.
const ALL: usize = 1_000;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder to work in");
    folder
}

fn generate(path: &Path, seed: u64) {
    let rate = Some(RATE);
    tweets::write(path, &SourceConfig::Generator { rate, count: Some(TWEETS), seed, start: Some(START) });
}

fn python() -> Option<&'static str> {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|out| out.status.success());
    found.then_some("python3")
}

/// Runs the stream to the end of its source, and checks that each tweet was counted.
fn count(config: &Path, stdin: Option<&Path>, frames: &Path) {
    let input = stdin.map_or(Stdio::null(), |path| File::open(path).expect("the tweets").into());
    let output = Command::new(executables::path("oriel-stream"))
        .arg(config)
        .args(["--print", "--listen", "127.0.0.1:0"])
        .stdin(input)
        .stdout(File::create(frames).expect("a file for the frames"))
        .stderr(Stdio::piped())
        .output()
        .expect("oriel-stream runs");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "oriel-stream ended with {}:\n{log}", output.status);
    let summary = log.lines().last().unwrap_or_default();
    let expected = format!("records in={TWEETS} counted={TWEETS} filtered=0 late=0 bad=0 ");
    assert!(summary.starts_with(&expected), "the summary is {summary:?}");
}

fn recount(python: &str, tweets: &Path, frames: &Path, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("recount.py");
    let output = Command::new(python).arg(script).arg(tweets).arg(frames).args(arguments).output();
    let output = output.expect("python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_file_of_a_million_tweets_is_counted_as_python_counts_it() {
    let Some(python) = python() else { return skip("recount of the v2 format", "install python3") };
    let folder = folder("recount-v2");
    let (tweets, frames, config) =
        (folder.join("tweets.ndjson"), folder.join("frames.ndjson"), folder.join("config.toml"));
    generate(&tweets, 1);
    let ties = format!(
        "\n[view.allHashtags]\nkind = \"top\"\nby = \"hashtag\"\nn = {ALL}\nwindow = {{ size = \"5m\" }}\n"
    );
    fs::write(&config, tweets::config(&tweets) + &ties).expect("a config");
    count(&config, None, &frames);
    recount(python, &tweets, &frames, &["--format", "v2", "--top", &format!("allHashtags={ALL}")]);
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_disordered_million_from_standard_input_is_counted_as_python_counts_it() {
    let Some(python) = python() else { return skip("recount of the v1 format", "install python3") };
    let folder = folder("recount-v1");
    let (plain, tweets, frames) =
        (folder.join("v2.ndjson"), folder.join("v1.ndjson"), folder.join("frames.ndjson"));
    generate(&plain, 2);
    v1::convert(&plain, &tweets);
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/tweets-v1.toml");
    count(&config, Some(&tweets), &frames);
    recount(python, &tweets, &frames, &["--format", "v1"]);
    fs::remove_dir_all(folder).expect("the folder goes");
}
