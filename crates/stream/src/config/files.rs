//! The files of a configuration: one that is written is nobody else's.
//!
//! Lines of two outputs in one file would be torn, and an output in what is read would
//! feed it.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::fault::Report;
use super::{LookupConfig, SourceConfig};

/// A `*` is within one folder, as where files are looked for.
const WITHIN: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The files that are spoken for, each with what it is.
pub(super) struct Files(Vec<(String, Names)>);

/// What a path stands for.
enum Names {
    One(PathBuf),
    Many(Pattern),
}

impl Files {
    /// Those that are read, of which `own` is the configuration.
    pub(super) fn read(
        own: Option<&Path>,
        source: Option<&SourceConfig>,
        lookups: Option<&[LookupConfig]>,
    ) -> Self {
        let own = own.map(|path| ("the configuration".to_owned(), Names::One(normal(path))));
        let paths = match source {
            Some(SourceConfig::File { paths, .. }) => &paths[..],
            _ => &[],
        };
        let read = paths.iter().map(|path| ("a file of [source]".to_owned(), names(path)));
        let lookups = lookups.unwrap_or_default().iter();
        let joined = lookups
            .map(|lookup| (format!("that of [lookup.{}]", lookup.name), Names::One(normal(&lookup.path))));
        Files(own.into_iter().chain(read).chain(joined).collect())
    }

    /// One more, which is written. A fault, if it is one of those before.
    pub(super) fn write(
        &mut self,
        what: String,
        path: &Path,
        at: Range<usize>,
        report: &mut Report<'_>,
    ) -> Option<()> {
        let normal = normal(path);
        if let Some((other, _)) = self.0.iter().find(|(_, names)| names.hold(&normal)) {
            let shown = path.display();
            let message = format!("{what} is {shown:?}, which is {other}; allowed: a file of its own");
            return report.fault(message, at);
        }
        self.0.push((what, Names::One(normal)));
        Some(())
    }
}

impl Names {
    fn hold(&self, path: &Path) -> bool {
        match self {
            Names::One(own) => own == path,
            Names::Many(pattern) => pattern.matches_path_with(path, WITHIN),
        }
    }
}

/// What a path of the source stands for, which may be a glob.
fn names(path: &str) -> Names {
    let is_glob = path.contains(['*', '?', '[']) && !Path::new(path).exists();
    let pattern = is_glob.then(|| Pattern::new(&lexical(Path::new(path)).to_string_lossy()).ok());
    pattern.flatten().map_or_else(|| Names::One(normal(Path::new(path))), Names::Many)
}

/// The one name of a file however it is spelled: without links, or, while it is not there,
/// in its folder without links.
fn normal(path: &Path) -> PathBuf {
    let path = &lexical(path);
    let in_folder = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(in_folder).unwrap_or_else(|| path.clone())
}

/// The path from the root, without `.` and `..`.
fn lexical(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name_however_it_is_spelled() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        for spelled in
            ["Cargo.toml", "./Cargo.toml", "src/../Cargo.toml", "../stream/Cargo.toml", ".//Cargo.toml"]
        {
            assert_eq!(normal(&folder.join(spelled)), normal(&folder.join("Cargo.toml")), "{spelled}");
            // Tests run in their package's folder.
            assert_eq!(normal(Path::new(spelled)), normal(&folder.join("Cargo.toml")), "{spelled}");
        }
        assert_eq!(normal(Path::new("/no/such/./folder/../a")), Path::new("/no/such/a"));
    }

    #[test]
    fn a_file_behind_a_link_is_the_file() {
        let folder = std::env::temp_dir().join(format!("oriel-files-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("real")).expect("a folder");
        std::os::unix::fs::symlink(folder.join("real"), folder.join("link")).expect("a link");
        // Neither is there yet.
        assert_eq!(normal(&folder.join("link/a")), normal(&folder.join("real/a")));
        assert_ne!(normal(&folder.join("link/a")), normal(&folder.join("real/b")));
        std::fs::remove_dir_all(&folder).expect("it is there");
    }
}
