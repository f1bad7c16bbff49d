//! `demo/broker.toml`: it holds every key, and every key is at its default.

use std::collections::BTreeSet;

use oriel_topics::Rule;

use super::*;

const REFERENCE: &str = include_str!("../../../../../demo/broker.toml");

/// The key of a line that is off unless the `#` is taken away.
fn off(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic))
}

fn read_text(name: &str, text: &str) -> Settings {
    let folder = Folder::new(name);
    for file in ["tokens.toml", "cert.pem", "key.pem"] {
        folder.file(file, "");
    }
    serving(&["--config", &folder.file("broker.toml", text)], &[])
}

#[test]
fn the_reference_says_what_holds_without_it() {
    let read = read_text("reference", REFERENCE);
    assert_eq!(read.listen, serving(&[], &[]).listen);
    let mut config = read.config;
    let rules: Vec<Rule> = std::mem::take(&mut config.limits.rules);
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    assert!(rules.iter().all(|rule| rule.history.is_none()), "{rules:?}");
    let slow: Vec<_> = rules.iter().filter_map(|rule| rule.slow).collect();
    assert_eq!(slow, [Slow::Conflate, Slow::Disconnect], "{rules:?}");
}

#[test]
fn the_keys_that_are_off_can_be_turned_on() {
    let on: Vec<&str> = REFERENCE.lines().map(|line| off(line).unwrap_or(line)).collect();
    let config = read_text("turned-on", &on.join("\n")).config;
    assert!(config.tokens.is_some() && config.tls.is_some());
    assert_eq!(config.publish_rate, Some(10_000));
}

#[test]
fn every_key_is_in_the_reference() {
    let (settings, rules) = REFERENCE.split_once("\n[[topic]]").expect("rules");
    let keys = |text: &'static str| -> BTreeSet<&str> {
        let lines = text.lines().map(|line| off(line).unwrap_or(line)).filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| Some(line.split_once(" = ")?.0.trim())).collect()
    };
    let definition = Definition::new();
    assert_eq!(keys(settings), definition.settings().collect());
    assert_eq!(keys(rules), BTreeSet::from(["pattern", "slow", "history", "history_bytes", "history_age"]));
}
