//! `[lookup.NAME]`.

use super::*;

const VIEW: &str = "kind = \"top\"\nby = \"tag\"\nwindow = \"global\"";

/// The first lookup, made of these lines.
fn lookup(lines: &str) -> LookupConfig {
    let text = around(VIEW).replacen("path  = \"geo.csv\"\nkey   = \"id\"\nfield = \"who\"", lines, 1);
    parsed(&text).lookups.remove(0)
}

#[test]
fn a_lookup_has_a_file_a_key_a_field_and_columns() {
    let found = lookup("path = \"x/geo.csv\"\nkey = \"id\"\nfield = \"who\"\ncolumns = [\"a\", \"b\"]");
    let expected = LookupConfig {
        name: "geo".into(),
        path: PathBuf::from("/base/x/geo.csv"),
        format: LookupFormat::Csv,
        key: "id".into(),
        field: "who".into(),
        columns: Some(vec!["a".into(), "b".into()]),
    };
    assert_eq!(found, expected);
    assert_eq!(lookup("path = \"/geo.csv\"\nkey = \"id\"\nfield = \"who\"").columns, None);
}

#[test]
fn the_format_is_the_ending_unless_it_is_said() {
    let format = |lines: &str| lookup(&format!("{lines}\nkey = \"id\"\nfield = \"who\"")).format;
    assert_eq!(format("path = \"a.csv\""), LookupFormat::Csv);
    assert_eq!(format("path = \"a.JSON\""), LookupFormat::Json);
    assert_eq!(format("path = \"a.b.ndjson\""), LookupFormat::Ndjson);
    assert_eq!(format("path = \"a.csv\"\nformat = \"ndjson\""), LookupFormat::Ndjson);
    assert_eq!(format("path = \"a\"\nformat = \"json\""), LookupFormat::Json);
}

#[test]
fn what_is_wrong_with_a_lookup_is_told() {
    let check = |found: &str, replacement: &str, line: usize, expected: &str| {
        file_refused(found, replacement, &[(line, expected)]);
    };
    let path = "path  = \"geo.csv\"\n";
    check(path, "", 13, "`path` is missing in [lookup.geo]");
    check(path, "path = \"\"\n", 14, "`path` is empty; allowed: a path");
    check(
        path,
        "path = \"geo.txt\"\n",
        14,
        "`path` is \"geo.txt\"; allowed: a name that ends in .csv, .json or .ndjson",
    );
    check(path, "path = \"geo\"\nformat = \"cvs\"\n", 15, "`format` is \"cvs\"; allowed: csv, json, ndjson");
    check("key   = \"id\"\n", "", 13, "`key` is missing in [lookup.geo]");
    check("key   = \"id\"\n", "key = \"\"\n", 15, "`key` is empty");
    check("field = \"who\"\n", "", 13, "`field` is missing in [lookup.geo]");
    check(
        "field = \"who\"",
        "field = \"whom\"",
        16,
        "`field` names the field \"whom\", which there is not (did you mean `who`?)",
    );
    check("field = \"who\"", "field = \"host\"", 16, "declared: tag, url, who, amount");
    check("field = \"who\"", "field = \"city.name\"", 16, "`field` names the field \"city.name\"");
    check(
        "field = \"who\"",
        "field = \"tag\"",
        16,
        "`field` is \"tag\", which is a list; allowed: a field of one value",
    );
    check(
        "field = \"who\"",
        "field = \"who\"\ncolums = [\"a\"]",
        17,
        "unknown key `colums` in [lookup.geo] (did you mean `columns`?)",
    );
    check("[\"name\"]", "[]", 21, "`columns` is an empty list");
    check("[\"name\"]", "\"name\"", 21, "`columns` is \"name\"; allowed: a list of columns");
    check("[\"name\"]", "[\"name\", 5]", 21, "`columns` is 5; allowed: a string");
    check("[\"name\"]", "[\"a\", \"a\"]", 21, "`columns` names \"a\" twice");
    check("[\"name\"]", "[\"a b\"]", 21, "`column` is named \"a b\"");
    check("[lookup.geo]", "[lookup.\"a.b\"]", 13, "`lookup` is named \"a.b\"; allowed: 1 to 64 letters");
}

#[test]
fn a_lookup_is_no_field_and_no_number() {
    file_refused(
        "[lookup.geo]",
        "[lookup.who]",
        &[(13, "`lookup` is named \"who\"; allowed: any other name: there is a field `who`")],
    );
    file_refused("url    =", "\"geo.x\" =", &[(13, "there is a field `geo.x` already")]);
    file_refused("[lookup.geo]", "[lookup]\nx = 5\n[lookup.geo]", &[(14, "`x` is 5; allowed: a table")]);
}

#[test]
fn columns_are_fields_wherever_a_field_is() {
    for field in ["geo.anything", "city.name"] {
        view(&format!("kind = \"top\"\nby = \"tag\"\nper = {field:?}\nwindow = \"global\""));
        let metrics = format!("metrics = {{ a = \"max({field})\" }}");
        view(&format!("kind = \"series\"\nwindow = \"global\"\nby = {field:?}\n{metrics}"));
    }
    let expected = "`by` names the field \"city.nam\", which there is not (did you mean `city.name`?); declared: tag, url, who, amount, city.name, host, geo.COLUMN";
    view_refused("kind = \"top\"\nby = \"city.nam\"\nwindow = \"global\"", &[(2, expected)]);
    view_refused(
        "kind = \"top\"\nby = \"geo.\"\nwindow = \"global\"",
        &[(2, "`by` names the field \"geo.\"")],
    );
}

#[test]
fn the_columns_of_a_faulty_lookup_are_not_called_unknown_too() {
    let text = around("kind = \"top\"\nby = \"geo.x\"\nper = \"city.name\"\nwindow = \"global\"");
    let text = text.replacen("path  = \"geo.csv\"\n", "", 1).replacen("path  = \"city.csv\"\n", "", 1);
    refused(&text, &[(13, "`path` is missing in [lookup.geo]"), (16, "`path` is missing in [lookup.city]")]);
}
