//! Holds the walls: the rooms of ARCHITECTURE.md against the manifests, and the rules of
//! the house against the sources.

mod manifests;
mod rooms;
mod sources;

use std::fs;
use std::path::PathBuf;

/// The repository's top folder.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).canonicalize().expect("the repository is there")
}

/// A text file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with one line a fault.
fn report(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}:\n  {}\n", faults.join("\n  "));
}
