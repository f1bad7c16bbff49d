//! Settings from the environment.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use oriel_runtime::faults::{Faults, nearest_name};

use super::definition::{Definition, Setting};
use super::{Given, Origin};

/// What their names begin with.
const PREFIX: &str = "ORIEL_BROKER_";

/// What the variables begin with that Kubernetes makes for a service of this name.
const FOREIGN: [&str; 2] = ["PORT", "SERVICE_"];

/// What was found.
#[derive(Default)]
pub(super) struct Variables {
    /// The file to read.
    pub(super) config: Option<PathBuf>,
    pub(super) given: Vec<Given>,
    /// Those that may be meant for the broker and are no settings.
    pub(super) unknown: Vec<String>,
}

pub(super) fn read(
    definition: &Definition,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    faults: &mut Faults,
) -> Variables {
    let mut found = Variables::default();
    for (name, value) in variables {
        let Some(key) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let (name, id) = (format!("{PREFIX}{key}"), key.to_ascii_lowercase());
        let setting = definition.setting(&id).filter(|_| id.to_ascii_uppercase() == key);
        match setting {
            Some(setting) => found.given.push(given(name, id, setting, &value, faults)),
            None if key == "CONFIG" => found.config = Some(value.into()),
            None if FOREIGN.iter().any(|prefix| key.starts_with(prefix)) => {}
            None => found.unknown.push(name + &near(&id, definition)),
        }
    }
    found
}

fn given(name: String, id: String, setting: Setting<'_>, value: &OsStr, faults: &mut Faults) -> Given {
    let parts: Vec<&OsStr> = match setting.is_list() {
        true => value.as_bytes().split(|byte| *byte == b',').map(OsStr::from_bytes).collect(),
        false => vec![value],
    };
    let origin = Origin::Variable(name.clone());
    let mut words = Vec::new();
    for part in parts {
        match setting.words(part) {
            Ok(word) => words.extend(word),
            Err(why) => faults.push(origin.fault(format!("{name} is {part:?}: {why}"))),
        }
    }
    Given { id, words, origin }
}

/// ` (did you mean …)`, where that is likely.
fn near(id: &str, definition: &Definition) -> String {
    let name = nearest_name(id, definition.settings());
    name.map_or(String::new(), |name| format!(" (did you mean {PREFIX}{}?)", name.to_uppercase()))
}
