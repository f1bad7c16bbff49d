//! Rules of the manifests and of the files beside them.

use std::path::Path;

use crate::rooms::table;
use crate::{read, report, root};

#[test]
fn every_manifest_takes_the_lints_of_the_workspace() {
    let rooms = table().into_iter().map(|room| format!("crates/{}/Cargo.toml", room.name));
    let without = |path: &String| !read(path).contains("[lints]\nworkspace = true\n");
    let faults: Vec<String> = rooms.chain(["tests/Cargo.toml".into()]).filter(without).collect();
    report("manifests without `[lints] workspace = true`", &faults);
}

#[test]
fn every_pure_room_has_the_same_bans() {
    let pure = table().into_iter().filter(|room| room.layer == "pure");
    let files: Vec<String> = pure.map(|room| format!("crates/{}/clippy.toml", room.name)).collect();
    let first = read(&files[0]);
    assert!(first.contains("pure room: time is an argument"), "{} bans no clock", files[0]);
    let faults: Vec<String> = files.into_iter().filter(|file| read(file) != first).collect();
    report("clippy.toml of pure rooms that differ from the first", &faults);
}

#[test]
fn only_pure_rooms_replace_the_bans_of_the_top() {
    let others = table().into_iter().filter(|room| room.layer != "pure");
    let files = others.map(|room| format!("crates/{}/clippy.toml", room.name));
    let faults: Vec<String> = files.filter(|file| root().join(file).exists()).collect();
    report("a clippy.toml that replaces the one at the top", &faults);
}

#[test]
fn the_paths_of_the_architecture_are_there() {
    let text = read("ARCHITECTURE.md");
    let ticked = text.split('`').skip(1).step_by(2);
    let paths = ticked.filter(|word| {
        let first = Path::new(word).components().next().map(|part| part.as_os_str().to_owned());
        word.contains('/') && first.is_some_and(|first| root().join(first).is_dir())
    });
    let faults: Vec<String> = paths.filter(|path| !root().join(path).exists()).map(str::to_owned).collect();
    report("paths in ARCHITECTURE.md that are not there", &faults);
}

#[test]
fn the_lock_file_is_in_the_repository() {
    assert!(
        root().join("Cargo.lock").is_file(),
        "Cargo.lock is committed: a build is the same for everybody"
    );
    assert!(!read(".gitignore").contains("Cargo.lock"), "Cargo.lock is ignored");
}
