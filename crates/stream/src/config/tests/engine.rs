//! `[output]` and `[engine]`.

use super::*;

fn engine(lines: &str) -> EngineConfig {
    parsed(&around(&format!("kind = \"top\"\nby = \"tag\"\nwindow = \"global\"\n[engine]\n{lines}"))).engine
}

fn check(lines: &str, expected: &str) {
    view_refused(&format!("kind = \"top\"\nby = \"tag\"\nwindow = \"global\"\n{lines}"), &[(5, expected)]);
}

#[test]
fn the_engine_has_its_defaults() {
    let config = EngineConfig::default();
    assert_eq!(engine(""), config);
    assert_eq!((config.epoch_every.millis(), config.epoch_records, config.in_flight), (20, 65_536, 4));
    assert_eq!((config.shards, config.memory), (256, None));
    assert_eq!(engine("epoch = { records = 9 }\nin_flight = 64\nshards = 1").epoch_records, 9);
}

#[test]
fn memory_is_bytes_or_has_a_unit() {
    let sizes = [
        ("16777216", 16 << 20),
        ("\"17000KB\"", 17_000_000),
        ("\"256MB\"", 256_000_000),
        ("\"1GB\"", 1_000_000_000),
        ("\"16384KiB\"", 16 << 20),
        ("\"16MiB\"", 16 << 20),
        ("\"1GiB\"", 1 << 30),
    ];
    for (text, bytes) in sizes {
        assert_eq!(engine(&format!("memory = {text}")).memory, Some(bytes), "{text}");
    }
}

#[test]
fn memory_that_is_none_is_told() {
    for text in [
        "0",
        "-1",
        "1.5",
        "16777215",
        "\"16MB\"",
        "\"1.5GB\"",
        "\"1 GB\"",
        "\"1gb\"",
        "\"GB\"",
        "\"99999999999GiB\"",
        "true",
    ] {
        check(&format!("[engine]\nmemory = {text}"), &format!("`memory` is {text}; allowed: at least 16MiB"));
    }
}

#[test]
fn numbers_of_the_engine_have_their_limits() {
    for shards in ["0", "48", "512", "-1", "1.5"] {
        check(&format!("[engine]\nshards = {shards}"), &format!("`shards` is {shards}"));
    }
    check("[engine]\nin_flight = 65", "`in_flight` is 65; allowed: a whole number from 1 to 64");
    check("[engine]\nepoch = { every = \"0s\" }", "`every` is zero");
    check("[engine]\nepoch = { records = 0 }", "`records` is 0; allowed: a whole number of at least 1");
    check("[engine]\nmemori = 1", "unknown key `memori` in [engine] (did you mean `memory`?)");
}

#[test]
fn the_files_of_records_that_were_not_counted_start_at_the_folder() {
    let text = "kind = \"top\"\nby = \"tag\"\nwindow = \"global\"\n[output]\nbad = \"b\"\nlate = \"/l\"";
    let expected = OutputConfig { bad: Some("/base/b".into()), late: Some("/l".into()) };
    assert_eq!(parsed(&around(text)).output, expected);
    check("[output]\nbad = \"\"", "`bad` is empty; allowed: a path");
    check("[output]\nbat = \"x\"", "unknown key `bat` in [output] (did you mean `bad`?)");
}
