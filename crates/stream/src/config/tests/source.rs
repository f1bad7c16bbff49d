//! `[source]`.

use super::*;
use oriel_time::EventTime;

fn source(lines: &str) -> SourceConfig {
    parsed(&around(VIEW).replacen("type = \"stdin\"", lines, 1)).source
}

const VIEW: &str = "kind = \"top\"\nby = \"tag\"\nwindow = \"global\"";

#[test]
fn the_generator_has_a_rate_a_count_a_seed_and_a_start() {
    let plain = SourceConfig::Generator { rate: None, count: None, seed: 1, start: None };
    assert_eq!(source("type = \"generator\""), plain);
    let start = Some(EventTime::from_millis(1_493_619_737_000));
    let set = SourceConfig::Generator { rate: Some(0.5), count: Some(7), seed: 0, start };
    let time = "\"2017-05-01T06:22:17Z\"";
    for time in [time, time.trim_matches('"')] {
        let text = format!("type = \"generator\"\nrate = 0.5\ncount = 7\nseed = 0\nstart = {time}");
        assert_eq!(source(&text), set);
    }
}

#[test]
fn files_are_one_path_or_several_followed_or_parallel_or_neither() {
    let file = |paths: &[&str], follow, parallel| SourceConfig::File {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        follow,
        parallel,
    };
    assert_eq!(source("type = \"file\"\npath = \"x\""), file(&["/base/x"], false, false));
    let text = "type = \"file\"\npath = [\"a\", \"/b/*.gz\"]\nfollow = true\nparallel = true";
    assert_eq!(source(text), file(&["/base/a", "/b/*.gz"], true, true));
    assert_eq!(source("type = \"stdin\""), SourceConfig::Stdin);
}

#[test]
fn a_folder_whose_name_looks_like_a_glob_is_none() {
    let paths = |path: &str| {
        let text = around(VIEW).replacen("\"stdin\"", &format!("\"file\"\npath = {path:?}"), 1);
        match parse(&text, Path::new("/[x]")).map(|config| config.source) {
            Ok(SourceConfig::File { paths, .. }) => paths,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(paths("a.ndjson"), ["/[x]/a.ndjson"]);
    assert_eq!(paths("a*.ndjson"), ["/[[]x[]]/a*.ndjson"]);
}

#[test]
fn what_is_wrong_with_a_source_is_told() {
    let check = |lines: &str, expected: &[(usize, &str)]| file_refused("type = \"stdin\"", lines, expected);
    check(
        "type = \"fil\"",
        &[(3, "`type` is \"fil\" (did you mean `file`?); allowed: generator, file, stdin")],
    );
    check("", &[(2, "`type` is missing in [source]")]);
    check("type = \"file\"", &[(2, "`path` is missing in [source]")]);
    check("type = \"file\"\npath = []", &[(4, "`path` is an empty list")]);
    check("type = \"file\"\npath = 5", &[(4, "`path` is 5; allowed: a path, or a list of them")]);
    check("type = \"file\"\npath = [1, 2]", &[(4, "`path` is 1"), (4, "`path` is 2")]);
    check("type = \"file\"\npath = \"a***\"", &[(4, "`path` is \"a***\"")]);
    check("type = \"file\"\npath = \"\"", &[(4, "`path` is empty")]);
    check("type = \"file\"\npath = \"a\"\nfollow = 1", &[(5, "`follow` is 1; allowed: true or false")]);
    check("type = \"file\"\npath = \"a\"\nparallel = \"yes\"", &[(5, "`parallel` is \"yes\"")]);
    check("type = \"generator\"\nrate = 0", &[(4, "`rate` is 0")]);
    check("type = \"generator\"\ncount = 0", &[(4, "`count` is 0")]);
    check("type = \"generator\"\nstart = \"now\"", &[(4, "`start` is \"now\"")]);
}

#[test]
fn keys_of_another_source_are_told_where_they_belong() {
    for kind in ["stdin", "generator"] {
        let only = "only for type = \"file\"";
        let text = format!("type = {kind:?}\nparallel = true\nfollow = true");
        file_refused("type = \"stdin\"", &text, &[(4, only), (5, only)]);
    }
    file_refused(
        "type = \"stdin\"",
        "type = \"stdin\"\nrate = 5",
        &[(4, "`rate`: only for type = \"generator\"")],
    );
}

#[test]
fn sources_of_later_versions_are_named_as_that() {
    for kind in ["twitter", "kafka", "nats", "http"] {
        let text = format!("type = {kind:?}\nbearer = \"x\"");
        file_refused("type = \"stdin\"", &text, &[(3, "not in this version")]);
    }
}
