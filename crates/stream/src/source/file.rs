//! Files of lines: plain, gzip or Zstandard; read once, or followed.

use std::fs;
use std::path::{Path, PathBuf};

use oriel_dataflow::source::{Source, SourceError};

mod files;
mod follow;
mod open;
mod progress;

use files::Files;
use follow::Follow;
use progress::Progress;

/// The name of the partition of files that are read one after the other.
const TOGETHER: &str = "file";

/// The files as one partition, or each as one of its own, named by its path.
///
/// # Errors
/// When a file cannot be opened; the message names it.
pub(super) fn open(
    paths: Vec<PathBuf>,
    follow: bool,
    parallel: bool,
) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let progress = if follow { Progress::none() } else { Progress::over(&paths) };
    let partition = |name: String, paths: Vec<PathBuf>| -> Result<Box<dyn Source>, SourceError> {
        Ok(match follow {
            true => Box::new(Follow::open(name, paths)?),
            false => Box::new(Files::open(name, paths, &progress)?),
        })
    };
    if parallel {
        paths.into_iter().map(|path| partition(path.to_string_lossy().into_owned(), vec![path])).collect()
    } else {
        Ok(vec![partition(TOGETHER.to_owned(), paths)?])
    }
}

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
