//! Configurations and all that can be wrong with them.

use super::*;

const GOOD: &str = r#"
topic = "twitter"
interval = "250ms"

[source]
type = "file"
path = ["a.ndjson", "/data/*.gz"]
follow = true

[record]
format   = "json"
time     = { at = "/at", unit = "ms" }
disorder = "3s"
idle     = "never"

[record.fields]
hashtag = "/tags/*/tag"
url     = "/urls/*"

[view.tweetStats]
kind    = "series"
window  = { size = "1m", slide = "30s" }
emit    = { every = "2s" }
metrics = { total = "count", withHashtag = "count(hashtag)" }

[view.topHashtags]
kind     = "top"
by       = "hashtag"
window   = { size = "5h" }
emit     = { records = 25 }
lateness = "1m"

[output]
bad = "bad.ndjson"

[engine]
epoch  = { every = "10ms" }
shards = 64
"#;

fn good() -> Config {
    parse(GOOD, Path::new("/etc/oriel")).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The text, with one piece of the good one replaced, has just these faults.
fn check(found: &str, replacement: &str, expected: &[&str]) {
    assert!(GOOD.contains(found), "{found}");
    let text = GOOD.replacen(found, replacement, 1);
    let shown = match parse(&text, Path::new("")) {
        Ok(_) => vec![],
        Err(faults) => faults.faults().iter().map(|fault| fault.message.clone()).collect(),
    };
    let matches = shown.len() == expected.len() && shown.iter().zip(expected).all(|(s, e)| s.contains(e));
    assert!(matches, "{replacement}\nfound: {shown:#?}\nexpected: {expected:#?}");
}

#[test]
fn a_whole_file_is_read() {
    let config = good();
    assert_eq!((config.topic.as_str(), config.interval.millis()), ("twitter", 250));
    let paths = vec!["/etc/oriel/a.ndjson".into(), "/data/*.gz".into()];
    assert_eq!(config.source, SourceConfig::File { paths, follow: true });
    assert_eq!(config.record.schema.fields[1], ("url".into(), "/urls/*".into()));
    assert_eq!((config.record.idle, config.record.disorder.millis()), (None, 3_000));
    assert_eq!(config.record.future, Some(Span::from_millis(60_000)));
    assert_eq!(config.output.bad, Some("/etc/oriel/bad.ndjson".into()));
    let engine = EngineConfig { epoch_every: Span::from_millis(10), shards: 64, ..EngineConfig::default() };
    assert_eq!(config.engine, engine);
    assert_eq!(config.views.len(), 2);
}

#[test]
fn views_keep_their_order_and_get_their_defaults() {
    let views = good().views;
    let metrics =
        vec![("total".into(), Metric::Count), ("withHashtag".into(), Metric::CountOf("hashtag".into()))];
    let minutes = |count: i64| Span::from_millis(count * 60_000);
    let expected = ViewConfig {
        name: "tweetStats".into(),
        kind: ViewKind::Series { metrics },
        size: minutes(1),
        slide: Span::from_millis(30_000),
        every: Some(Span::from_millis(2_000)),
        records: None,
        lateness: Span::ZERO,
        retain: Span::HOUR,
        publish: 300,
    };
    assert_eq!(views[0], expected);
    let expected = ViewConfig {
        name: "topHashtags".into(),
        kind: ViewKind::Top { by: "hashtag".into(), n: 10, none: false },
        size: minutes(300),
        slide: minutes(300),
        every: None,
        records: Some(25),
        lateness: minutes(1),
        retain: minutes(301).plus(Span::from_millis(3_000)),
        publish: 300,
    };
    assert_eq!(views[1], expected);
}

#[test]
fn sources_have_their_own_settings() {
    let source = |text: &str| {
        let text =
            GOOD.replacen("type = \"file\"\npath = [\"a.ndjson\", \"/data/*.gz\"]\nfollow = true", text, 1);
        let config = parse(&text, Path::new("")).unwrap_or_else(|faults| panic!("{faults}"));
        (config.source, config.record.future.map(Span::millis))
    };
    let plain = SourceConfig::Generator { rate: None, count: None, seed: 1, start: None };
    assert_eq!(source("type = \"generator\""), (plain, None));
    let set = SourceConfig::Generator {
        rate: Some(0.5),
        count: Some(7),
        seed: 0,
        start: Some(EventTime::from_millis(1_493_619_737_000)),
    };
    let time = "\"2017-05-01T06:22:17Z\"";
    for time in [time, time.trim_matches('"')] {
        let text = format!("type = \"generator\"\nrate = 0.5\ncount = 7\nseed = 0\nstart = {time}");
        assert_eq!(source(&text), (set.clone(), None));
    }
    assert_eq!(source("type = \"stdin\""), (SourceConfig::Stdin, Some(60_000)));
    let file = SourceConfig::File { paths: vec!["x".into()], follow: false };
    assert_eq!(source("type = \"file\"\npath = \"x\""), (file, None));
}

#[test]
fn a_folder_whose_name_looks_like_a_glob_is_none() {
    let config = parse(GOOD, Path::new("/[x]")).unwrap_or_else(|faults| panic!("{faults}"));
    let SourceConfig::File { paths, .. } = config.source else { panic!("it is a file") };
    assert_eq!(paths, ["/[x]/a.ndjson", "/data/*.gz"]);
    let text = GOOD.replacen("a.ndjson", "a*.ndjson", 1);
    let config = parse(&text, Path::new("/[x]")).unwrap_or_else(|faults| panic!("{faults}"));
    let SourceConfig::File { paths, .. } = config.source else { panic!("it is a file") };
    assert_eq!(paths[0], "/[[]x[]]/a*.ndjson");
}

#[test]
fn five_mistakes_give_five_messages_with_their_lines() {
    let text = r#"topic = "twitter"
intervall = "1s"

[source]
type = "generator"
rate = -5

[record]
time = { at = "data/created_at" }

[record.fields]
hashtag = "/tags/*/tag"

[view.top]
kind   = "top"
by     = "hashtags"
window = { size = "1m", slide = "40s" }
"#;
    let faults = parse(text, Path::new("")).expect_err("it has faults").of("my.toml".into());
    let expected = "\
my.toml:2: unknown key `intervall` (did you mean `interval`?); allowed: topic, interval, source, record, view, output, engine
my.toml:6: `rate` is -5; allowed: a number above 0, records per second
my.toml:9: `at` is \"data/created_at\"; allowed: a path starts with `/`, as in /data/id
my.toml:16: `by` names the field \"hashtags\", which [record.fields] does not (did you mean `hashtag`?); declared: hashtag
my.toml:17: `slide` is \"40s\"; allowed: a span that divides the size \"1m\" evenly
5 faults in my.toml";
    assert_eq!(faults.to_string(), expected);
}

#[test]
fn broken_toml_is_told_with_its_line_beside_the_other_faults() {
    let text = GOOD.replacen("\"250ms\"", "250ms", 1).replacen("shards = 64", "shards = 65", 1);
    let faults = parse(&text, Path::new("")).expect_err("it has faults");
    let lines: Vec<_> = faults.faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [Some(3), Some(38)], "{faults}");
    let faults = parse("topic = \"a\"\n[source\ntype = \"stdin\"", Path::new("")).expect_err("it has faults");
    assert_eq!(faults.faults()[0].line, Some(2), "{faults}");
    let faults = parse("", Path::new("")).expect_err("it has faults");
    assert_eq!(faults.faults().len(), 4, "{faults}");
    check("topic = \"twitter\"", "topic = \"twitter\"\ntopic = \"x\"", &["not TOML: duplicate key"]);
}

