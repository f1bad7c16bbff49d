//! One file that keys are looked up in, read at start and again when it changes.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use oriel_derive::{Table, TableFormat};

/// So many looks in a row at a name that is not there are a fault; a file that is put in
/// the place of another is gone for less than one.
pub(super) const MISSING: u32 = 3;

/// A file of rows and what is wanted of it.
#[derive(Clone, Debug)]
pub(super) struct LookupFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// How it is written.
    pub(super) format: TableFormat,
    /// The column that holds the key.
    pub(super) key: String,
    /// The columns to keep; all but the key if none are named.
    pub(super) columns: Option<Vec<String>>,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
}

/// A file that is looked at again and again.
#[derive(Debug)]
pub(super) struct Watcher {
    file: LookupFile,
    seen: Option<Stamp>,
    /// Looks in a row at which it could not be read.
    missing: u32,
    /// That it cannot be read has been said.
    away: bool,
    failures: u64,
}

impl Watcher {
    /// Reads the file, and from then on asks for the columns that it has now.
    ///
    /// # Errors
    /// When it cannot be read or is no table; the message names it.
    pub(super) fn start(mut file: LookupFile) -> Result<(Watcher, Table), String> {
        let read = read(&file.path).map_err(|error| format!("{}: {error}", file.path.display()));
        let (stamp, bytes) = read?;
        let table = parse(&file, &bytes)?;
        file.columns = Some(table.columns().to_vec());
        Ok((Watcher { file, seen: Some(stamp), missing: 0, away: false, failures: 0 }, table))
    }

    /// The new table, if the file has changed since the last look and is one. To be called
    /// every second or so. What cannot be read is logged and counted once for each change,
    /// and the table from before stays in use. A file that is gone is one such change, and
    /// its return is logged too.
    pub(super) fn poll(&mut self) -> Option<Table> {
        let path = &self.file.path;
        let found = match fs::metadata(path) {
            Ok(metadata) if self.seen == Some(stamp(&metadata)) => Ok(None),
            Ok(_) => read(path).map(Some),
            Err(error) => Err(error),
        };
        match found {
            Ok(read) => {
                self.missing = 0;
                if std::mem::take(&mut self.away) {
                    tracing::info!(file = %self.file.path.display(), "the file of a lookup is back");
                }
                let (stamp, bytes) = read?;
                self.seen = Some(stamp);
                let parsed = parse(&self.file, &bytes);
                parsed.map_err(|error| self.fail(&error)).ok()
            }
            Err(error) => {
                self.missing = self.missing.saturating_add(1);
                let patience = if error.kind() == ErrorKind::NotFound { MISSING } else { 1 };
                if !self.away && self.missing >= patience {
                    self.away = true;
                    self.seen = None;
                    self.fail(&format!("{}: {error}", self.file.path.display()));
                }
                None
            }
        }
    }

    /// How many changes could not be read.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    fn fail(&mut self, error: &str) {
        self.failures += 1;
        tracing::warn!(error, "a lookup keeps its rows from before");
    }
}

/// The file's bytes, and its state from before they were read: a change meanwhile is
/// seen at the next look.
fn read(path: &Path) -> io::Result<(Stamp, Vec<u8>)> {
    let mut file = File::open(path)?;
    let stamp = stamp(&file.metadata()?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((stamp, bytes))
}

fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        file: (metadata.dev(), metadata.ino()),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    }
}

fn parse(file: &LookupFile, bytes: &[u8]) -> Result<Table, String> {
    let LookupFile { path, format, key, columns } = file;
    Table::parse(*format, bytes, key, columns.as_deref())
        .map_err(|error| format!("{}: {error}", path.display()))
}
