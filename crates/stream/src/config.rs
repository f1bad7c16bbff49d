//! The configuration: one TOML file to one validated [`Config`], or all its faults.
//!
//! Two steps: the file is read as a tree that knows its lines, then each section
//! turns its part into types. Nothing stops at the first fault, and nothing is bound
//! or opened here.

use std::path::{Path, PathBuf};

use oriel_record::SchemaSpec;
use oriel_time::{EventTime, Span};

mod engine;
mod fault;
mod record;
mod section;
mod source;
mod view;

pub use fault::{Fault, Faults};

use fault::Report;
use section::Section;

/// How often results are published unless the file says otherwise: twice a second
/// looks alive and costs little.
const INTERVAL: Span = Span::from_millis(500);

/// Room that the views' names need in `<topic>.<view>`, which has 255 bytes.
const MAX_TOPIC: usize = 190;

/// A whole, valid configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Results appear on `<topic>.<view>`, queries arrive on `<topic>Query`.
    pub topic: String,
    /// Time between publications.
    pub interval: Span,
    /// Where records come from.
    pub source: SourceConfig,
    /// How they are read.
    pub record: RecordConfig,
    /// What is made of them, in the order of the file.
    pub views: Vec<ViewConfig>,
    /// Where the records go that were not counted.
    pub output: OutputConfig,
    /// How the engine works.
    pub engine: EngineConfig,
}

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
    },
    /// Standard input.
    Stdin,
}

/// How records are read.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordConfig {
    /// Where the time and the fields are.
    pub schema: SchemaSpec,
    /// How far behind the newest event time an event may come.
    pub disorder: Span,
    /// A source that is silent for so long holds no window open; `None` is never.
    pub idle: Option<Span>,
    /// Records further ahead of the clock are bad; `None` is off.
    pub future: Option<Span>,
}

/// One view.
#[derive(Clone, PartialEq, Debug)]
pub struct ViewConfig {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub kind: ViewKind,
    /// A window's length.
    pub size: Span,
    /// From one window's start to the next; equals `size` for tumbling windows.
    pub slide: Span,
    /// Early results after so much time.
    pub every: Option<Span>,
    /// Early results after so many records.
    pub records: Option<u64>,
    /// For how long a closed window still takes records.
    pub lateness: Span,
    /// For how long rows are kept, in event time.
    pub retain: Span,
    /// The newest rows that each published message holds.
    pub publish: usize,
}

/// What a view shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ViewKind {
    /// One row per window.
    Series {
        /// Name and metric of each column.
        metrics: Vec<(String, Metric)>,
    },
    /// The largest of the newest window.
    Top {
        /// The field that is ranked.
        by: String,
        /// How many rows.
        n: usize,
        /// Whether records without the field make a row of their own.
        none: bool,
    },
}

/// What is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Metric {
    /// All records.
    Count,
    /// Records in which the field is present and not empty.
    CountOf(String),
}

/// Files for the records that were not counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OutputConfig {
    /// Bad records.
    pub bad: Option<PathBuf>,
    /// Records that came too late.
    pub late: Option<PathBuf>,
}

/// How the engine works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineConfig {
    /// An epoch is cut after so much time.
    pub epoch_every: Span,
    /// An epoch is cut after so many records.
    pub epoch_records: u64,
    /// At most so many epochs are incomplete.
    pub in_flight: usize,
    /// Parts of the state, a power of two of at most 256.
    pub shards: usize,
}

/// Reads a configuration file.
///
/// # Errors
/// All its faults, or that it cannot be read.
pub fn load(path: &Path) -> Result<Config, Faults> {
    let name = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, base).map_err(|faults| faults.of(name)),
        Err(error) => Err(Faults::whole(format!("cannot read it: {error}")).of(name)),
    }
}

/// Reads a configuration from a text; relative paths start at `base`.
///
/// # Errors
/// All its faults, by line.
pub fn parse(text: &str, base: &Path) -> Result<Config, Faults> {
    let mut report = Report::new(text);
    let (tree, errors) = toml::de::DeTable::parse_recoverable(text);
    errors.iter().for_each(|error| report.syntax(error));
    let config = read(&mut Section::root(tree.get_ref()), base, &mut report);
    report.finish(config)
}

fn read(root: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> Option<Config> {
    let topic = root.require_text("topic", report);
    let topic = topic.and_then(|found| match check_topic(&found.value) {
        Ok(()) => Some(found.value),
        Err(allowed) => report.wrong("topic", &format!("{:?}", found.value), allowed, found.at),
    });
    let interval = root.positive_span("interval", report).unwrap_or(INTERVAL);
    let source =
        root.require_section("source", report).and_then(|mut found| source::read(&mut found, base, report));
    let record = root.require_section("record", report);
    let record = record.map(|mut found| record::read(&mut found, source.as_ref(), report));
    let views = view::read(root, record.as_ref(), report);
    let output = engine::output(root, base, report);
    let engine = engine::read(root, report);
    root.later(&["lookup"], report);
    root.finish(report);
    Some(Config { topic: topic?, interval, source: source?, record: record?, views: views?, output, engine })
}

/// The rule of the broker's topics, with room for a view's name.
fn check_topic(topic: &str) -> Result<(), &'static str> {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '*' && c != '>';
    if topic.is_empty() || topic.len() > MAX_TOPIC || !topic.chars().all(plain) {
        return Err("1 to 190 bytes without white space, control characters, `*` and `>`");
    }
    let reserved = topic.starts_with('_') || topic.ends_with(".numSubscribers");
    if reserved { Err("a name that does not start with `_`: those are the broker's") } else { Ok(()) }
}

#[cfg(test)]
mod tests;
