//! The configuration: one TOML file to one validated [`Config`], or all its faults.
//!
//! Two steps: the file is read as a tree that knows its lines, then each section
//! turns its part into types. Nothing stops at the first fault, and nothing is bound
//! or opened here.

use std::path::Path;

use oriel_protocol::pubsub::Topic;
use oriel_time::Span;

mod engine;
mod expression;
mod fault;
mod fields;
mod files;
mod lookup;
mod record;
mod section;
mod source;
mod value;
mod view;

pub use engine::{EngineConfig, OutputConfig};
pub use fault::{Fault, Faults};
pub use lookup::{LookupConfig, LookupFormat};
pub use record::RecordConfig;
pub use source::SourceConfig;
pub use view::{Metric, Panes, ViewConfig, ViewKind};

use fault::Report;
use fields::Fields;
use files::Files;
use section::Section;
use view::Around;

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
    /// Tables that they are joined with, in the order of the file.
    pub lookups: Vec<LookupConfig>,
    /// What is made of them, in the order of the file.
    pub views: Vec<ViewConfig>,
    /// Where the records go that were not counted.
    pub output: OutputConfig,
    /// How the engine works.
    pub engine: EngineConfig,
}

/// Reads a configuration file.
///
/// # Errors
/// All its faults, or that it cannot be read.
pub fn load(path: &Path) -> Result<Config, Faults> {
    let name = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    match std::fs::read_to_string(path) {
        Ok(text) => whole(&text, base, Some(path)).map_err(|faults| faults.of(&name)),
        Err(error) => Err(Faults::whole(format!("cannot read it: {error}")).of(&name)),
    }
}

/// Reads a configuration from a text; relative paths start at `base`.
///
/// # Errors
/// All its faults, by line.
pub fn parse(text: &str, base: &Path) -> Result<Config, Faults> {
    whole(text, base, None)
}

/// The text is that of the file `own`, if it is of one.
fn whole(text: &str, base: &Path, own: Option<&Path>) -> Result<Config, Faults> {
    let mut report = Report::new(text);
    let (tree, errors) = toml::de::DeTable::parse_recoverable(text);
    errors.iter().for_each(|error| report.syntax(error.message(), error.span()));
    let config = read(&mut Section::root(tree.get_ref()), base, own, &mut report);
    report.finish(config)
}

fn read(root: &mut Section<'_>, base: &Path, own: Option<&Path>, report: &mut Report<'_>) -> Option<Config> {
    let topic = root.require_text("topic", report);
    let topic = topic.and_then(|found| match check_topic(&found.value) {
        Ok(()) => Some(found.value),
        Err(allowed) => report.wrong("topic", &format!("{:?}", found.value), allowed, found.at),
    });
    let interval = root.positive_span("interval", report).unwrap_or(INTERVAL);
    let source =
        root.require_section("source", report).and_then(|mut found| source::read(&mut found, base, report));
    let mut record = root.require_section("record", report);
    let paths = record.as_mut().and_then(|found| record::fields(found, report));
    let mut fields = paths.as_deref().map_or_else(Fields::unclear, record::names);
    let lookups = lookup::read(root, base, &mut fields, report);
    let paths = paths.unwrap_or_default();
    let record =
        record.map(|mut found| record::read(&mut found, source.as_ref(), paths, &mut fields, report));
    let disorder = record.as_ref().map(|record| record.disorder);
    let mut files = Files::read(own, source.as_ref(), lookups.as_deref());
    let views = view::read(root, &Around { base, fields: &fields, disorder }, &mut files, report);
    let output = engine::output(root, base, &mut files, report);
    let engine = engine::read(root, report);
    root.finish(report);
    let (source, record, lookups, views) = (source?, record?, lookups?, views?);
    Some(Config { topic: topic?, interval, source, record, lookups, views, output, engine })
}

/// The rule of the broker's topics, with room for a view's name.
fn check_topic(topic: &str) -> Result<(), &'static str> {
    match topic.parse::<Topic>() {
        Ok(topic) if topic.is_reserved() => {
            Err("a name that does not start with `_`: those are the broker's")
        }
        Ok(_) if topic.len() <= MAX_TOPIC => Ok(()),
        _ => Err("1 to 190 bytes without white space, control characters, `*` and `>`"),
    }
}

#[cfg(test)]
mod tests;
