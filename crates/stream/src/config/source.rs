//! `[source]`: where records come from.

use std::path::Path;

use chrono::DateTime;
use oriel_time::EventTime;
use toml::de::DeValue;

use super::fault::{Report, later};
use super::section::{MAX_WHOLE, Section};
use super::value::{self, Found, Raw};

/// Where records come from.
#[derive(Clone, PartialEq, Debug)]
pub enum SourceConfig {
    /// Made-up tweets.
    Generator {
        /// Records per second; as fast as possible without.
        rate: Option<f64>,
        /// How many; endless without.
        count: Option<u64>,
        /// Same seed, same tweets.
        seed: u64,
        /// The first record's event time; the present without.
        start: Option<EventTime>,
    },
    /// Files, read in order.
    File {
        /// Paths and globs; relative ones are resolved from the configuration's folder.
        paths: Vec<String>,
        /// Wait for more at the end, like `tail -F`.
        follow: bool,
        /// Each file is a partition of its own; else all together are one.
        parallel: bool,
    },
    /// Standard input.
    Stdin,
}

const TYPES: [&str; 3] = ["generator", "file", "stdin"];
const LATER_TYPES: [&str; 8] = ["twitter", "kafka", "nats", "http", "websocket", "mqtt", "redis", "tcp"];
const GENERATOR: [&str; 4] = ["rate", "count", "seed", "start"];
const FILE: [&str; 3] = ["path", "follow", "parallel"];

/// The generator's seed unless the file says otherwise.
const SEED: u64 = 1;

pub(super) fn read(source: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> Option<SourceConfig> {
    let kind = source.require_text("type", report)?;
    if LATER_TYPES.contains(&kind.value.as_str()) {
        return later(&format!("`type` = {:?}", kind.value), kind.at, report);
    }
    let kind = value::choose("type", &kind, &TYPES, report)?;
    let config = match kind {
        "generator" => generator(source, report),
        "file" => file(source, base, report),
        _ => Some(SourceConfig::Stdin),
    };
    if kind != "generator" {
        source.refuse(&GENERATOR, "only for type = \"generator\"", report);
    }
    if kind != "file" {
        source.refuse(&FILE, "only for type = \"file\"", report);
    }
    source.finish(report);
    config
}

fn generator(source: &mut Section<'_>, report: &mut Report<'_>) -> Option<SourceConfig> {
    let rate = source.raw("rate").and_then(|value| rate(value, report));
    let count = source.whole("count", 1..MAX_WHOLE, report);
    let seed = source.whole("seed", 0..MAX_WHOLE, report).unwrap_or(SEED);
    let start = source.raw("start").and_then(|value| start(value, report));
    Some(SourceConfig::Generator { rate, count, seed, start })
}

/// Records per second: any number above zero.
fn rate(value: &Raw<'_>, report: &mut Report<'_>) -> Option<f64> {
    let number = match value.get_ref() {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|whole| whole as f64)
        }
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let number = number.filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    let found = value::show(value.get_ref());
    number.or_else(|| report.wrong("rate", &found, "a number above 0, records per second", value.span()))
}

/// A time as TOML writes it or as a string.
fn start(value: &Raw<'_>, report: &mut Report<'_>) -> Option<EventTime> {
    let text = match value.get_ref() {
        DeValue::Datetime(time) => time.to_string(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let time = DateTime::parse_from_rfc3339(&text).ok();
    let time = time.and_then(|time| EventTime::valid(time.timestamp_millis()));
    let found = value::show(value.get_ref());
    let allowed = "a time such as \"2017-05-01T12:00:00Z\", years 1 to 9999";
    time.or_else(|| report.wrong("start", &found, allowed, value.span()))
}

fn file(source: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> Option<SourceConfig> {
    let follow = source.flag("follow", report).unwrap_or(false);
    let parallel = source.flag("parallel", report).unwrap_or(false);
    let Some(value) = source.raw("path") else { return source.missing("path", report) };
    let paths = match value.get_ref() {
        DeValue::String(_) => value::text("path", value, report).map(|path| vec![path]),
        _ => value::texts("path", value, "a path, or a list of them", report),
    };
    let resolved: Vec<_> = paths?.into_iter().map(|path| resolve(base, path, report)).collect();
    let paths = resolved.into_iter().collect::<Option<_>>()?;
    Some(SourceConfig::File { paths, follow, parallel })
}

fn resolve(base: &Path, path: Found<String>, report: &mut Report<'_>) -> Option<String> {
    if path.value.is_empty() {
        return report.wrong("path", "empty", "a path or glob", path.at);
    }
    if let Err(error) = glob::Pattern::new(&path.value) {
        let found = format!("{:?} ({})", path.value, error.msg);
        return report.wrong("path", &found, "a path or glob", path.at);
    }
    // What looks like a glob in the folder's own name is none.
    let base = base.to_string_lossy();
    let is_glob = path.value.contains(['*', '?', '[']);
    let base = if is_glob { glob::Pattern::escape(&base).into() } else { base };
    Some(Path::new(&*base).join(path.value).to_string_lossy().into_owned())
}
