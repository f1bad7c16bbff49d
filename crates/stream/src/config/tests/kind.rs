//! `kind` and the keys that belong to one kind or another.

use super::*;
use oriel_aggregate::Function;

const SERIES: &str = "kind = \"series\"\nmetrics = { n = \"count\" }\nwindow = { size = \"1m\" }\n";
const TOP: &str = "kind = \"top\"\nby = \"tag\"\nwindow = { size = \"1m\" }\n";

fn series(lines: &str, expected: &str) {
    view_refused(&format!("{SERIES}{lines}"), &[(4, expected)]);
}

fn top(lines: &str, expected: &str) {
    view_refused(&format!("{TOP}{lines}"), &[(4, expected)]);
}

#[test]
fn a_series_is_by_a_key_or_not() {
    let kind = |lines: &str| match view(&format!("{SERIES}{lines}")).kind {
        ViewKind::Series { by, fill, .. } => (by, fill),
        ViewKind::Top { .. } => panic!("it is a series"),
    };
    assert_eq!(kind(""), (None, false));
    assert_eq!(kind("fill = 0"), (None, true));
    for field in ["who", "tag", "host", "geo.x", "city.name"] {
        assert_eq!(kind(&format!("by = {field:?}")), (Some(field.into()), false));
    }
}

#[test]
fn a_list_has_keys_metrics_and_an_order() {
    let lines = "kind = \"bottom\"\nby = \"tag\"\nper = \"who\"\nwindow = \"global\"\nn = 3\nnone = true\nmetrics = { a = \"count\", b = \"sum(amount)\" }\norder = \"b\"\nshow = \"complete\"";
    let sum = Metric { function: Function::Sum, field: Some("amount".into()) };
    let expected = ViewKind::Top {
        by: "tag".into(),
        per: Some("who".into()),
        n: 3,
        none: true,
        metrics: vec![("a".into(), Metric { function: Function::Count, field: None }), ("b".into(), sum)],
        order: 1,
        bottom: true,
        complete: true,
    };
    assert_eq!(view(lines).kind, expected);
    view(&format!("{TOP}show = \"newest\"\norder = \"count\""));
}

#[test]
fn keys_are_limited_by_kind() {
    assert_eq!(view(TOP).max_keys, 1_000_000);
    assert_eq!(view(&format!("{TOP}max_keys = 5")).max_keys, 5);
    assert_eq!(view(&format!("{SERIES}by = \"who\"")).max_keys, 1_000);
    assert_eq!(view(&format!("{SERIES}by = \"who\"\nmax_keys = 5")).max_keys, 5);
    top("max_keys = 0", "`max_keys` is 0; allowed: a whole number of at least 1");
    series("max_keys = 5", "`max_keys`: only for a view with keys, that is with `by`");
}

#[test]
fn keys_of_the_other_kind_are_told_where_they_belong() {
    for line in ["per = \"who\"", "n = 5", "none = true", "order = \"n\"", "show = \"complete\""] {
        series(line, ": only for kind = \"top\" or \"bottom\"");
    }
    top("fill = 0", "`fill`: only for kind = \"series\"");
    view_refused(
        &SERIES.replacen("series", "serie", 1),
        &[(1, "`kind` is \"serie\" (did you mean `series`?); allowed: series, top, bottom")],
    );
    view_refused(
        "by = \"tag\"\nwindow = \"global\"\nper = \"who\"\nfill = 0\nshow = 1",
        &[(0, "`kind` is missing in [view.v]")],
    );
    view_refused("kind = \"series\"\nwindow = \"global\"", &[(0, "`metrics` is missing in [view.v]")]);
    view_refused("kind = \"bottom\"\nwindow = \"global\"", &[(0, "`by` is missing in [view.v]")]);
}

#[test]
fn numbers_and_words_of_a_list_have_their_limits() {
    top("n = 0", "`n` is 0; allowed: a whole number from 1 to 10000");
    top("n = \"10\"", "`n` is \"10\"");
    top("none = 0", "`none` is 0; allowed: true or false");
    top("show = \"newst\"", "`show` is \"newst\" (did you mean `newest`?); allowed: newest, complete");
    top("publish = 0", "`publish` is 0; allowed: a whole number from 1 to 100000");
}

