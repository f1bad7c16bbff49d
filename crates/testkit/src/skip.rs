//! Tests that cannot run on this machine say so, and are counted.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// The file to which the test runner has skips written, one line each.
const SKIPS: &str = "ORIEL_SKIPS";

/// Notes that `test` cannot run here and what to install for it; the test then returns.
///
/// With `CI=true` everything has to run, so there it fails the test instead.
///
/// # Panics
/// With `CI=true`, or if the file named by `ORIEL_SKIPS` cannot be written.
#[allow(clippy::disallowed_methods, reason = "the runner and CI speak to a test through the environment")]
pub fn skip(test: &str, what_to_install: &str) {
    let line = format!("{test}: {what_to_install}");
    assert!(env::var("CI").as_deref() != Ok("true"), "cannot run here: {line}");
    let Ok(path) = env::var(SKIPS) else { return };
    let mut file = OpenOptions::new().append(true).create(true).open(&path).expect("the skips file opens");
    // One write per line: tests of several processes append at once.
    file.write_all(format!("{line}\n").as_bytes()).expect("the skip is noted");
}
