//! Comma-separated values.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use oriel_record::Value;

use super::{Table, TableError, wanted};

pub(super) fn parse(bytes: &[u8], key: &str, columns: Option<&[String]>) -> Result<Table, TableError> {
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    let header = reader.headers().map_err(|error| explain(&error))?.clone();
    let known: Vec<&str> = header.iter().collect();
    if let Some(twice) = known.iter().enumerate().find(|(place, name)| known[..*place].contains(name)) {
        return Err(TableError::Twice((*twice.1).to_owned()));
    }
    let Some(key_at) = known.iter().position(|name| *name == key) else {
        return Err(TableError::no_column(key, &known));
    };
    let columns = wanted(&known, key, columns)?;
    let place = |name: &String| known.iter().position(|known| known == name);
    let places: Vec<usize> = columns.iter().filter_map(place).collect();
    let mut table = Table::new(columns);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| explain(&error))? {
        let cell = |place: usize| record.get(place).filter(|cell| !cell.is_empty());
        let row = places.iter().map(|place| Some(Value::Text(cell(*place)?.to_owned().into())));
        table.insert(cell(key_at).map(|key| Value::Text(key.into())), row.collect());
    }
    Ok(table)
}

/// The reader's error in our words.
fn explain(error: &csv::Error) -> TableError {
    let line = error.position().map_or(1, |position| position.line());
    let place = format!("line {line}");
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            TableError::wrong(place, format!("{len} cells"), format!("{expected_len}, as in the first line"))
        }
        ErrorKind::Utf8 { .. } => TableError::wrong(place, "bytes that are no UTF-8", "text in UTF-8"),
        _ => TableError::wrong(place, error.to_string(), "comma-separated values"),
    }
}
