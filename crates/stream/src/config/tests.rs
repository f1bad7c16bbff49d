//! Configurations and all that can be wrong with them.

use super::*;
use oriel_window::{Accumulation, Windowing};
use std::path::PathBuf;

mod engine;
mod expression;
mod files;
mod kind;
mod lookup;
mod metric;
mod record;
mod reference;
mod source;
mod trigger;
mod whole;
mod window;

/// A file around one view, which is in its lines from the 23rd.
const AROUND: &str = r#"topic = "t"
[source]
type = "stdin"
[record]
time = { at = "/at" }
[record.fields]
tag    = "/tags/*"
url    = "/urls/*"
who    = "/who"
amount = "/amount"
[record.derive]
host = "host(who)"
[lookup.geo]
path  = "geo.csv"
key   = "id"
field = "who"
[lookup.city]
path  = "city.csv"
key   = "id"
field = "who"
columns = ["name"]
[view.v]
"#;

/// The file with a view of these lines.
fn around(view: &str) -> String {
    format!("{AROUND}{view}\n")
}

fn parsed(text: &str) -> Config {
    parse(text, Path::new("/base")).unwrap_or_else(|faults| panic!("{faults}\nin\n{text}"))
}

/// The view of these lines.
fn view(lines: &str) -> ViewConfig {
    parsed(&around(lines)).views.remove(0)
}

/// The text has just these faults: a line, and a part of the message.
fn refused(text: &str, expected: &[(usize, &str)]) {
    let faults = match parse(text, Path::new("/base")) {
        Ok(_) => vec![],
        Err(faults) => faults.faults().to_vec(),
    };
    let same = |fault: &Fault, (line, part): &(usize, &str)| {
        fault.line == Some(*line) && fault.message.contains(part)
    };
    let matches = faults.len() == expected.len() && faults.iter().zip(expected).all(|(f, e)| same(f, e));
    assert!(matches, "{text}\nfound: {faults:#?}\nexpected: {expected:#?}");
}

/// The view has just these faults: its own line from 1, and a part of the message.
fn view_refused(lines: &str, expected: &[(usize, &str)]) {
    let before = AROUND.lines().count();
    let expected: Vec<_> = expected.iter().map(|(line, part)| (before + line, *part)).collect();
    refused(&around(lines), &expected);
}

/// The file of a simple view, with one piece replaced, has just this fault.
fn file_refused(found: &str, replacement: &str, expected: &[(usize, &str)]) {
    let text = around("kind = \"top\"\nby = \"tag\"\nwindow = { size = \"1m\" }");
    assert!(text.contains(found), "{found}");
    refused(&text.replacen(found, replacement, 1), expected);
}

fn seconds(count: i64) -> Span {
    Span::from_millis(count * 1_000)
}