#[test]
fn topics_and_names_follow_the_rules_of_the_wire() {
    for topic in ["", "a b", "a*", "a>", "_a", "a.numSubscribers", &"x".repeat(191)] {
        check("\"twitter\"", &format!("{topic:?}"), &["`topic` is"]);
    }
    check("view.topHashtags", "view._top", &["`view` is named \"_top\""]);
    check("view.topHashtags", "view.\"top tags\"", &["`view` is named \"top tags\""]);
    check("view.topHashtags", "view.error", &["`view` is named \"error\""]);
    check("url     =", "\"a(b)\" =", &["`field` is named \"a(b)\""]);
    check("total =", "timestamp =", &["`metric` is named \"timestamp\""]);
}

#[test]
fn spans_and_numbers_have_their_limits() {
    check("\"250ms\"", "\"0s\"", &["`interval` is zero"]);
    check("\"250ms\"", "250", &["`interval` is 250; allowed: a span"]);
    check("\"250ms\"", "\"1 fortnight\"", &["`interval` is \"1 fortnight\"; allowed: a span"]);
    check("size = \"1m\"", "size = \"0s\"", &["`size` is zero"]);
    check("slide = \"30s\"", "slide = \"0s\"", &["`slide` is zero"]);
    check("slide = \"30s\"", "slide = \"2m\"", &["`slide` is \"2m\""]);
    check("slide = \"30s\"", "slide = \"1ms\"", &["`slide` is \"1ms\"; allowed: at least 1/3600"]);
    check("every = \"2s\"", "every = \"0s\"", &["`every` is zero"]);
    check("records = 25", "records = 0", &["`records` is 0"]);
    check("{ records = 25 }", "{}", &["`emit` says neither"]);
    check(
        "lateness = \"1m\"",
        "lateness = \"1m\"\nretain = \"5h\"",
        &["`retain` is \"5h\"; allowed: at least 18063s"],
    );
    check("lateness = \"1m\"", "publish = 0", &["`publish` is 0"]);
    check("lateness = \"1m\"", "n = 0", &["`n` is 0; allowed: a whole number from 1 to 10000"]);
    check("idle     = \"never\"", "idle = \"0s\"", &["`idle` is zero"]);
    check("idle     = \"never\"", "idle = \"off\"", &["`idle` is \"off\""]);
    for shards in ["0", "48", "512", "-1", "1.5"] {
        check("shards = 64", &format!("shards = {shards}"), &["`shards` is"]);
    }
    let views: String =
        (0..63).map(|n| format!("[view.v{n}]\nkind=\"top\"\nby=\"url\"\nwindow={{size=\"1s\"}}\n")).collect();
    check("[output]", &format!("{views}[output]"), &["there are 65 views; allowed: at most 64"]);
}

