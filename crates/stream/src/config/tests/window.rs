//! `window`, and `retain`, which follows from it.

use super::*;

const METRICS: &str = "kind = \"series\"\nmetrics = { n = \"count\" }\n";

fn window(value: &str) -> Windowing {
    view(&format!("{METRICS}window = {value}")).window
}

fn check(value: &str, expected: &str) {
    view_refused(&format!("{METRICS}window = {value}"), &[(3, expected)]);
}

#[test]
fn windows_are_global_tumbling_sliding_or_sessions() {
    let aligned = |size, slide, offset| Windowing::Aligned {
        size: seconds(size),
        slide: seconds(slide),
        offset: seconds(offset),
    };
    assert_eq!(window("\"global\""), Windowing::Global);
    assert_eq!(window("{ size = \"1m\" }"), aligned(60, 60, 0));
    assert_eq!(window("{ size = \"1m\", slide = \"20s\" }"), aligned(60, 20, 0));
    assert_eq!(window("{ size = \"1m\", slide = \"1m\", offset = \"10s\" }"), aligned(60, 60, 10));
    assert_eq!(window("{ gap = \"30s\" }"), Windowing::Session { gap: seconds(30) });
}

#[test]
fn an_offset_is_less_than_the_slide_however_it_is_written() {
    let offset =
        |offset: &str| match window(&format!("{{ size = \"1h\", slide = \"20m\", offset = {offset:?} }}")) {
            Windowing::Aligned { offset, .. } => offset.millis() / 60_000,
            other => panic!("{other:?}"),
        };
    let offsets =
        [("0s", 0), ("5m", 5), ("20m", 0), ("50m", 10), ("-5m", 15), ("-20m", 0), ("-1d", 0), ("-0s", 0)];
    for (text, minutes) in offsets {
        assert_eq!(offset(text), minutes, "{text}");
    }
}

#[test]
fn a_slide_divides_the_size() {
    let check = |size: &str, slide: &str, expected: &str| {
        check(&format!("{{ size = {size:?}, slide = {slide:?} }}"), expected);
    };
    check(
        "1m",
        "40s",
        "`slide` is \"40s\"; allowed: a span that divides the size \"1m\" evenly, such as \"30s\" or \"1m\"",
    );
    check(
        "1m",
        "2m",
        "`slide` is \"2m\"; allowed: a span that divides the size \"1m\" evenly, such as \"1m\"",
    );
    check("7ms", "2ms", "such as \"1ms\" or \"7ms\"");
    check("1h", "7m", "such as \"400s\" or \"450s\"");
    check("1m", "1ms", "`slide` is \"1ms\"; allowed: at least 1/3600 of the size \"1m\", such as \"20ms\"");
    check("1h", "999ms", "such as \"1s\"");
    let edge = Windowing::Aligned { size: seconds(3_600), slide: seconds(1), offset: Span::ZERO };
    assert_eq!(window("{ size = \"1h\", slide = \"1s\" }"), edge);
}

#[test]
fn spans_of_windows_are_positive_and_have_a_unit() {
    for key in ["size = ", "size = \"1m\", slide = ", "gap = "] {
        let name = if key.contains("slide") { "slide" } else { key.trim_end_matches(" = ") };
        let check = |value: &str, expected: &str| {
            check(&format!("{{ {key}{value} }}"), &format!("`{name}` is {expected}"));
        };
        check("\"0s\"", "zero; allowed: a span of at least 1ms");
        check("\"-5s\"", "\"-5s\", which is negative; allowed: a span");
        check("60", "60, a number without a unit; allowed: a span");
        check("-1.5", "-1.5, a number without a unit");
        check("\"60\"", "\"60\", a number without a unit");
        check("\"1 fortnight\"", "\"1 fortnight\"; allowed: a span");
        check("true", "true; allowed: a span");
    }
    check("{ size = \"1m\", offset = 5 }", "`offset` is 5, a number without a unit");
    check("{ size = \"1m\", offset = \"--5m\" }", "`offset` is \"--5m\"; allowed: a span");
    check("{ size = \"1m\", offset = \"x\" }", "also a negative one such as \"-5m\"");
}

