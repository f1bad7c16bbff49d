//! `[record]`: time, fields, what is derived, and the limits of disorder.

use super::*;

/// The `[record]` of the file with these lines in it, from a source of that type.
fn record(source: &str, lines: &str) -> RecordConfig {
    let text = around("kind = \"top\"\nby = \"tag\"\nwindow = \"global\"");
    let text =
        text.replacen("type = \"stdin\"", source, 1).replacen("[record]", &format!("[record]\n{lines}"), 1);
    parsed(&text).record
}

fn check(lines: &str, expected: &str) {
    file_refused("[record]", &format!("[record]\n{lines}"), &[(5, expected)]);
}

#[test]
fn future_and_jump_depend_on_the_source() {
    let limits = |source: &str| {
        let record = record(source, "");
        (record.future.map(Span::millis), record.jump.map(Span::millis))
    };
    assert_eq!(limits("type = \"stdin\""), (Some(60_000), None));
    assert_eq!(limits("type = \"generator\""), (None, None));
    assert_eq!(limits("type = \"file\"\npath = \"a\""), (None, Some(3_600_000)));
    assert_eq!(limits("type = \"file\"\npath = \"a\"\nfollow = true"), (Some(60_000), None));
}

#[test]
fn every_limit_can_be_set_or_turned_off() {
    let plain = record("type = \"stdin\"", "");
    assert_eq!((plain.disorder, plain.idle, plain.align), (seconds(5), Some(seconds(10)), seconds(600)));
    let set = "disorder = \"0s\"\nidle = \"1m\"\nfuture = \"2m\"\njump = \"3m\"\nalign = \"4m\"";
    let set = record("type = \"generator\"", set);
    assert_eq!((set.disorder, set.idle, set.align), (Span::ZERO, Some(seconds(60)), seconds(240)));
    assert_eq!((set.future, set.jump), (Some(seconds(120)), Some(seconds(180))));
    let off = record("type = \"file\"\npath = \"a\"", "idle = \"never\"\nfuture = \"off\"\njump = \"off\"");
    assert_eq!((off.idle, off.future, off.jump), (None, None, None));
}

#[test]
fn limits_that_are_none_are_told() {
    check("disorder = \"-1s\"", "`disorder` is \"-1s\", which is negative; allowed: a span");
    check("idle = \"0s\"", "`idle` is zero; allowed: a span of at least 1ms");
    check("idle = \"off\"", "`idle` is \"off\"; allowed: a span");
    check("idle = 10", "`idle` is 10, a number without a unit");
    check("idle = \"x\"", "or \"7d\", or \"never\"");
    check("future = \"0s\"", "`future` is zero");
    check("jump = \"0s\"", "`jump` is zero");
    check("jump = \"-1h\"", "`jump` is \"-1h\", which is negative");
    check("jump = \"never\"", "or \"off\"");
    check("align = \"0s\"", "`align` is zero");
    check("align = \"off\"", "`align` is \"off\"; allowed: a span");
    check("alin = \"1m\"", "unknown key `alin` in [record] (did you mean `align`?)");
    check("where = \"x\"", "`where`: belongs into a view");
    check("format = \"csv\"", "not in this version");
}

#[test]
fn the_time_is_one_path_and_one_format() {
    let check = |time: &str, expected: &str| file_refused("{ at = \"/at\" }", time, &[(5, expected)]);
    check("{ at = \"/at\", unit = \"m\" }", "`unit` is \"m\" (did you mean `ms`?); allowed: s, ms, us, ns");
    check("{ at = \"/at\", unit = \"ms\", format = \"%Y\" }", "both `unit` and `format`");
    check("{ at = \"/at\", format = \"%Q\" }", "`format`: `%Q` is no strftime pattern");
    check("{ at = \"/at/*\" }", "`at` is \"/at/*\"; allowed: a path without `*`");
    check("{ at = \"at\" }", "`at` is \"at\"; allowed: a path starts with `/`");
    check("{}", "`at` is missing in `time` of [record]");
    check("\"/at\"", "`time` is \"/at\"; allowed: a table");
}

#[test]
fn fields_are_paths_with_plain_names() {
    let check = |field: &str, expected: &str| file_refused("who    = \"/who\"", field, &[(9, expected)]);
    check("\"a(b)\" = \"/x\"\nwho = \"/who\"", "`field` is named \"a(b)\"");
    check("who = \"who\"", "`who` is \"who\"; allowed: a path starts with `/`");
    check("who = 5", "`who` is 5; allowed: a string");
}

#[test]
fn derived_fields_keep_their_order() {
    let record = record("type = \"stdin\"", "");
    assert_eq!(record.derive, [("host".into(), "host(who)".into())]);
    let text = around("kind = \"top\"\nby = \"host\"\nwindow = \"global\"");
    let derived = "[record.derive]\nb = \"host(geo.x)\"\na = \"lower(b)\"\nc = \"a\"";
    let record = parsed(&text.replacen("[record.derive]", derived, 1)).record;
    let names: Vec<_> = record.derive.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["b", "a", "c", "host"]);
}

#[test]
fn two_fields_never_have_one_name() {
    let check = |line: &str, expected: &str| file_refused("host = \"host(who)\"", line, &[(12, expected)]);
    check("who = \"host(who)\"", "`field` is named \"who\"; allowed: any other name: there is a field `who`");
    check(
        "geo = \"who\"",
        "`field` is named \"geo\"; allowed: any other name: the columns of the lookup `geo`",
    );
    check("\"geo.x\" = \"who\"", "the columns of the lookup `geo` are named so");
    check("\"city.name\" = \"who\"", "there is a field `city.name` already");
    check("\"a b\" = \"who\"", "`field` is named \"a b\"");
    check("host = 1", "`host` is 1; allowed: a string");
    file_refused(
        "host = \"host(who)\"",
        "host = \"who\"\nhost = \"who\"",
        &[(13, "not TOML: duplicate key")],
    );
}

#[test]
fn a_field_that_is_faulty_is_not_called_unknown_too() {
    let text = around("kind = \"top\"\nby = \"host\"\nper = \"who\"\nwindow = \"global\"");
    let text = text.replacen("\"host(who)\"", "\"\"", 1).replacen("\"/who\"", "\"who\"", 1);
    refused(&text, &[(9, "`who` is"), (12, "`host` is empty")]);
}

#[test]
fn without_a_record_no_field_is_unknown() {
    let text = "topic = \"t\"\n[source]\ntype = \"stdin\"\n[view.v]\nkind = \"top\"\nby = \"x\"\nwindow = \"global\"\n";
    refused(text, &[(1, "`record` is missing in the file")]);
    let record = "[record]\ntime = { at = \"/at\" }\nfields = 5\n";
    refused(
        &text.replacen("[view.v]", &format!("{record}[view.v]"), 1),
        &[(6, "`fields` is 5; allowed: a table")],
    );
}
