//! `demo/reference.toml`: it holds every key, and what it says of defaults is so.

use super::*;

const REFERENCE: &str = include_str!("../../../../../demo/reference.toml");

/// The text with its own `[source]` replaced by the commented one of that type.
fn with_source(kind: &str) -> String {
    let (before, rest) = REFERENCE.split_once("\n[source]\n").expect("it has a source");
    let (sources, after) = rest.split_once("\n# ---- How a record is read").expect("it has a record");
    let block = sources.split("# [source]\n").find(|block| block.contains(&format!("\"{kind}\"")));
    let lines = block.expect(kind).lines().map_while(|line| line.strip_prefix("# "));
    let lines: Vec<&str> = lines.take_while(|line| line.contains(" = ")).collect();
    format!("{before}\n[source]\n{}\n{after}", lines.join("\n"))
}

#[test]
fn the_reference_is_good() {
    let config = parsed(REFERENCE);
    oriel_record::Schema::compile(&config.record.schema).expect("a good schema");
    assert_eq!(config.views.len(), 4);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join("languages.csv");
    assert!(path.is_file() && config.lookups[0].path.ends_with("languages.csv"));
}

#[test]
fn the_keys_that_are_off_can_be_turned_on() {
    let on = |line: &str| {
        line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic)).map(str::to_owned)
    };
    let text: Vec<String> =
        REFERENCE.lines().map(|line| on(line).unwrap_or_else(|| line.to_owned())).collect();
    let config = parsed(&text.join("\n"));
    assert_eq!(config.engine.memory, Some(1 << 30));
    assert!(matches!(config.views[0].panes, Panes::File(_)));
    assert!(config.output.bad.is_some() && config.output.late.is_some());
    assert!(matches!(config.source, SourceConfig::Generator { count: Some(1_000_000), start: Some(_), .. }));
}

#[test]
fn the_other_sources_are_good_too() {
    let paths = vec!["/base/tweets.ndjson".into(), "/base/more/*.gz".into()];
    let file = SourceConfig::File { paths, follow: false, parallel: false };
    assert_eq!(parsed(&with_source("file")).source, file);
    assert_eq!(parsed(&with_source("stdin")).source, SourceConfig::Stdin);
}

#[test]
fn what_is_called_a_default_is_the_default() {
    for text in [REFERENCE.to_owned(), with_source("file")] {
        let whole = parsed(&text);
        let defaults: Vec<&str> = text.lines().filter(|line| line.ends_with("(default)")).collect();
        assert!(defaults.len() > 20, "{} defaults", defaults.len());
        for line in defaults {
            // A default that depends on the source is the generator's.
            if text != REFERENCE && (line.starts_with("future") || line.starts_with("jump")) {
                continue;
            }
            assert!(parsed(&text.replacen(&format!("{line}\n"), "", 1)) == whole, "{line}");
        }
    }
}

#[test]
fn every_key_is_in_the_reference() {
    // What a message offers for an unknown key is what is known there.
    let places = [
        ("\ntopic", "unknown = 1\n\ntopic"),
        ("\n[record]", "\n[record]\nunknown = 1"),
        ("key     = \"code\"", "unknown = 1\nkey = \"code\""),
        ("late         = { ", "late = { unknown = 1, "),
        ("offset = \"0s\"", "offset = \"0s\", unknown = 1"),
        ("publish      = 300", "unknown = 1"),
        ("show     = \"newest\"", "unknown = 1"),
        ("\n[output]", "\n[output]\nunknown = 1"),
        ("\n[engine]", "\n[engine]\nunknown = 1"),
    ];
    let mut count = 0;
    for (found, replacement) in places {
        assert!(REFERENCE.contains(found), "{found}");
        let text = REFERENCE.replacen(found, replacement, 1);
        let faults = parse(&text, Path::new("")).expect_err(found);
        let message = &faults.faults()[0].message;
        let (_, keys) = message
            .split_once("unknown key `unknown`")
            .expect(message)
            .1
            .split_once("allowed: ")
            .expect(message);
        for key in keys.split(", ") {
            let there = [format!("{key} "), format!("[{key}]"), format!("[{key}."), format!(".{key}]")];
            assert!(there.iter().any(|there| REFERENCE.contains(there)), "`{key}` is not in the reference");
            count += 1;
        }
    }
    assert!(count > 50, "{count} keys");
}
