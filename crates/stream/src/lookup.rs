//! Files that keys are looked up in, read at start and again when they change.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use oriel_derive::{Table, TableFormat};

/// So many looks in a row at a name that is not there are a fault; a file that is put in
/// the place of another is gone for less than one.
const MISSING: u32 = 10;

/// A file of rows and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct LookupFile {
    /// Its name tells the format: `.csv`, `.json`, `.ndjson` or `.jsonl`.
    pub(crate) path: PathBuf,
    /// The column that holds the key.
    pub(crate) key: String,
    /// The columns to keep; all but the key if none are named.
    pub(crate) columns: Option<Vec<String>>,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
}

/// Reads the whole file.
///
/// # Errors
/// When it cannot be read or is no table; the message names it.
pub(crate) fn load(file: &LookupFile) -> Result<Table, String> {
    match read(&file.path) {
        Ok((_, bytes)) => parse(file, &bytes),
        Err(error) => Err(format!("{}: {error}", file.path.display())),
    }
}

/// A file that is looked at again and again.
#[derive(Debug)]
pub(crate) struct Watcher {
    file: LookupFile,
    seen: Option<Stamp>,
    /// Looks in a row at which the name was not there.
    missing: u32,
    failures: u64,
}

impl Watcher {
    /// Reads the file, and from then on asks for the columns that it has now.
    ///
    /// # Errors
    /// As [`load`].
    pub(crate) fn start(mut file: LookupFile) -> Result<(Watcher, Table), String> {
        let read = read(&file.path).map_err(|error| format!("{}: {error}", file.path.display()));
        let (stamp, bytes) = read?;
        let table = parse(&file, &bytes)?;
        file.columns = Some(table.columns().to_vec());
        Ok((Watcher { file, seen: Some(stamp), missing: 0, failures: 0 }, table))
    }

    /// The new table, if the file has changed since the last look and is one. To be called
    /// every second or so. What cannot be read is logged and counted once for each change,
    /// and the table from before stays in use.
    pub(crate) fn poll(&mut self) -> Option<Table> {
        let path = &self.file.path;
        let found = match fs::metadata(path) {
            Ok(metadata) if self.seen == Some(stamp(&metadata)) => Ok(None),
            Ok(_) => read(path).map(Some),
            Err(error) => Err(error),
        };
        match found {
            Ok(read) => {
                self.missing = 0;
                let (stamp, bytes) = read?;
                self.seen = Some(stamp);
                let parsed = parse(&self.file, &bytes);
                parsed.map_err(|error| self.fail(&error)).ok()
            }
            Err(error) => {
                self.missing = self.missing.saturating_add(1);
                let first = if error.kind() == ErrorKind::NotFound { MISSING } else { 1 };
                if self.missing == first {
                    self.seen = None;
                    self.fail(&format!("{}: {error}", self.file.path.display()));
                }
                None
            }
        }
    }

    /// How many changes could not be read.
    pub(crate) fn failures(&self) -> u64 {
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
    let LookupFile { path, key, columns } = file;
    let name = path.display();
    let format = format(path).ok_or_else(|| {
        format!("{name} is no table; allowed: a name ending in .csv, .json, .ndjson or .jsonl")
    })?;
    Table::parse(format, bytes, key, columns.as_deref()).map_err(|error| format!("{name}: {error}"))
}

fn format(path: &Path) -> Option<TableFormat> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match &*ending {
        "csv" => Some(TableFormat::Csv),
        "json" => Some(TableFormat::Json),
        "ndjson" | "jsonl" => Some(TableFormat::Ndjson),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel_record::Value;

    /// A folder of its own that goes with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("oriel-lookup-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("a folder");
            Folder(path)
        }

