//! `[lookup.NAME]`: tables that records are joined with.

use std::path::{Path, PathBuf};

use super::fault::Report;
use super::fields::{Fields, MAX_NAME, check_name};
use super::section::{self, Section};
use super::value::{self, Found};

/// A table whose columns become the fields `NAME.column`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookupConfig {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// How the file is written.
    pub format: LookupFormat,
    /// The column that the field's value is looked for in.
    pub key: String,
    /// The decoded field whose value is looked for.
    pub field: String,
    /// The columns that become fields; all but the key without.
    pub columns: Option<Vec<String>>,
}

/// How a lookup's file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupFormat {
    /// A first line of names, then a row a line.
    Csv,
    /// One list of objects.
    Json,
    /// One object a line.
    Ndjson,
}

const FORMATS: [(&str, LookupFormat); 3] =
    [("csv", LookupFormat::Csv), ("json", LookupFormat::Json), ("ndjson", LookupFormat::Ndjson)];

/// All lookups in the order of the file. Their columns are fields from here on, those of
/// faulty ones too, so that what refers to them is not called unknown.
pub(super) fn read(
    root: &mut Section<'_>,
    base: &Path,
    fields: &mut Fields,
    report: &mut Report<'_>,
) -> Option<Vec<LookupConfig>> {
    let Some(mut lookups) = root.section("lookup", report) else {
        // One that is there and no table has been told; its fields are not to blame.
        return if root.raw("lookup").is_none() { Some(Vec::new()) } else { None };
    };
    let (mut all, mut tables) = (Vec::new(), Vec::new());
    for (name, value) in lookups.entries() {
        check_lookup_name(&name, report);
        fields.check_free("lookup", &name, report);
        let head = format!("[lookup.{}]", name.value);
        let Some(mut table) = section::section(&name.value, head, name.at.clone(), value, report) else {
            tables.push((name.value, None));
            all.push(None);
            continue;
        };
        let columns = columns(&mut table, report);
        all.push(lookup(&name.value, &mut table, base, columns.clone(), fields, report));
        tables.push((name.value, columns));
    }
    // Only now, since a lookup is by a decoded field, never by a column of another.
    tables.iter().for_each(|(name, columns)| fields.add_lookup(name, columns.as_deref()));
    all.into_iter().collect()
}

fn check_lookup_name(name: &Found<String>, report: &mut Report<'_>) {
    let text = name.value.as_str();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if text.is_empty() || text.len() > MAX_NAME || !text.chars().all(plain) {
        let allowed = "1 to 64 letters, digits, `_` and `-`, since its fields are NAME.column";
        report.wrong::<()>("lookup", &format!("named {text:?}"), allowed, name.at.clone());
    }
}

fn lookup(
    name: &str,
    lookup: &mut Section<'_>,
    base: &Path,
    columns: Option<Vec<String>>,
    fields: &Fields,
    report: &mut Report<'_>,
) -> Option<LookupConfig> {
    let path = match lookup.raw("path") {
        Some(_) => lookup.path("path", report),
        None => lookup.missing("path", report),
    };
    let format = format(lookup, path.as_ref(), report);
    let key = lookup.require_text("key", report).and_then(|key| match key.value.is_empty() {
        true => report.wrong("key", "empty", "the column that the field's value is in", key.at),
        false => Some(key.value),
    });
    let field = lookup.require_text("field", report).and_then(|found| field(found, fields, report));
    lookup.finish(report);
    let path = base.join(path?.value);
    Some(LookupConfig { name: name.to_owned(), path, format: format?, key: key?, field: field?, columns })
}

/// As the file says, or by the path's ending.
fn format(
    lookup: &mut Section<'_>,
    path: Option<&Found<String>>,
    report: &mut Report<'_>,
) -> Option<LookupFormat> {
    let of = |word: &str| FORMATS.iter().find(|(name, _)| *name == word).map(|(_, format)| *format);
    if lookup.raw("format").is_some() {
        return of(lookup.word("format", &FORMATS.map(|(name, _)| name), report)?);
    }
    let path = path?;
    let ending = Path::new(&path.value).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    of(&ending).or_else(|| {
        let allowed =
            "a name that ends in .csv, .json or .ndjson, or beside it `format`, which is one of them";
        report.wrong("path", &format!("{:?}", path.value), allowed, path.at.clone())
    })
}

fn field(found: Found<String>, fields: &Fields, report: &mut Report<'_>) -> Option<String> {
    if fields.check("field", &found.value, &found.at, report)? {
        let name = format!("{:?}, which is a list", found.value);
        return report.wrong("field", &name, "a field of one value: its path has no `*`", found.at);
    }
    Some(found.value)
}

fn columns(lookup: &mut Section<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let allowed = "a list of columns, such as [\"country\", \"city\"]; without it all but the key";
    let found = value::texts("columns", lookup.raw("columns")?, allowed, report)?;
    let mut names: Vec<String> = Vec::new();
    for column in found {
        check_name("column", &column, report);
        if names.contains(&column.value) {
            let named = format!("`columns` names {:?} twice; allowed: once", column.value);
            report.fault::<()>(named, column.at);
        } else {
            names.push(column.value);
        }
    }
    Some(names)
}
