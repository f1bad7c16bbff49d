//! All settings: the command line, the variables and the file, to one [`Config`] or to
//! everything that is wrong with them.
//!
//! A setting is defined once, as a flag. What the file and the variables say is put into
//! words as if it had been a flag and judged by the same definition, one by one, so that
//! every fault is found. Nothing is bound here, and the environment is an argument.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};
use oriel_runtime::faults::{Fault, Faults};
use oriel_runtime::listen::{Address, Reach};

use crate::auth::NoChance;
use crate::cli::{Args, generate};
use crate::config::Config;
use crate::security::Security;
use definition::Definition;
use rule::Draft;

mod definition;
mod file;
mod rule;
mod together;
mod variables;

/// What is to be done.
#[derive(Debug)]
pub enum Asked {
    /// Serve.
    Serve(Box<Settings>),
    /// Only print this.
    Print(Vec<u8>),
}

/// Why nothing can be done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The command line is wrong, or asks for help or the version.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// Settings are wrong, or files that they name.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// A token cannot be made.
    #[error(transparent)]
    NoChance(#[from] NoChance),
}

/// Valid settings.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: Address,
    /// From where it may be reached there.
    pub reach: Reach,
    /// All that is not about starting.
    pub config: Config,
    /// Variables that look like settings and are none.
    pub unknown: Vec<String>,
}

/// Where a setting comes from, if not from its default.
#[derive(Clone, Debug)]
enum Origin {
    File { name: String, line: usize },
    Variable(String),
    Flag,
}

/// What one place says of one setting, as words of a command line.
struct Given {
    id: String,
    words: Vec<OsString>,
    origin: Origin,
}

/// Every setting that is not at its default, and where it comes from.
type Origins = BTreeMap<String, Origin>;

/// Reads the command line, and all that it leaves open from the variables and the file.
///
/// # Errors
/// All faults together, except that a wrong command line is told alone.
pub fn read(
    line: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Asked, Refused> {
    let line: Vec<OsString> = line.into_iter().collect();
    let definition = Definition::new();
    let flags = definition.matches(&line)?;
    let args = Args::from_arg_matches(&flags)?;
    if let Some(action) = args.action {
        return Ok(Asked::Print(generate::print(action)?));
    }
    let mut faults = Faults::default();
    let found = variables::read(&definition, variables, &mut faults);
    let file = args.config.as_deref().or(found.config.as_deref());
    let (of_file, drafts) = file.map(|path| file::read(&definition, path, &mut faults)).unwrap_or_default();
    let (words, origins) = combine(line, &flags, &definition, of_file.into_iter().chain(found.given));
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let args = Args::from_arg_matches(&definition.matches(&words)?)?;
    together::check(&args, &origins)?;
    let (check, says) = (args.check, valid(file, &origins, &found.unknown));
    let settings = settings(args, drafts, found.unknown);
    if check {
        Security::load(&settings.config)?;
        return Ok(Asked::Print(says.into_bytes()));
    }
    Ok(Asked::Serve(Box::new(settings)))
}

/// The command line with what the file and the variables say of what it leaves open. What
/// comes later weighs more.
fn combine(
    line: Vec<OsString>,
    flags: &ArgMatches,
    definition: &Definition,
    given: impl Iterator<Item = Given>,
) -> (Vec<OsString>, Origins) {
    let flagged = |id: &str| flags.value_source(id) == Some(ValueSource::CommandLine);
    let mut origins: Origins =
        definition.settings().filter(|id| flagged(id)).map(|id| (id.to_owned(), Origin::Flag)).collect();
    let mut chosen = BTreeMap::new();
    for Given { id, words, origin } in given.filter(|given| !flagged(&given.id)) {
        origins.insert(id.clone(), origin);
        chosen.insert(id, words);
    }
    let mut line = line.into_iter();
    let program = line.next();
    (program.into_iter().chain(chosen.into_values().flatten()).chain(line).collect(), origins)
}

fn settings(args: Args, drafts: Vec<Draft>, unknown: Vec<String>) -> Settings {
    let reach = together::reach(&args);
    let listen = args.listen.listen.clone();
    let mut config = Config::from(args);
    let usual = config.limits.history;
    config.limits.rules = drafts.into_iter().map(|draft| draft.rule(usual)).collect();
    Settings { listen, reach, config, unknown }
}

/// The line that says what was read and is valid.
fn valid(file: Option<&Path>, origins: &Origins, unknown: &[String]) -> String {
    let file = file.map(|path| path.display().to_string());
    let others = origins.iter().filter_map(|(id, origin)| match origin {
        Origin::File { .. } => None,
        other => Some(other.name(id)),
    });
    let all: Vec<String> = file.into_iter().chain(others).collect();
    let all = if all.is_empty() { "the defaults".to_owned() } else { all.join(", ") };
    let unknown: String = unknown.iter().map(|name| format!("; {name} is no setting")).collect();
    format!("valid: {all}{unknown}\n")
}

impl Origin {
    /// The setting's name there.
    fn name(&self, id: &str) -> String {
        match self {
            Origin::File { .. } => format!("`{id}`"),
            Origin::Variable(name) => name.clone(),
            Origin::Flag => format!("--{}", id.replace('_', "-")),
        }
    }

    /// A fault there.
    fn fault(&self, message: String) -> Fault {
        match self {
            Origin::File { name, line } => Fault { file: Some(name.clone()), line: Some(*line), message },
            Origin::Variable(_) | Origin::Flag => Fault { file: None, line: None, message },
        }
    }
}

#[cfg(test)]
mod tests;
