//! Files of tables: read, changed, broken, gone and back.

use super::watch::{LookupFile, MISSING, Watcher};
use super::*;
use oriel_record::Value;
use std::fs::{self, File};
use std::path::PathBuf;

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
        LookupFile { path, format: TableFormat::Csv, key: "id".into(), columns: None }
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
fn what_cannot_be_loaded_is_named() {
    let folder = Folder::new("errors");
    let error = |file: LookupFile| {
        let error = Watcher::start(file).expect_err("no table");
        let from = error.rfind('/').expect("a path") + 1;
        error[from..].to_owned()
    };
    assert_eq!(
        error(folder.write("a.csv", "id,x\n7\n")),
        "a.csv: line 2: 1 cells; allowed: 2, as in the first line"
    );
    let gone = LookupFile { path: folder.0.join("b.csv"), ..folder.write("a.csv", "") };
    assert_eq!(error(gone), "b.csv: No such file or directory (os error 2)");
}

#[test]
fn all_tables_are_there_at_start_and_one_that_changes_is_given_with_the_others() {
    let folder = Folder::new("all");
    let config = |name: &str, text: &str, columns: Option<&str>| LookupConfig {
        name: name.into(),
        path: folder.write(&format!("{name}.csv"), text).path,
        format: LookupFormat::Csv,
        key: "id".into(),
        field: "who".into(),
        columns: columns.map(|column| vec![column.into()]),
    };
    let configs = [config("a", "id,x,y\n7,1,2\n", Some("y")), config("b", "id,name,z\n7,Acme,\n", None)];
    let (lookups, specs) = Lookups::start(&configs).expect("two tables");
    assert_eq!(
        (&specs[0].columns[..], &specs[1].columns[..]),
        (&["y".into()][..], &["name".into(), "z".into()][..])
    );
    assert_eq!(lookups.poll(), None);
    folder.write("b.csv", "id,name,z\n7,Ajax,\n8,Acme,x\n");
    let tables = lookups.poll().expect("a change");
    assert_eq!(tables, lookups.tables());
    folder.write("a.csv", "");
    assert_eq!(lookups.poll(), None);
    assert_eq!(lookups.failures().collect::<Vec<_>>(), [("a", 1), ("b", 0)]);
    assert!(!lookups.is_empty());
}

#[test]
fn a_file_that_changes_is_read_again_and_only_then() {
    let folder = Folder::new("changes");
    let (mut watcher, table) = Watcher::start(folder.write("a.csv", "id,name\n7,Acme\n")).expect("a table");
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
    for times in 2..4 {
        folder.write("a.csv", "id,name\n7,Acme\n");
        assert_eq!(watcher.poll().as_ref().map(name), Some("Acme".into()));
        fs::remove_file(&file.path).expect("it is there");
        assert!((0..3 * MISSING).all(|_| watcher.poll().is_none()));
        assert_eq!(watcher.failures(), times);
    }
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
