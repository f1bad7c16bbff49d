//! Where the real executables are, for the tests that start them.

use std::path::PathBuf;

/// The executable of one of the three programs, from the build that this test belongs to.
///
/// # Panics
/// When it is not there: `cargo test --workspace` builds it, a test on its own does not.
pub fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    // target/PROFILE/deps/TEST beside target/PROFILE/NAME
    let folder = test.parent().and_then(|deps| deps.parent()).expect("a test is in target/PROFILE/deps");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace --bins`", path.display());
    path
}
