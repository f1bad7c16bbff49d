//! `metrics`.

use super::*;
use oriel_aggregate::Function;

fn metric(text: &str) -> Metric {
    let view = view(&format!("kind = \"series\"\nwindow = \"global\"\nmetrics = {{ m = {text:?} }}"));
    match view.kind {
        ViewKind::Series { mut metrics, .. } => metrics.remove(0).1,
        ViewKind::Top { .. } => panic!("it is a series"),
    }
}

fn check(text: &str, expected: &str) {
    view_refused(
        &format!("kind = \"series\"\nwindow = \"global\"\nmetrics = {{ m = {text:?} }}"),
        &[(3, expected)],
    );
}

#[test]
fn every_aggregate_is_known() {
    let cases = [
        ("count(tag)", Function::Count, "tag"),
        ("sum(amount)", Function::Sum, "amount"),
        ("min(amount)", Function::Min, "amount"),
        ("max(amount)", Function::Max, "amount"),
        ("avg(amount)", Function::Average, "amount"),
        ("first(who)", Function::First, "who"),
        ("last(host)", Function::Last, "host"),
        ("distinct(tag)", Function::Distinct, "tag"),
        ("distinct(city.name)", Function::Distinct, "city.name"),
        ("quantile(amount, 0)", Function::Quantile(0.0), "amount"),
        ("quantile(amount,0.99)", Function::Quantile(0.99), "amount"),
        ("quantile(geo.x, 1.0)", Function::Quantile(1.0), "geo.x"),
        (" sum ( amount ) ", Function::Sum, "amount"),
    ];
    for (text, function, field) in cases {
        assert_eq!(metric(text), Metric { function, field: Some(field.into()) }, "{text}");
    }
    assert_eq!(metric("count"), Metric { function: Function::Count, field: None });
}

#[test]
fn an_unknown_aggregate_is_told_with_the_nearest_and_the_list() {
    let list = "allowed: count, count(f), sum(f), min(f), max(f), avg(f), first(f), last(f), distinct(f) or quantile(f, q)";
    check("summ(amount)", &format!("`m` is \"summ(amount)\" (did you mean `sum`?); {list}"));
    check("SUM(amount)", "(did you mean `sum`?)");
    check("total", &format!("`m` is \"total\"; {list}"));
    check("", &format!("`m` is \"\"; {list}"));
    check("count(tag", &format!("`m` is \"count(tag\"; {list}"));
    check("top(tag)", "`m` is \"top(tag)\" (that is a view of its own: kind = \"top\")");
}

#[test]
fn a_wrong_number_of_arguments_is_told() {
    check("sum", "`m` is \"sum\", which gives sum nothing to work on; allowed: one field, as in sum(field)");
    check("sum()", "which gives sum nothing to work on");
    check("sum(amount, who)", "which gives sum 2 arguments; allowed: one field");
    check("count()", "allowed: count for all records, or count(field)");
    check("count(tag, url)", "which gives count 2 arguments");
    check("quantile", "allowed: a field and a number from 0 to 1, as in quantile(field, 0.99)");
    check("quantile(amount)", "which gives quantile one argument");
    check("quantile(amount, 0.5, 0.9)", "which gives quantile 3 arguments");
}

#[test]
fn the_part_of_a_quantile_is_from_0_to_1() {
    for q in ["95", "-0.1", "1.0001", "NaN", "inf", "half", "", "95%"] {
        let expected = format!("whose part is {q:?}; allowed: a number from 0 to 1");
        check(&format!("quantile(amount, {q})"), &expected);
    }
}

#[test]
fn an_unknown_field_is_told_with_the_nearest_and_the_declared() {
    let declared = "declared: tag, url, who, amount, city.name, host, geo.COLUMN";
    check(
        "sum(amont)",
        &format!("`m` names the field \"amont\", which there is not (did you mean `amount`?); {declared}"),
    );
    check("count(*)", &format!("`m` names the field \"*\", which there is not; {declared}"));
    check("sum(\"amount\")", "`m` names the field \"\\\"amount\\\"\"");
    let both = "kind = \"series\"\nwindow = \"global\"\nmetrics = { m = \"quantile(x, 2)\" }";
    view_refused(both, &[(3, "`m` names the field \"x\""), (3, "whose part is \"2\"")]);
}

#[test]
fn a_list_is_counted_and_told_apart_but_not_calculated_with() {
    for function in ["sum", "min", "max", "avg", "first", "last"] {
        let expected = format!(
            "`m` is \"{function}(tag)\", and `tag` is a list; allowed: a field of one value (its path has no `*`), count(tag) or distinct(tag)"
        );
        check(&format!("{function}(tag)"), &expected);
    }
    check("quantile(tag, 0.5)", "and `tag` is a list");
}

#[test]
fn metrics_have_names_that_no_other_column_has() {
    let series = |metrics: &str, expected: &[(usize, &str)]| {
        view_refused(
            &format!("kind = \"series\"\nwindow = \"global\"\nby = \"who\"\nmetrics = {metrics}"),
            expected,
        );
    };
    series(
        "{ timestamp = \"count\" }",
        &[(
            4,
            "`metric` is named \"timestamp\"; allowed: any other name: this view has a column `timestamp`",
        )],
    );
    series("{ who = \"count\" }", &[(4, "`metric` is named \"who\"")]);
    series("{ \"a b\" = \"count\" }", &[(4, "`metric` is named \"a b\"; allowed: 1 to 64 letters")]);
    series("{ a = \"count\", a = \"count\" }", &[(4, "not TOML: duplicate key")]);
    series("{}", &[(4, "`metrics` is empty; allowed: at least one")]);
    series("{ a = 5 }", &[(4, "`a` is 5; allowed: a string")]);
    series("5", &[(4, "`metrics` is 5; allowed: a table")]);
    view(
        "kind = \"series\"\nwindow = \"global\"\nmetrics = { rank = \"count\", error = \"count\", who = \"count\" }",
    );

    let top = "kind = \"top\"\nwindow = \"global\"\nby = \"tag\"\nper = \"who\"\n";
    for name in ["label", "rank", "error", "tag", "who"] {
        let expected = format!("`metric` is named {name:?}");
        view_refused(&format!("{top}metrics = {{ {name} = \"count\" }}"), &[(5, &expected)]);
    }
    view(&format!("{top}metrics = {{ timestamp = \"count\", count = \"sum(amount)\" }}"));
    view_refused(&format!("{top}metrics = {{}}"), &[(5, "`metrics` is empty")]);
}
