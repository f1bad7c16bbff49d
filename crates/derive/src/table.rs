//! A table that keys are looked up in.

use hashbrown::HashMap;
use oriel_record::Value;
use std::borrow::Cow;

mod cells;
mod error;
mod objects;

pub use error::TableError;

/// How a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableFormat {
    /// Comma-separated values, the names of the columns in the first line. Every value is
    /// a text; an empty cell is null.
    Csv,
    /// One JSON document: a list of objects, or an object of objects whose keys are the key.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// The rows of a file by their key.
///
/// ```
/// use oriel_derive::{Table, TableFormat};
/// use oriel_record::Value;
/// let text = "id,name,city\n7,Acme,Rome\n8,Ajax,\n";
/// let table = Table::parse(TableFormat::Csv, text.as_bytes(), "id", None)?;
/// assert_eq!(table.columns(), ["name", "city"]);
/// let row = table.get(&Value::Int(7)).expect("in the table");
/// assert_eq!(row[0], Some(Value::Text("Acme".into())));
/// assert_eq!(table.get(&Value::Text("8".into())).expect("in the table")[1], None);
/// assert!(table.get(&Value::Text("9".into())).is_none());
///
/// let wrong = Table::parse(TableFormat::Csv, text.as_bytes(), "ID", None).unwrap_err();
/// assert_eq!(wrong.to_string(), "no column `ID`; allowed: `id`, `name` or `city` (did you mean `id`?)");
/// # Ok::<(), oriel_derive::TableError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: HashMap<Box<str>, Row>,
    duplicates: u64,
    keyless: u64,
}

/// A value for each column, or null.
type Row = Box<[Option<Value<'static>>]>;

impl Table {
    /// Reads a whole file. `columns` are those to keep, in this order; all but the key
    /// if none are given.
    ///
    /// # Errors
    /// When the file is not what its format says, has no rows, or nowhere has the key or
    /// a column that is asked for.
    pub fn parse(
        format: TableFormat,
        bytes: &[u8],
        key: &str,
        columns: Option<&[String]>,
    ) -> Result<Table, TableError> {
        // Spreadsheets put it before what they export.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        // And a file that is written anew in its place is empty for a moment.
        if bytes.trim_ascii().is_empty() {
            return Err(TableError::Empty);
        }
        let table = match format {
            TableFormat::Csv => cells::parse(bytes, key, columns)?,
            TableFormat::Json => objects::parse(objects::document(bytes)?, key, columns)?,
            TableFormat::Ndjson => objects::parse(objects::lines(bytes)?, key, columns)?,
        };
        if table.is_empty() && table.keyless == 0 { Err(TableError::Empty) } else { Ok(table) }
    }

    fn new(columns: Vec<String>) -> Table {
        Table { columns, rows: HashMap::new(), duplicates: 0, keyless: 0 }
    }

    /// Takes a row in. Of those with one key the last counts.
    fn insert(&mut self, key: Option<Value<'_>>, row: Row) {
        match key.as_ref().and_then(key_text).map(Box::from) {
            None => self.keyless += 1,
            Some(key) => self.duplicates += u64::from(self.rows.insert(key, row).is_some()),
        }
    }

    /// The row of that key: a value or null for each column. A number has the key that it
    /// is written as: 7 finds `"7"`.
    pub fn get(&self, key: &Value<'_>) -> Option<&[Option<Value<'static>>]> {
        self.rows.get(&*key_text(key)?).map(|row| &**row)
    }

    /// The names of the columns that are kept.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows gave way to a later one of the same key.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// How many rows have no key.
    pub fn keyless(&self) -> u64 {
        self.keyless
    }
}

/// A key as text; none of what can be no key.
fn key_text<'k>(key: &'k Value<'_>) -> Option<Cow<'k, str>> {
    key.text().filter(|text| !text.is_empty())
}

/// The names of the columns to keep, if all of them are there.
fn wanted(known: &[&str], key: &str, columns: Option<&[String]>) -> Result<Vec<String>, TableError> {
    let Some(columns) = columns else {
        return Ok(known.iter().filter(|name| **name != key).map(|name| (*name).to_owned()).collect());
    };
    match columns.iter().find(|name| !known.contains(&&***name)) {
        Some(missing) => Err(TableError::no_column(missing, known)),
        None => Ok(columns.to_vec()),
    }
}
