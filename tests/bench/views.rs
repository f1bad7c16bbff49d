//! What windows, expressions and aggregates cost, each beside the same view without them.

use crate::root;
use crate::runs::Tweets;
use std::path::{Path, PathBuf};

const RECORDS: u64 = 4_000_000;
/// Tweets in a second of event time: the file is twice as long as the longest window.
const RATE: f64 = 2_000.0;
const RUNS: usize = 5;

const FIELDS: &str = r#"
[record]
time = { at = "/data/created_at" }

[record.fields]
hashtag = "/data/entities/hashtags/*/tag"
lang = "/data/lang"
link = "/data/entities/urls/0/url"
author = "/data/author_id"
"#;

fn tweets(folder: &Path, part: &str) -> Tweets {
    let tweets = Tweets::write(folder, "slow-tweets.ndjson", RECORDS, RATE);
    println!(
        "{part}: {RECORDS} generated tweets, {RATE} a second of event time, one worker, {RUNS} runs each"
    );
    tweets
}

/// A thousand windows over each record, beside one.
pub(crate) fn sliding(folder: &Path) {
    let tweets = tweets(folder, "sliding");
    let config = |name: &str, window: &str, emit: &str| {
        let view = "[view.v]\nkind = \"series\"\nmetrics = { n = \"count\" }\n";
        tweets.with(name, &format!("{FIELDS}{view}window = {window}\nemit = {emit}\n"))
    };
    let thousand = r#"{ size = "1000s", slide = "1s" }"#;
    let configs = [
        config("tumbling", r#"{ size = "1000s" }"#, r#""on_time""#),
        config("sliding", thousand, r#""on_time""#),
        config("sliding-early", thousand, r#"{ every = "1s" }"#),
    ];
    let rates = tweets.compare(&configs, RUNS);
    let show = |what: &str, rate: f64| {
        println!("  {what:<40} {rate:>12.0} records/s   {:.2} of tumbling", rate / rates[0]);
    };
    show("tumbling 1000 s, on time", rates[0]);
    show("sliding 1000 s / 1 s, on time", rates[1]);
    show("sliding 1000 s / 1 s, every second", rates[2]);
}

/// The demo's two views, with what is done to a record before it is counted.
struct Demo {
    head: &'static str,
    filter: &'static str,
    tag: &'static str,
    counted: &'static str,
}

const PLAIN: Demo = Demo { head: "", filter: "", tag: "hashtag", counted: "lang" };

impl Demo {
    fn text(&self) -> String {
        let Demo { head, filter, tag, counted } = self;
        let languages = root().join("demo/languages.csv");
        let head = head.replace("LANGUAGES", &languages.display().to_string());
        format!(
            r#"{FIELDS}{head}
[view.stats]
kind = "series"
window = {{ size = "1m", slide = "30s" }}
metrics = {{ total = "count", tagged = "count(hashtag)", more = "count({counted})" }}
{filter}
[view.top]
kind = "top"
window = {{ size = "5m" }}
by = "{tag}"
{filter}"#
        )
    }
}

/// Filters, derived fields and lookups, in nanoseconds a record.
pub(crate) fn expressions(folder: &Path) {
    const LOOKUP: &str = "[lookup.languages]\npath = \"LANGUAGES\"\nkey = \"code\"\nfield = \"lang\"\n";
    let tweets = tweets(folder, "expressions");
    let demos = [
        ("without", PLAIN),
        ("where = 'lang != \"xx\"' in both views", Demo { filter: "where = 'lang != \"xx\"'", ..PLAIN }),
        (
            "by = \"lower(hashtag)\"",
            Demo { head: "[record.derive]\ntag = \"lower(hashtag)\"\n", tag: "tag", ..PLAIN },
        ),
        (
            "count(host(link))",
            Demo { head: "[record.derive]\nsite = \"host(link)\"\n", counted: "site", ..PLAIN },
        ),
        ("count(languages.name), a lookup", Demo { head: LOOKUP, counted: "languages.name", ..PLAIN }),
    ];
    let config = |(nth, (_, demo)): (usize, &(&str, Demo))| tweets.with(&format!("demo-{nth}"), &demo.text());
    let configs: Vec<PathBuf> = demos.iter().enumerate().map(config).collect();
    let rates = tweets.compare(&configs, RUNS);
    for ((what, _), rate) in demos.iter().zip(&rates) {
        let more = (1.0 / rate - 1.0 / rates[0]) * 1e9;
        println!("  {what:<40} {rate:>12.0} records/s   {more:>+6.0} ns a record");
    }
}

/// A view of each function, beside the count of records.
pub(crate) fn aggregates(folder: &Path) {
    let tweets = tweets(folder, "aggregates");
    let functions = [
        "count",
        "count(author)",
        "sum(author)",
        "min(author)",
        "max(author)",
        "avg(author)",
        "first(author)",
        "last(author)",
        "distinct(author)",
        "quantile(author, 0.5)",
    ];
    let config = |(nth, function): (usize, &&str)| {
        let view = format!(
            "[view.v]\nkind = \"series\"\nwindow = {{ size = \"1m\" }}\nmetrics = {{ m = \"{function}\" }}\n"
        );
        tweets.with(&format!("function-{nth}"), &format!("{FIELDS}{view}"))
    };
    let configs: Vec<PathBuf> = functions.iter().enumerate().map(config).collect();
    let rates = tweets.compare(&configs, RUNS);
    for (function, rate) in functions.iter().zip(&rates) {
        println!("  {function:<40} {rate:>12.0} records/s   {:.2} of count", rate / rates[0]);
    }
}
