//! Settings from the file.

use std::path::Path;

use oriel_runtime::faults::{Faults, Report, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::definition::{Definition, Setting};
use super::rule::{self, Draft};
use super::{Given, Origin};

/// The key of the tables that are about some topics.
const RULES: &str = "topic";

/// A value as the parser gives it.
pub(super) type Raw<'t> = Spanned<DeValue<'t>>;

/// Reads the file at the path.
pub(super) fn read(definition: &Definition, path: &Path, faults: &mut Faults) -> (Vec<Given>, Vec<Draft>) {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.extend(Faults::whole(format!("cannot read it: {error}")).of(&name));
            return Default::default();
        }
    };
    let mut report = Report::new(&text);
    let base = path.parent().unwrap_or(Path::new(""));
    let (tree, errors) = DeTable::parse_recoverable(&text);
    errors.iter().for_each(|error| report.syntax(error.message(), error.span()));
    let mut read = (Vec::new(), Vec::new());
    for (key, value) in tree.get_ref() {
        let key: (&str, _) = (key.get_ref(), key.span());
        match definition.setting(key.0) {
            Some(setting) => {
                let words = value_words(key.0, setting, value, base, &mut report);
                let origin = Origin::File { name: name.clone(), line: report.line(&key.1) };
                read.0.push(Given { id: key.0.to_owned(), words, origin });
            }
            None if key.0 == RULES => read.1 = rule::read(definition, value, &mut report),
            None => {
                let known: Vec<&str> = definition.settings().chain([RULES]).collect();
                let (near, allowed) = (nearest(key.0, known.iter().copied()), known.join(", "));
                report.fault::<()>(format!("unknown key `{}`{near}; allowed: {allowed}", key.0), key.1);
            }
        }
    }
    faults.extend(report.faults().of(&name));
    read
}

/// The words that set a setting to the value, which may be a list for some.
fn value_words(
    key: &str,
    setting: Setting<'_>,
    value: &Raw<'_>,
    base: &Path,
    report: &mut Report<'_>,
) -> Vec<std::ffi::OsString> {
    let values = match value.get_ref() {
        DeValue::Array(list) if setting.is_list() => &list[..],
        _ => std::slice::from_ref(value),
    };
    let word = |value| word(key, setting, value, base, report);
    values.iter().filter_map(word).collect()
}

fn word(
    key: &str,
    setting: Setting<'_>,
    value: &Raw<'_>,
    base: &Path,
    report: &mut Report<'_>,
) -> Option<std::ffi::OsString> {
    let text = text(value.get_ref()).filter(|_| !setting.is_file() || value.get_ref().is_str());
    let words = match text {
        // A path starts where the file is.
        Some(text) if setting.is_file() && !text.is_empty() => setting.words(base.join(text).as_os_str()),
        Some(text) => setting.words(text.as_ref()),
        None if setting.is_file() => Err("it has to be a path".to_owned()),
        None if setting.is_list() => Err("it has to be a text or a list of them".to_owned()),
        None => Err("it has to be one value".to_owned()),
    };
    words.unwrap_or_else(|why| {
        report.fault(format!("`{key}` is {}: {why}", show(value.get_ref())), value.span())
    })
}

/// A single value as it would be written on a command line.
pub(super) fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            let value = i128::from_str_radix(number.as_str(), number.radix());
            Some(value.map_or_else(|_| number.to_string(), |value| value.to_string()))
        }
        DeValue::Array(_) | DeValue::Table(_) => None,
        other => Some(show(other)),
    }
}

/// A value as a message shows it: shortly.
pub(super) fn show(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
