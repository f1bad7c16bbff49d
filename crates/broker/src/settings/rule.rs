//! `[[topic]]`: what holds for the topics of a pattern.

use clap::ArgMatches;
use clap::parser::ValueSource;
use oriel_protocol::pubsub::Pattern;
use oriel_runtime::faults::{Report, nearest};
use oriel_runtime::size::Size;
use oriel_time::Span;
use oriel_topics::{History, Rule, Slow};
use toml::de::DeTable;

use super::definition::Definition;
use super::file::{Raw, show, text};

const PATTERN: &str = "pattern";
const SLOW: &str = "slow";

/// What a table may say besides, as it is said for all topics by these settings.
const HISTORY: [&str; 3] = ["history", "history_bytes", "history_age"];

/// What can be done about the slow.
const POLICIES: [(&str, Slow); 3] =
    [("conflate", Slow::Conflate), ("drop-oldest", Slow::DropOldest), ("disconnect", Slow::Disconnect)];

/// A rule of which it is not known yet what it leaves as usual.
#[derive(Debug)]
pub(super) struct Draft {
    pattern: Pattern,
    slow: Option<Slow>,
    count: Option<usize>,
    bytes: Option<Size>,
    age: Option<Span>,
}

impl Draft {
    /// The rule where this history is usual.
    pub(super) fn rule(self, usual: History) -> Rule {
        let history = History {
            count: self.count.unwrap_or(usual.count),
            bytes: self.bytes.map_or(usual.bytes, Size::bytes),
            age: self.age.unwrap_or(usual.age),
        };
        Rule { pattern: self.pattern, slow: self.slow, history: (history != usual).then_some(history) }
    }
}

/// The rules in the order of the file.
pub(super) fn read(definition: &Definition, value: &Raw<'_>, report: &mut Report<'_>) -> Vec<Draft> {
    let tables = value.get_ref().as_array().map(|list| &list[..]).unwrap_or_default();
    if tables.is_empty() {
        let message = "`topic` is no list of tables: write each as [[topic]]".to_owned();
        report.fault::<()>(message, value.span());
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for table in tables {
        let draft = draft(definition, table, report);
        let twin = |draft: &Draft| drafts.iter().any(|before| before.pattern == draft.pattern);
        if draft.as_ref().is_some_and(twin) {
            let message = "there is a [[topic]] of this `pattern` above, and the first one holds".to_owned();
            report.fault::<()>(message, table.span());
        }
        drafts.extend(draft);
    }
    drafts
}

fn draft(definition: &Definition, value: &Raw<'_>, report: &mut Report<'_>) -> Option<Draft> {
    let Some(table) = value.get_ref().as_table() else {
        return report
            .fault(format!("a [[topic]] is {}: write it as a table", show(value.get_ref())), value.span());
    };
    unknown(table, report);
    let pattern = match table.get(PATTERN) {
        Some(value) => pattern(value, report),
        None => report.missing("`pattern` is missing in [[topic]]".to_owned(), value.span()),
    };
    let slow = table.get(SLOW).and_then(|value| slow(value, report));
    let words = HISTORY.iter().filter_map(|key| word(definition, key, table.get(*key)?, report));
    let line: Vec<_> = [Default::default()].into_iter().chain(words).collect();
    let said = definition.matches(&line).ok()?;
    Some(Draft {
        pattern: pattern?,
        slow,
        count: given(&said, HISTORY[0]),
        bytes: given(&said, HISTORY[1]),
        age: given(&said, HISTORY[2]),
    })
}

fn unknown(table: &DeTable<'_>, report: &mut Report<'_>) {
    let known = || [PATTERN, SLOW].into_iter().chain(HISTORY);
    for name in table.keys() {
        let key: &str = name.get_ref();
        if !known().any(|known| known == key) {
            let allowed: Vec<&str> = known().collect();
            let (near, allowed) = (nearest(key, known()), allowed.join(", "));
            let message = format!("unknown key `{key}` in [[topic]]{near}; allowed: {allowed}");
            report.fault::<()>(message, name.span());
        }
    }
}

fn pattern(value: &Raw<'_>, report: &mut Report<'_>) -> Option<Pattern> {
    let wrong = |why: String| format!("`pattern` is {}: {why}", show(value.get_ref()));
    match value.get_ref().as_str().map(str::parse::<Pattern>) {
        Some(Ok(pattern)) => Some(pattern),
        Some(Err(error)) => report.fault(wrong(error.to_string()), value.span()),
        None => report.fault(wrong("it has to be a text such as \"ads.>\"".to_owned()), value.span()),
    }
}

fn slow(value: &Raw<'_>, report: &mut Report<'_>) -> Option<Slow> {
    let text = value.get_ref().as_str().unwrap_or_default();
    if let Some((_, slow)) = POLICIES.iter().find(|(name, _)| *name == text) {
        return Some(*slow);
    }
    let names = POLICIES.map(|(name, _)| name);
    let near = nearest(text, names);
    let message = format!("`slow` is {}{near}; allowed: {}", show(value.get_ref()), names.join(", "));
    report.fault(message, value.span())
}

/// The word of a command line that says the same for all topics.
fn word(
    definition: &Definition,
    key: &str,
    value: &Raw<'_>,
    report: &mut Report<'_>,
) -> Option<std::ffi::OsString> {
    let words = match text(value.get_ref()) {
        Some(text) => definition.setting(key)?.words(text.as_ref()),
        None => Err("it has to be one value".to_owned()),
    };
    words.unwrap_or_else(|why| {
        report.fault(format!("`{key}` is {}: {why}", show(value.get_ref())), value.span())
    })
}

/// What was said of a setting, without its default.
fn given<T: Clone + Send + Sync + 'static>(said: &ArgMatches, id: &str) -> Option<T> {
    let given = said.value_source(id) == Some(ValueSource::CommandLine);
    if given { said.get_one(id).cloned() } else { None }
}
