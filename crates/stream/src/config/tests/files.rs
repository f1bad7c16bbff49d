//! Files that are written, and those that they must not be.

use super::*;

/// A stream that reads that and writes these.
fn text(source: &str, panes: &str, other: &str, bad: &str, late: &str) -> String {
    let view = |name: &str, by: &str, panes: &str| {
        format!("[view.{name}]\nkind = \"top\"\nby = {by:?}\nwindow = \"global\"\npanes = {panes:?}\n")
    };
    let around = AROUND.replace("type = \"stdin\"", &format!("type = \"file\"\npath = {source}"));
    let own = view("v", "tag", panes).replace("[view.v]\n", "");
    format!("{around}{own}{}[output]\nbad = {bad:?}\nlate = {late:?}\n", view("other", "who", other))
}

/// The one fault is on that line.
fn taken(text: &str, line: usize, what: &str, path: &str, by: &str) {
    refused(text, &[(line, &format!("{what} is {path:?}, which is {by}; allowed: a file of its own"))]);
}

#[test]
fn each_file_that_is_written_is_nobody_elses() {
    let parts = ["a.ndjson", "b.ndjson", "c.ndjson", "d.ndjson"];
    let written = |changed: usize, path: &str| {
        let mut parts = parts;
        parts[changed] = path;
        text("\"in.ndjson\"", parts[0], parts[1], parts[2], parts[3])
    };
    parsed(&written(0, "a.ndjson"));
    let own = "`panes` of [view.v]";
    let names =
        [(23, own), (28, "`panes` of [view.other]"), (34, "`bad` of [output]"), (35, "`late` of [output]")];
    for (changed, (line, what)) in names.into_iter().enumerate() {
        let read = [
            ("in.ndjson", "a file of [source]"),
            ("geo.csv", "that of [lookup.geo]"),
            ("./city.csv", "that of [lookup.city]"),
            ("x/../in.ndjson", "a file of [source]"),
            ("/base/in.ndjson", "a file of [source]"),
        ];
        for (path, by) in read {
            let shown = Path::new("/base").join(path);
            taken(&written(changed, path), line, what, &shown.to_string_lossy(), by);
        }
        for (before, (_, by)) in names[..changed].iter().enumerate() {
            let spelled = format!("./{}", parts[before]);
            taken(&written(changed, &spelled), line, what, &format!("/base/{spelled}"), by);
        }
    }
}

#[test]
fn what_a_glob_would_find_is_not_written() {
    let written = |panes: &str| text("[\"logs/*.ndjson\"]", panes, "b", "c", "d");
    taken(&written("logs/p.ndjson"), 23, "`panes` of [view.v]", "/base/logs/p.ndjson", "a file of [source]");
    parsed(&written("logs/p.txt"));
    parsed(&written("logs/more/p.ndjson"));
    parsed(&written("p.ndjson"));
}

#[test]
fn nothing_is_written_into_the_configuration() {
    let own = Path::new("/base/my.toml");
    let text = text("\"in.ndjson\"", "./my.toml", "b", "c", "d");
    parsed(&text);
    let faults = whole(&text, Path::new("/base"), Some(own)).expect_err("it is read").to_string();
    assert!(faults.contains("is \"/base/./my.toml\", which is the configuration; allowed"), "{faults}");
}