#[test]
fn what_does_not_go_together_is_told() {
    check("{ size = \"1m\", gap = \"1m\" }", "`window` has both `size` and `gap`; allowed: one of them");
    check(
        "{ gap = \"1m\", slide = \"1m\" }",
        "`slide`: only with `size`; a session begins with its first record",
    );
    check("{ gap = \"1m\", offset = \"1m\" }", "`offset`: only with `size`");
    check("{ global = true }", "`global`: allowed: window = \"global\", without a table");
    check("{ global = true, size = \"1m\" }", "`global`: allowed: window = \"global\"");
    check("{}", "`window` has no `size`, nor a `gap` for sessions");
    check("{ slide = \"1m\" }", "`window` has no `size`");
    check(
        "{ size = \"1m\", slid = \"1m\" }",
        "unknown key `slid` in `window` of [view.v] (did you mean `slide`?)",
    );
    view_refused(METRICS, &[(0, "`window` is missing in [view.v]")]);
    for wrong in ["\"session\"", "\"1m\"", "5", "[\"1m\"]", "true"] {
        let found = if wrong.starts_with('[') { "a list" } else { wrong };
        check(wrong, &format!("`window` is {found}; allowed: \"global\", {{ size = \"1m\" }}"));
    }
}

#[test]
fn rows_are_kept_while_they_can_change() {
    let retain = |lines: &str| view(&format!("{METRICS}{lines}")).retain;
    assert_eq!(retain("window = { size = \"1m\" }"), Span::HOUR);
    assert_eq!(retain("window = { size = \"2h\" }\nlateness = \"1s\""), seconds(7_206));
    assert_eq!(retain("window = { gap = \"2h\" }"), seconds(7_205));
    assert_eq!(retain("window = \"global\""), Span::HOUR);
    assert_eq!(retain("window = \"global\"\nretain = \"1ms\""), Span::from_millis(1));
    assert_eq!(retain("window = { size = \"1m\" }\nretain = \"65s\""), seconds(65));

    let check = |lines: &str, expected: &str| view_refused(&format!("{METRICS}{lines}"), &[(4, expected)]);
    let size = "`retain` is \"64s\"; allowed: at least \"65s\", that is size + disorder + lateness";
    check("window = { size = \"1m\" }\nretain = \"64s\"", size);
    let gap = "`retain` is \"66s\"; allowed: at least \"67s\", that is gap + disorder + lateness";
    check("window = { gap = \"1m\" }\nretain = \"66s\"\nlateness = \"2s\"", gap);
    check("window = { gap = \"1m\" }\nretain = \"0s\"", "`retain` is \"0s\"; allowed: at least \"65s\"");
    check("window = \"global\"\nretain = \"-5s\"", "`retain` is \"-5s\", which is negative");
}

#[test]
fn a_window_may_be_a_section_of_its_own() {
    let section = |lines: &str| format!("kind = \"top\"\nby = \"tag\"\n\n[view.v.window]\n{lines}");
    assert_eq!(
        view(&section("gap = \"1m\"").replacen(
            "top\"\nby = \"tag",
            "series\"\nmetrics = { n = \"count\" }\nby = \"tag",
            1
        ))
        .window,
        Windowing::Session { gap: seconds(60) }
    );
    view_refused(&section("gap = \"1m\""), &[(4, "`window` is of sessions")]);
    view_refused(&section("size = \"1m\"\nslide = \"7s\""), &[(6, "`slide` is \"7s\"")]);
    view_refused(&section("size = \"1m\"\n[view.v.late]\nrecords = 1"), &[(6, "`late` without `lateness`")]);
    view_refused(&section("size = \"1m\"\n[view.v.emit]\n"), &[(6, "`emit` says neither")]);
    let dotted =
        "kind = \"top\"\nby = \"tag\"\nwindow.size = \"1m\"\nwindow.slide = \"7s\"\nlate.records = 1";
    view_refused(dotted, &[(4, "`slide` is \"7s\""), (5, "`late` without `lateness`")]);
}
