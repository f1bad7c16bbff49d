//! What a configuration means for the engine, and what it is told about it in words.

use super::*;
use std::path::Path;

const AROUND: &str = r#"topic = "t"
[source]
type = "stdin"
[record]
time = { at = "/at" }
[record.fields]
tag  = "/tags/*"
who  = "/who"
[record.derive]
host = "host(who)"
[lookup.geo]
path  = "geo.csv"
key   = "id"
field = "who"
[view.v]
"#;

fn planned(view: &str) -> Result<EngineSpec, PlanError> {
    let config = config::parse(&format!("{AROUND}{view}"), Path::new("/base")).expect("a good file");
    let geo = LookupSpec { name: "geo".into(), field: "who".into(), columns: vec!["city".into()] };
    engine(&config, 1, &[geo], Tables::default(), &[true])
}

fn view(lines: &str) -> ViewPlan {
    planned(lines).expect("a good plan").views.remove(0)
}

const SERIES: &str = "kind = \"series\"\nwindow = { size = \"1m\" }\n";

#[test]
fn a_view_is_derived_if_anything_of_it_is() {
    let derived = |lines: &str| !view(&format!("{SERIES}{lines}")).derived.is_empty();
    let count = "metrics = { n = \"count\" }\n";
    assert!(!derived(&format!("{count}by = \"geo.city\"\nwhere = 'who == \"x\"'")));
    assert!(derived(&format!("{count}by = \"host\"")));
    assert!(derived("metrics = { n = \"distinct(host)\" }"));
    assert!(derived(&format!("{count}where = 'host == \"x\"'")));
    assert!(!derived(&format!("{count}where = 'geo.city == \"host\"'")));
    assert!(!view("kind = \"top\"\nwindow = \"global\"\nby = \"tag\"\nper = \"host\"").derived.is_empty());
}

#[test]
fn a_column_that_the_file_lacks_is_told_with_those_that_it_has() {
    let told = |lines: &str| planned(lines).map(drop).expect_err("no such column").to_string();
    assert_eq!(
        told("kind = \"top\"\nwindow = \"global\"\nby = \"geo.town\""),
        "view `v` names the field `geo.town`, which there is not; there are: tag, who, geo.city, host"
    );
    let filter = told(&format!("{SERIES}metrics = {{ n = \"count\" }}\nwhere = 'geo.town == \"x\"'"));
    assert!(filter.starts_with("view `v`: `where` does not compile: `geo.town` at column 1"), "{filter}");
}

#[test]
fn a_view_says_how_it_holds_its_windows() {
    let told = |window: &str, rest: &str| {
        let view =
            view(&format!("kind = \"series\"\nmetrics = {{ n = \"count\" }}\nwindow = {window}\n{rest}"));
        outline(&view)
    };
    assert_eq!(told("\"global\"", ""), "one window over all time");
    assert_eq!(told("{ gap = \"30s\" }", ""), "sessions that end after 30s without a record");
    assert_eq!(told("{ size = \"1m\" }", ""), "a window every 1m");
    let sliding = "{ size = \"1000s\", slide = \"1s\" }";
    assert_eq!(told(sliding, ""), "1000 overlapping windows share slices of 1s");
    let records = "emit = { records = 5 }\naccumulation = \"discarding\"";
    assert_eq!(
        told("{ size = \"20s\", slide = \"1s\" }", records),
        "20 overlapping windows of 20s keep state each (discarding with emit.records): each record is merged 20 times"
    );
    assert!(told(sliding, "accumulation = \"retracting\"").contains("(retracting)"));
}

#[test]
fn keys_and_memory_are_told_in_bytes() {
    let told = outline(&view("kind = \"top\"\nwindow = { size = \"1m\" }\nby = \"tag\""));
    assert!(told.starts_with("a window every 1m; exact up to 1000000 keys over its live windows"), "{told}");
    assert!(told.ends_with(" MB"), "{told}");
    assert_eq!(
        outline_memory(1_000_000_000),
        "the state may take 1 GB; from 900 MB on new keys are counted together"
    );
}
