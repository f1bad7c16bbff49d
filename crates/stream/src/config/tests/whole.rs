//! Whole files: what is read of them, and how all their faults are told together.

use super::*;
use oriel_aggregate::Function;

const GOOD: &str = r#"
topic = "twitter"
interval = "250ms"

[source]
type = "file"
path = ["a.ndjson", "/data/*.gz"]

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

#[test]
fn a_whole_file_is_read() {
    let config = parsed(GOOD);
    assert_eq!((config.topic.as_str(), config.interval.millis()), ("twitter", 250));
    assert_eq!(config.record.schema.fields[1], ("url".into(), "/urls/*".into()));
    assert_eq!((config.record.idle, config.record.disorder.millis()), (None, 3_000));
    assert_eq!(config.output.bad, Some("/base/bad.ndjson".into()));
    assert!(config.lookups.is_empty() && config.record.derive.is_empty());
    let engine = EngineConfig { epoch_every: Span::from_millis(10), shards: 64, ..EngineConfig::default() };
    assert_eq!(config.engine, engine);
    assert_eq!(config.views.len(), 2);
}

#[test]
fn views_keep_their_order_and_get_their_defaults() {
    let views = parsed(GOOD).views;
    let count = |field: Option<&str>| Metric { function: Function::Count, field: field.map(str::to_owned) };
    let metrics = vec![("total".into(), count(None)), ("withHashtag".into(), count(Some("hashtag")))];
    let expected = ViewConfig {
        name: "tweetStats".into(),
        kind: ViewKind::Series { by: None, metrics, fill: false },
        window: Windowing::Aligned { size: seconds(60), slide: seconds(30), offset: Span::ZERO },
        every: Some(seconds(2)),
        records: None,
        late_every: None,
        late_records: None,
        unchanged: false,
        accumulation: Accumulation::Accumulating,
        lateness: Span::ZERO,
        filter: None,
        max_keys: 1_000,
        panes: Panes::Topic,
        retain: Span::HOUR,
        publish: 300,
    };
    assert_eq!(views[0], expected);
    let expected = ViewConfig {
        name: "topHashtags".into(),
        kind: ViewKind::Top {
            by: "hashtag".into(),
            per: None,
            n: 10,
            none: false,
            metrics: vec![("count".into(), count(None))],
            order: 0,
            bottom: false,
            complete: false,
        },
        window: Windowing::Aligned { size: seconds(18_000), slide: seconds(18_000), offset: Span::ZERO },
        every: None,
        records: Some(25),
        lateness: seconds(60),
        max_keys: 1_000_000,
        retain: seconds(18_063),
        ..expected
    };
    assert_eq!(views[1], expected);
}

#[test]
fn many_mistakes_give_as_many_messages_with_their_lines() {
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
emit   = { every = "-5s" }

[view.stats]
kind    = "series"
window  = { size = 60 }
metrics = { a = "summ(hashtag)", b = "max(hashtag)", c = "count" }
retain  = "0s"
"#;
    let faults = parse(text, Path::new("")).expect_err("it has faults").of("my.toml");
    let expected = r#"my.toml:2: unknown key `intervall` (did you mean `interval`?); allowed: topic, interval, source, record, lookup, view, output, engine
my.toml:6: `rate` is -5; allowed: a number above 0, records per second
my.toml:9: `at` is "data/created_at"; allowed: a path starts with `/`, as in /data/id
my.toml:16: `by` names the field "hashtags", which there is not (did you mean `hashtag`?); declared: hashtag
my.toml:17: `slide` is "40s"; allowed: a span that divides the size "1m" evenly, such as "30s" or "1m"
my.toml:18: `every` is "-5s", which is negative; allowed: a span, that is a whole number and a unit, such as "500ms", "20s", "1m", "2h" or "7d"
my.toml:22: `size` is 60, a number without a unit; allowed: a span, that is a whole number and a unit, such as "500ms", "20s", "1m", "2h" or "7d"
my.toml:23: `a` is "summ(hashtag)" (did you mean `sum`?); allowed: count, count(f), sum(f), min(f), max(f), avg(f), first(f), last(f), distinct(f) or quantile(f, q)
my.toml:23: `b` is "max(hashtag)", and `hashtag` is a list; allowed: a field of one value (its path has no `*`), count(hashtag) or distinct(hashtag)
9 faults in my.toml"#;
    assert_eq!(faults.to_string(), expected);
}

#[test]
fn broken_toml_is_told_with_its_line_beside_the_other_faults() {
    let text = GOOD.replacen("\"250ms\"", "250ms", 1).replacen("shards = 64", "shards = 65", 1);
    refused(&text, &[(3, "not TOML"), (37, "`shards` is 65")]);
    let faults = parse("topic = \"a\"\n[source\ntype = \"stdin\"", Path::new("")).expect_err("it has faults");
    assert_eq!(faults.faults()[0].line, Some(2), "{faults}");
    let faults = parse("", Path::new("")).expect_err("it has faults");
    assert_eq!(faults.faults().len(), 4, "{faults}");
    file_refused("topic = \"t\"", "topic = \"t\"\ntopic = \"x\"", &[(2, "not TOML: duplicate key")]);
}

#[test]
fn topics_and_names_follow_the_rules_of_the_wire() {
    for topic in ["", "a b", "a*", "a>", "_a", "a.numSubscribers", &"x".repeat(191)] {
        file_refused("topic = \"t\"", &format!("topic = {topic:?}"), &[(1, "`topic` is")]);
    }
    for name in ["_top", "\"top tags\"", "\"\"", &"x".repeat(65)] {
        file_refused("[view.v]", &format!("[view.{name}]"), &[(22, "`view` is named")]);
    }
    file_refused("[view.v]", "[view.error]", &[(22, "`view` is named \"error\"")]);
    file_refused("[view.v]", "[view.panes]", &[(22, "`view` is named \"panes\"")]);
    file_refused(
        "[view.v]",
        "[views.v]",
        &[(1, "`view` is missing in the file"), (22, "did you mean `view`?")],
    );
    file_refused("\"1m\" }", "\"1m\" }\ncolor = 1", &[(26, "unknown key `color` in [view.v]")]);
}

#[test]
fn there_are_at_most_64_views() {
    let view = |n: usize| format!("[view.v{n}]\nkind=\"top\"\nby=\"url\"\nwindow={{size=\"1s\"}}\n");
    let views: String = (0..64).map(view).collect();
    file_refused(
        "[view.v]",
        &format!("{views}[view.v]"),
        &[(278, "there are 65 views; allowed: at most 64")],
    );
}

#[test]
fn what_no_version_knows_yet_is_named_as_that() {
    let later = "not in this version";
    view_refused("kind = \"cube\"\nkeys = [\"a\"]\nbuckets = [\"1m\"]", &[(1, later)]);
    view_refused("kind = \"top\"\nby = \"tag\"\nwindow = \"global\"\ncombinations = []", &[(4, later)]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_fault() {
    let faults = load(Path::new("/nowhere/at.toml")).expect_err("there is none");
    assert!(faults.to_string().starts_with("/nowhere/at.toml: cannot read it"), "{faults}");
}

#[test]
fn the_demos_are_good() {
    let demos =
        [include_str!("../../../../../demo/tweets.toml"), include_str!("../../../../../demo/tweets-v1.toml")];
    for demo in demos {
        let config = parsed(demo);
        oriel_record::Schema::compile(&config.record.schema).expect("a good schema");
        let names: Vec<_> = config.views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["tweetStats", "topHashtags"]);
    }
}
