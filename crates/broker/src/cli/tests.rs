//! The flags, and what is made of them.

use clap::CommandFactory;
use clap_complete::Shell;

use super::*;

fn flags() -> Vec<String> {
    let command = Args::command();
    let flags = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned));
    flags.chain(["help".to_owned(), "version".to_owned()]).collect()
}

#[test]
fn the_flags_are_sound_and_their_defaults_are_the_configs() {
    Args::command().debug_assert();
    let args = Args::try_parse_from(["oriel-broker"]).expect("no flag is needed");
    assert_eq!(format!("{:?}", Config::from(args)), format!("{:?}", Config::default()));
}

#[test]
fn every_flag_is_under_a_heading_and_says_what_it_is() {
    for arg in Args::command().get_arguments() {
        let said = arg.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(said.len() > 20 && !said.contains('\n') && !said.ends_with('.'), "{said}");
        let other = ["config", "check"].contains(&arg.get_id().as_str());
        assert_eq!(arg.get_help_heading().is_none(), other, "{said}");
    }
}

#[test]
fn completions_of_every_shell_know_every_flag_and_command() {
    for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        let script = String::from_utf8(generate::print(Action::Completions { shell }).expect("printed"))
            .expect("a text");
        for name in flags().iter().map(String::as_str).chain(["completions", "man"]) {
            // Fish has the flags without their dashes.
            assert!(script.contains(name), "{name} for {shell}");
        }
    }
}

#[test]
fn the_manual_page_has_every_flag_command_and_example() {
    let page =
        String::from_utf8(generate::print(Action::Man).expect("printed")).expect("a text").replace('\\', "");
    for name in flags() {
        assert!(page.contains(&format!("--{name}")), "{name}");
    }
    for text in ["completions", "man", "ORIEL_BROKER_QUEUE_BYTES"] {
        assert!(page.contains(text), "{text}");
    }
    for line in EXAMPLES.lines().map(str::trim).filter(|line| line.starts_with("$ oriel-broker")) {
        assert!(page.contains(line), "{line}");
    }
}