        fn write(&self, name: &str, text: &str) -> LookupFile {
            let path = self.0.join(name);
            fs::write(&path, text).expect("a file");
            LookupFile { path, key: "id".into(), columns: None }
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn name(table: &Table) -> String {
        match &table.get(&Value::Int(7)).expect("in the table")[0] {
            Some(Value::Text(text)) => text.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_name_tells_the_format() {
        let folder = Folder::new("formats");
        for (file, text) in [
            ("a.csv", "id,name\n7,Acme\n"),
            ("a.JSON", r#"{"7":{"name":"Acme"}}"#),
            ("a.ndjson", r#"{"id":7,"name":"Acme"}"#),
            ("a.jsonl", r#"{"id":7,"name":"Acme"}"#),
        ] {
            assert_eq!(load(&folder.write(file, text)).as_ref().map(name), Ok("Acme".into()), "{file}");
        }
    }

    #[test]
    fn what_cannot_be_loaded_is_named() {
        let folder = Folder::new("errors");
        let error = |file: &LookupFile| {
            let error = load(file).expect_err("no table");
            let from = error.rfind('/').expect("a path") + 1;
            error[from..].to_owned()
        };
        let endings = "a name ending in .csv, .json, .ndjson or .jsonl";
        assert_eq!(error(&folder.write("a.txt", "x")), format!("a.txt is no table; allowed: {endings}"));
        assert_eq!(
            error(&folder.write("a.csv", "id,x\n7\n")),
            "a.csv: line 2: 1 cells; allowed: 2, as in the first line"
        );
        let gone = LookupFile { path: folder.0.join("b.csv"), ..folder.write("a.csv", "") };
        assert_eq!(error(&gone), "b.csv: No such file or directory (os error 2)");
        assert!(Watcher::start(gone).is_err());
    }

    #[test]
    fn a_file_that_changes_is_read_again_and_only_then() {
        let folder = Folder::new("changes");
        let (mut watcher, table) =
            Watcher::start(folder.write("a.csv", "id,name\n7,Acme\n")).expect("a table");
        assert_eq!(name(&table), "Acme");
        assert_eq!(watcher.poll(), None);
        folder.write("a.csv", "id,name\n7,Acme Inc\n");
        assert_eq!(watcher.poll().as_ref().map(name), Some("Acme Inc".into()));
        assert_eq!(watcher.poll(), None);
        assert_eq!(watcher.failures(), 0);
    }

    #[test]
    fn a_change_of_the_same_length_is_seen_by_its_time() {
        let folder = Folder::new("times");
        let file = folder.write("a.csv", "id,name\n7,Acme\n");
        let (mut watcher, _) = Watcher::start(file.clone()).expect("a table");
        folder.write("a.csv", "id,name\n7,Ajax\n");
        let written = File::options().append(true).open(&file.path).expect("a file");
        written.set_modified(std::time::UNIX_EPOCH).expect("a time");
        assert_eq!(watcher.poll().as_ref().map(name), Some("Ajax".into()));
    }

    #[test]
    fn a_file_put_in_the_place_of_another_may_be_gone_for_a_moment() {
        let folder = Folder::new("renames");
        let file = folder.write("a.csv", "id,name\n7,Acme\n");
        let (mut watcher, _) = Watcher::start(file.clone()).expect("a table");
        let next = folder.write("next.csv", "id,name\n7,Ajax\n");
        fs::remove_file(&file.path).expect("it is there");
        assert_eq!((watcher.poll(), watcher.failures()), (None, 0));
        fs::rename(&next.path, &file.path).expect("the same folder");
        assert_eq!(watcher.poll().as_ref().map(name), Some("Ajax".into()));
    }

    #[test]
    fn a_file_that_stays_away_is_one_failure_and_welcome_back() {
        let folder = Folder::new("away");
        let file = folder.write("a.csv", "id,name\n7,Acme\n");
        let (mut watcher, _) = Watcher::start(file.clone()).expect("a table");
        fs::remove_file(&file.path).expect("it is there");
        assert!((0..3 * MISSING).all(|_| watcher.poll().is_none()));
        assert_eq!(watcher.failures(), 1);
        folder.write("a.csv", "id,name\n7,Acme\n");
        assert_eq!(watcher.poll().as_ref().map(name), Some("Acme".into()));
    }

    #[test]
    fn a_broken_change_is_counted_once_and_the_next_good_one_is_taken() {
        let folder = Folder::new("broken");
        let (mut watcher, _) = Watcher::start(folder.write("a.csv", "id,name\n7,Acme\n")).expect("a table");
        for (broken, failures) in [("", 1), ("id,name\n7\n", 2), ("id,title\n7,Ajax\n", 3)] {
            folder.write("a.csv", broken);
            assert!((0..3).all(|_| watcher.poll().is_none()), "{broken}");
            assert_eq!(watcher.failures(), failures, "{broken}");
        }
        folder.write("a.csv", "name,more,id\nAjax,x,7\n");
        let table = watcher.poll().expect("a good one");
        assert_eq!((name(&table), table.columns()), ("Ajax".into(), &["name".to_owned()][..]));
    }
}
