//! Files of lines: plain, gzip or Zstandard; read once, or followed.

use std::fs;
use std::path::{Path, PathBuf};

use oriel_dataflow::source::SourceError;

mod files;
mod follow;
mod open;
mod progress;

pub(super) use files::Files;
pub(super) use follow::Follow;

/// What the configured paths stand for: a path that exists is itself, another with `*`,
/// `?` or `[` a glob whose files come sorted by name. When following, a plain path need
/// not exist yet.
///
/// # Errors
/// When a glob matches no file or a path is missing; the message names it.
pub(super) fn expand(paths: &[String], follow: bool) -> Result<Vec<PathBuf>, SourceError> {
    let mut all = Vec::new();
    for path in paths {
        let is_glob = path.contains(['*', '?', '[']) && !Path::new(path).exists();
        if !is_glob {
            all.push(PathBuf::from(path));
            continue;
        }
        let found = glob::glob(path).map_err(|error| SourceError(format!("{path}: {error}")))?;
        let found = found.collect::<Result<Vec<_>, _>>();
        let mut found =
            found.map_err(|error| SourceError(format!("{}: {}", error.path().display(), error.error())))?;
        found.retain(|path| !path.is_dir());
        if found.is_empty() {
            return Err(SourceError(format!("{path}: no file matches")));
        }
        found.sort();
        all.append(&mut found);
    }
    for path in &all {
        match fs::metadata(path) {
            Err(error) if !(follow && error.kind() == std::io::ErrorKind::NotFound) => {
                return Err(fault(path, &error));
            }
            Ok(data) if data.is_dir() => return Err(SourceError(format!("{}: is a folder", path.display()))),
            _ => {}
        }
    }
    Ok(all)
}

/// A fault of a file, under its name.
fn fault(path: &Path, error: &std::io::Error) -> SourceError {
    SourceError(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