#[test]
fn a_list_is_ordered_by_one_of_its_metrics() {
    top(
        "order = \"cont\"",
        "`order` is \"cont\" (did you mean `count`?); allowed: a metric of this view: count",
    );
    let own = "metrics = { a = \"count\", b = \"count(url)\" }\norder = \"count\"";
    view_refused(
        &format!("{TOP}{own}"),
        &[(5, "`order` is \"count\"; allowed: a metric of this view: a, b")],
    );
    // Metrics that are faulty are told, and their names are not.
    top("metrics = { a = \"x\" }\norder = \"a\"", "`a` is \"x\"");
}

#[test]
fn the_keys_of_a_list_are_two_fields_and_one_list_at_most() {
    top("per = \"url\"", "`per` is \"url\", a list like `by`; allowed: at most one of the two is a list");
    top("per = \"tag\"", "`per` is \"tag\"; allowed: another field than `by`");
    top("per = \"whoo\"", "`per` names the field \"whoo\", which there is not (did you mean `who`?)");
    view(&format!("{TOP}per = \"who\""));
    view("kind = \"top\"\nby = \"who\"\nper = \"tag\"\nwindow = \"global\"");
}

#[test]
fn a_key_is_a_column_that_no_other_column_is() {
    let check = |name: &str, view: &str, expected: &str| {
        let text = around(view).replacen("who    = \"/who\"", &format!("{name} = \"/x\"\nwho = \"/who\""), 1);
        let faults = parse(&text, Path::new("")).expect_err("two columns of one name").to_string();
        assert!(faults.contains(expected) && faults.ends_with("\n1 fault"), "{faults}");
    };
    for name in ["count", "label", "rank", "error"] {
        let view = format!("kind = \"top\"\nby = {name:?}\nwindow = \"global\"");
        check(name, &view, &format!("line 25: `by` is {name:?}; allowed: a field of another name"));
    }
    check("rank", &format!("{TOP}per = \"rank\""), "line 27: `per` is \"rank\"");
    check("timestamp", &format!("{SERIES}by = \"timestamp\""), "line 27: `by` is \"timestamp\"");
    // With metrics of its own a list has no column of that name.
    let own = around(&format!("{TOP}per = \"count\"\nmetrics = {{ a = \"count\" }}"));
    parsed(&own.replacen("who    =", "count = \"/x\"\nwho =", 1));
}

#[test]
fn a_top_list_is_not_of_sessions() {
    for kind in ["top", "bottom"] {
        let lines = format!("kind = {kind:?}\nby = \"tag\"\nwindow = {{ gap = \"1m\" }}");
        view_refused(&lines, &[(3, "a top list needs windows that all keys share")]);
        view(&format!("kind = {kind:?}\nby = \"tag\"\nwindow = \"global\""));
    }
}

#[test]
fn only_windows_that_are_known_without_records_are_filled() {
    series("fill = 5", "`fill` is 5; allowed: 0");
    series("fill = false", "`fill` is false; allowed: 0");
    let only = "`fill`: only for a series without `by` over windows with a `size`";
    series("fill = 0\nby = \"who\"", only);
    for window in ["\"global\"", "{ gap = \"1m\" }"] {
        let lines = format!("kind = \"series\"\nmetrics = {{ n = \"count\" }}\nwindow = {window}\nfill = 0");
        view_refused(&lines, &[(4, only)]);
    }
}

#[test]
fn several_faults_of_one_view_are_told_together() {
    let lines = "kind = \"top\"\nby = \"tags\"\nper = \"whom\"\nwindow = { size = \"0s\" }\nemit = { every = \"-1s\" }\nlate = { records = 1 }\nmetrics = { rank = \"count\", a = \"sum(tag)\" }\norder = 5\nn = 0\nshow = \"x\"\nmax_keys = 0\nwhere = \"\"\npanes = 1\naccumulation = \"x\"\nunchanged = 1\npublish = 0\nfill = 0\ncolor = 1";
    let keys = [
        (2, "`by`"),
        (3, "`per`"),
        (4, "`size`"),
        (5, "`every`"),
        (6, "`late`"),
        (7, "`metric`"),
        (7, "`a`"),
    ];
    let more =
        [(8, "`order`"), (9, "`n`"), (10, "`show`"), (11, "`max_keys`"), (12, "`where`"), (13, "`panes`")];
    let last =
        [(14, "`accumulation`"), (15, "`unchanged`"), (16, "`publish`"), (17, "`fill`"), (18, "`color`")];
    view_refused(lines, &[&keys[..], &more[..], &last[..]].concat());
}
