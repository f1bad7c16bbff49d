//! The settings as the flags define them.

use std::error::Error as _;
use std::ffi::{OsStr, OsString};

use clap::builder::ArgAction;
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command, CommandFactory, ValueHint};

use crate::cli::Args;

/// Flags that are no settings.
const ACTIONS: [&str; 4] = ["config", "check", "help", "version"];

/// The one definition of all settings.
pub(super) struct Definition(Command);

/// One setting of it.
#[derive(Clone, Copy)]
pub(super) struct Setting<'d> {
    definition: &'d Definition,
    arg: &'d Arg,
}

impl Definition {
    pub(super) fn new() -> Self {
        let mut command = Args::command();
        command.build();
        Definition(command)
    }

    /// Reads a command line.
    pub(super) fn matches(&self, line: &[OsString]) -> Result<ArgMatches, clap::Error> {
        self.0.clone().try_get_matches_from(line)
    }

    /// The names of all settings, in the order of the help.
    pub(super) fn settings(&self) -> impl Iterator<Item = &str> {
        let ids = self.0.get_arguments().map(|arg| arg.get_id().as_str());
        ids.filter(|id| !ACTIONS.contains(id))
    }

    /// The setting of that name.
    pub(super) fn setting(&self, id: &str) -> Option<Setting<'_>> {
        let arg = self.0.get_arguments().find(|arg| arg.get_id() == id)?;
        (!ACTIONS.contains(&id)).then_some(Setting { definition: self, arg })
    }
}

impl Setting<'_> {
    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    /// Whether it is true or false.
    pub(super) fn is_switch(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    /// Whether it is a file.
    pub(super) fn is_file(&self) -> bool {
        self.arg.get_value_hint() == ValueHint::FilePath
    }

    /// The words of a command line that set it to this; none for a switch that is off.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub(super) fn words(&self, value: &OsStr) -> Result<Option<OsString>, String> {
        let flag = format!("--{}", self.arg.get_long().unwrap_or_default());
        if self.is_switch() {
            return match value.to_str() {
                Some("true" | "1") => Ok(Some(flag.into())),
                Some("false" | "0") => Ok(None),
                _ => Err("it has to be true or false".to_owned()),
            };
        }
        if value.is_empty() {
            return Err("it has to be left out or have a value".to_owned());
        }
        let mut word = OsString::from(flag + "=");
        word.push(value);
        let line = [self.definition.0.get_name().into(), word.clone()];
        self.definition.matches(&line).map_err(|error| reason(&error))?;
        Ok(Some(word))
    }
}

/// Why a value is refused, without the rest that is said on a command line.
fn reason(error: &clap::Error) -> String {
    match error.source() {
        Some(source) => source.to_string(),
        None if error.kind() == ErrorKind::InvalidUtf8 => "it has to be UTF-8".to_owned(),
        None => error.to_string().lines().next().unwrap_or_default().replacen("error: ", "", 1),
    }
}