#[test]
fn what_a_later_version_will_know_is_named_as_that() {
    let later = "not in this version";
    check("kind    = \"series\"", "kind = \"cube\"\nkeys = [\"a\"]\nbuckets = [\"1m\"]", &[later]);
    for window in ["{ gap = \"30s\" }", "\"global\"", "{ size = \"5h\", offset = \"1h\" }"] {
        check("{ size = \"5h\" }", window, &[later]);
    }
    for metric in ["sum(url)", "distinct(url)", "quantile(url, 0.9)", "avg(nothing)"] {
        check("count(hashtag)", metric, &[later]);
    }
    for key in
        ["max_keys = 5", "panes = \"x\"", "unchanged = true", "fill = 0", "show = \"complete\"", "late = {}"]
    {
        check("lateness = \"1m\"", key, &[later]);
    }
    for key in ["accumulation = \"retracting\"", "accumulation = \"discarding\"", "where = \"x\""] {
        check("lateness = \"1m\"", key, &[later]);
    }
    check("lateness = \"1m\"", "accumulation = \"accumulating\"", &[]);
    check("idle     = \"never\"", "jump = \"1h\"\nalign = \"1m\"", &[later, later]);
    check("[record.fields]", "[record.derive]\nx = 1\n[record.fields]", &[later]);
    check("[output]", "[lookup.geo]\npath = \"x\"\n[output]", &[later]);
    check("shards = 64", "memory = \"1GiB\"", &[later]);
    check("follow = true", "parallel = true", &[later]);
    check("format   = \"json\"", "format = \"csv\"", &[later]);
    for kind in ["twitter", "kafka", "nats", "http"] {
        let text = format!("type = {kind:?}\nbearer = \"x\"");
        let section = "type = \"file\"\npath = [\"a.ndjson\", \"/data/*.gz\"]\nfollow = true";
        check(section, &text, &[later]);
    }
}

#[test]
fn keys_in_the_wrong_place_are_told_where_they_belong() {
    check("type = \"file\"", "type = \"file\"\nrate = 5", &["`rate`: only for type = \"generator\""]);
    check(
        "type = \"file\"",
        "type = \"fil\"",
        &["`type` is \"fil\" (did you mean `file`?); allowed: generator, file, stdin"],
    );
    check("kind    = \"series\"", "kind = \"series\"\nn = 5", &["`n`: only for kind = \"top\""]);
    check("kind    = \"series\"", "kind = \"serie\"", &["`kind` is \"serie\" (did you mean `series`?)"]);
    check(
        "by       = \"hashtag\"",
        "by = \"hashtag\"\nmetrics = {}",
        &["`metrics`: only for kind = \"series\""],
    );
    check("by       = \"hashtag\"", "", &["`by` is missing in [view.topHashtags]"]);
    check("window   = { size = \"5h\" }", "", &["`window` is missing in [view.topHashtags]"]);
    check(
        "window   = { size = \"5h\" }",
        "window = {}",
        &["`size` is missing in `window` of [view.topHashtags]"],
    );
    check("[output]", "[outputs]", &["unknown key `outputs` (did you mean `output`?)"]);
    check("unit = \"ms\"", "unit = \"m\"", &["`unit` is \"m\""]);
    check("unit = \"ms\"", "unit = \"ms\", format = \"%Y\"", &["both `unit` and `format`"]);
    check("unit = \"ms\"", "format = \"%Q\"", &["`format`: `%Q` is no strftime pattern"]);
    check("at = \"/at\"", "at = \"/at/*\"", &["`at` is \"/at/*\"; allowed: a path without `*`"]);
    check("count(hashtag)", "count(hashtags)", &["did you mean `hashtag`?); declared: hashtag, url"]);
    check("count(hashtag)", "count(hashtag", &["allowed: \"count\" or \"count(field)\""]);
    check("count(hashtag)", "total", &["allowed: \"count\" or \"count(field)\""]);
    check("[\"a.ndjson\", \"/data/*.gz\"]", "[]", &["`path` is an empty list"]);
    check("[\"a.ndjson\", \"/data/*.gz\"]", "\"a***\"", &["`path` is \"a***\""]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_fault() {
    let faults = load(Path::new("/nowhere/at.toml")).expect_err("there is none");
    assert!(faults.to_string().starts_with("/nowhere/at.toml: cannot read it"), "{faults}");
}

#[test]
fn the_demos_are_good() {
    for demo in
        [include_str!("../../../../demo/tweets.toml"), include_str!("../../../../demo/tweets-v1.toml")]
    {
        let config = parse(demo, Path::new("demo")).unwrap_or_else(|faults| panic!("{faults}"));
        oriel_record::Schema::compile(&config.record.schema).expect("a good schema");
        let names: Vec<_> = config.views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["tweetStats", "topHashtags"]);
    }
}
