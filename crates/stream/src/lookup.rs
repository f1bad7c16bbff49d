//! `[lookup.NAME]`: tables, read at start and again when their files change.

use crate::config::{LookupConfig, LookupFormat};
use oriel_derive::{LookupSpec, Table, TableFormat, Tables};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use watch::{LookupFile, Watcher};

mod watch;

/// The tables of a run and the files that they come from.
#[derive(Debug)]
pub(crate) struct Lookups {
    names: Vec<String>,
    state: Mutex<(Vec<Watcher>, Tables)>,
    failures: Vec<AtomicU64>,
}

impl Lookups {
    /// Reads all files; gives also what each lookup adds to a record, since some files say
    /// themselves which columns they have.
    ///
    /// # Errors
    /// When a file cannot be read or is no table; the message names it.
    pub(crate) fn start(configs: &[LookupConfig]) -> Result<(Lookups, Vec<LookupSpec>), String> {
        let (mut watchers, mut tables, mut specs) = (Vec::new(), Vec::new(), Vec::new());
        for config in configs {
            let (watcher, table) = Watcher::start(file(config))?;
            tell(&config.name, &table);
            let (name, field) = (config.name.clone(), config.field.clone());
            specs.push(LookupSpec { name, field, columns: table.columns().to_vec() });
            watchers.push(watcher);
            tables.push(Arc::new(table));
        }
        let lookups = Lookups {
            names: configs.iter().map(|config| config.name.clone()).collect(),
            failures: configs.iter().map(|_| AtomicU64::new(0)).collect(),
            state: Mutex::new((watchers, Tables::new(tables))),
        };
        Ok((lookups, specs))
    }

    /// The tables as they were read last.
    pub(crate) fn tables(&self) -> Tables {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Looks at all files; gives the tables if one of them changed. Blocks while it reads.
    pub(crate) fn poll(&self) -> Option<Tables> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (watchers, tables) = &mut *state;
        let mut changed = false;
        for (place, watcher) in watchers.iter_mut().enumerate() {
            if let Some(table) = watcher.poll() {
                tell(&self.names[place], &table);
                tables.replace(place, Arc::new(table));
                changed = true;
            }
            self.failures[place].store(watcher.failures(), Ordering::Relaxed);
        }
        changed.then(|| tables.clone())
    }

    /// There is nothing to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Each lookup's name, and how many changes of its file could not be read.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, u64)> {
        let counts = self.failures.iter().map(|count| count.load(Ordering::Relaxed));
        self.names.iter().map(String::as_str).zip(counts)
    }
}

fn file(config: &LookupConfig) -> LookupFile {
    let format = match config.format {
        LookupFormat::Csv => TableFormat::Csv,
        LookupFormat::Json => TableFormat::Json,
        LookupFormat::Ndjson => TableFormat::Ndjson,
    };
    LookupFile { path: config.path.clone(), format, key: config.key.clone(), columns: config.columns.clone() }
}

fn tell(lookup: &str, table: &Table) {
    tracing::info!(lookup, keys = table.len(), "lookup read");
    let (duplicates, keyless) = (table.duplicates(), table.keyless());
    if duplicates + keyless > 0 {
        tracing::warn!(lookup, duplicates, keyless, "rows that a later one replaced, or without a key");
    }
}

#[cfg(test)]
mod tests;
