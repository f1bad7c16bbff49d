//! `emit`, `late`, `lateness`, `unchanged`, `accumulation` and `panes`.

use super::*;

const METRICS: &str = "kind = \"series\"\nmetrics = { n = \"count\" }\nwindow = { size = \"1m\" }\n";

fn with(lines: &str) -> ViewConfig {
    view(&format!("{METRICS}{lines}"))
}

fn check(lines: &str, expected: &str) {
    view_refused(&format!("{METRICS}{lines}"), &[(4, expected)]);
}

#[test]
fn early_panes_come_by_time_by_records_by_both_or_not() {
    let emit = |lines: &str| {
        let view = with(lines);
        (view.every.map(Span::millis), view.records)
    };
    assert_eq!(emit(""), (Some(1_000), None));
    assert_eq!(emit("emit = { every = \"2s\" }"), (Some(2_000), None));
    assert_eq!(emit("emit = { records = 25 }"), (None, Some(25)));
    assert_eq!(emit("emit = { every = \"2s\", records = 25 }"), (Some(2_000), Some(25)));
    assert_eq!(emit("emit = \"on_time\""), (None, None));
}

#[test]
fn late_panes_come_at_once_unless_a_pace_is_set() {
    let late = |lines: &str| {
        let view = with(&format!("lateness = \"1m\"\n{lines}"));
        (view.late_every.map(Span::millis), view.late_records)
    };
    assert_eq!(late(""), (None, None));
    assert_eq!(late("late = { every = \"2s\" }"), (Some(2_000), None));
    assert_eq!(late("late = { every = \"2s\", records = 25 }"), (Some(2_000), Some(25)));
}

#[test]
fn a_pace_that_is_none_is_told() {
    check("emit = \"ontime\"", "`emit` is \"ontime\"; allowed: \"on_time\", { every");
    check("emit = 5", "`emit` is 5; allowed: \"on_time\", { every");
    check("emit = {}", "`emit` says neither `every` nor `records`; allowed: \"on_time\", { every = \"1s\" }");
    check("emit = { every = \"0s\" }", "`every` is zero");
    check("emit = { every = \"-5s\" }", "`every` is \"-5s\", which is negative");
    check("emit = { every = 2 }", "`every` is 2, a number without a unit");
    check("emit = { records = 0 }", "`records` is 0; allowed: a whole number of at least 1");
    check(
        "emit = { evry = \"1s\", records = 1 }",
        "unknown key `evry` in `emit` of [view.v] (did you mean `every`?)",
    );
    check("late = { records = 0 }\nlateness = \"1m\"", "`records` is 0");
    check("late = {}\nlateness = \"1m\"", "`late` says neither `every` nor `records`");
    check("late = \"on_time\"\nlateness = \"1m\"", "`late` is \"on_time\"; allowed: { every = \"1s\" }");
}

#[test]
fn late_panes_need_lateness() {
    let expected = "`late` without `lateness`";
    check("late = { records = 1 }", expected);
    check("late = { records = 1 }\nlateness = \"0s\"", expected);
    // The fault of the lateness is not told twice.
    check("lateness = \"-1m\"\nlate = { records = 1 }", "`lateness` is \"-1m\", which is negative");
}

#[test]
fn panes_hold_all_or_what_is_new_or_both_values() {
    assert_eq!(with("").accumulation, Accumulation::Accumulating);
    assert_eq!(with("accumulation = \"accumulating\"").accumulation, Accumulation::Accumulating);
    assert_eq!(with("accumulation = \"discarding\"").accumulation, Accumulation::Discarding);
    assert_eq!(with("accumulation = \"retracting\"").accumulation, Accumulation::Retracting);
    let expected = "`accumulation` is \"retract\" (did you mean `retracting`?); allowed: accumulating, discarding, retracting";
    check("accumulation = \"retract\"", expected);
    assert!(with("unchanged = true").unchanged);
    check("unchanged = \"yes\"", "`unchanged` is \"yes\"; allowed: true or false");
}

#[test]
fn panes_go_nowhere_to_the_topic_or_to_a_file() {
    assert_eq!(with("").panes, Panes::Topic);
    assert_eq!(with("panes = false").panes, Panes::Off);
    assert_eq!(with("panes = true").panes, Panes::Topic);
    assert_eq!(with("panes = \"x/p.ndjson\"").panes, Panes::File("/base/x/p.ndjson".into()));
    check("panes = \"\"", "`panes` is \"\"; allowed: true, false or the path of a file");
    check("panes = 1", "`panes` is 1");
}

#[test]
fn every_window_takes_every_trigger() {
    for window in ["\"global\"", "{ size = \"1m\" }", "{ gap = \"1m\" }"] {
        for accumulation in ["accumulating", "discarding", "retracting"] {
            let lines = format!(
                "kind = \"series\"\nmetrics = {{ n = \"count\" }}\nwindow = {window}\naccumulation = {accumulation:?}\nunchanged = true\nlateness = \"1m\"\nlate = {{ records = 2 }}\nemit = \"on_time\""
            );
            assert!(view(&lines).unchanged);
        }
    }
}
