//! The completions and the manual page, made of the flags themselves.

use std::io;

use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{Action, Args, EXAMPLES, SETTINGS};
use crate::auth::{self, NoChance};

/// What an action prints.
///
/// # Errors
/// When a token cannot be made.
pub(crate) fn print(action: Action) -> Result<Vec<u8>, NoChance> {
    match action {
        Action::Completions { shell } => Ok(completions(shell)),
        Action::Man => Ok(man().expect("memory takes what is written to it")),
        Action::Token => auth::fresh().map(|fresh| fresh.to_string().into_bytes()),
    }
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut command = Args::command().mut_args(no_file);
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// A value of which nothing is known would be completed with the names of files.
fn no_file(arg: Arg) -> Arg {
    let open = arg.get_action().takes_values() && arg.get_value_hint() == ValueHint::Unknown;
    if open { arg.value_hint(ValueHint::Other) } else { arg }
}

fn man() -> io::Result<Vec<u8>> {
    let page = Man::new(Args::command()).manual("Oriel");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    let mut rest = Roff::default();
    commands(&Args::command(), &mut rest);
    section(SETTINGS, &mut rest);
    section(EXAMPLES, &mut rest);
    rest.to_writer(&mut text)?;
    page.render_version_section(&mut text)?;
    Ok(text)
}

/// The commands with what they do: they have no pages of their own.
fn commands(command: &Command, page: &mut Roff) {
    page.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        page.control("TP", []);
        page.text([roman(command.get_name())]);
        page.text([roman(about)]);
    }
}

/// A text whose first line is its head, and whose others are left as they are.
fn section(text: &str, page: &mut Roff) {
    let (head, body) = text.split_once(":\n").unwrap_or(("", text));
    page.control("SH", [head.to_uppercase().as_str()]);
    page.control("nf", []);
    body.lines().for_each(|line| {
        page.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    });
    page.control("fi", []);
}
