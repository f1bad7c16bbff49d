//! Tables in their three formats, good and bad.

use oriel_derive::{Table, TableFormat};
use oriel_record::Value;
use proptest::prelude::*;

use TableFormat::{Csv, Json, Ndjson};

/// A table as text: its columns, then each row of the given keys.
fn shown(table: &Table, keys: &[&str]) -> String {
    let cell = |value: &Option<Value<'_>>| match value {
        None => "-".into(),
        Some(Value::Text(text)) => text.to_string(),
        Some(other) => format!("{other:?}"),
    };
    let row = |key: &&str| match table.get(&Value::Text((*key).into())) {
        None => "none".into(),
        Some(row) => row.iter().map(cell).collect::<Vec<_>>().join(" "),
    };
    [table.columns().join(" ")].into_iter().chain(keys.iter().map(row)).collect::<Vec<_>>().join(" | ")
}

fn check(format: TableFormat, text: &str, keys: &[&str], expected: &str) {
    let table = Table::parse(format, text.as_bytes(), "id", None).expect(text);
    assert_eq!(shown(&table, keys), expected, "{text}");
}

fn check_bad(format: TableFormat, text: &str, expected: &str) {
    let error = Table::parse(format, text.as_bytes(), "id", None).expect_err(text);
    assert_eq!(error.to_string(), expected, "{text}");
}

#[test]
fn comma_separated_values() {
    check(
        Csv,
        "id,name,city\n7,Acme,Rome\n8,\"A, B\",\n",
        &["7", "8", "9"],
        "name city | Acme Rome | A, B - | none",
    );
    check(Csv, "\u{feff}name,id\r\nAcme,7\r\n", &["7"], "name | Acme");
    check(Csv, "id,name\n7,\"two\nlines\"\n\n8,x", &["7", "8"], "name | two\nlines | x");
    check(Csv, "id,größe\nü,\"sehr \"\"groß\"\"\"\n", &["ü"], "größe | sehr \"groß\"");
}

#[test]
fn one_document_of_json() {
    check(
        Json,
        r#"[{"id":7,"name":"Acme","more":[1]},{"name":null,"id":"8","rank":2.5,"ok":true}]"#,
        &["7", "8", "9"],
        "name more rank ok | Acme Composite - - | - - Float(2.5) Bool(true) | none",
    );
    check(Json, r#"{"7":{"name":"Acme"},"8":{"rank":1}}"#, &["7", "8"], "name rank | Acme - | - Int(1)");
    check(Json, r#"{"7":{"id":"x","name":"Acme"}}"#, &["7", "x"], "name | Acme | none");
}

#[test]
fn json_by_the_line() {
    check(
        Ndjson,
        "{\"id\":7,\"name\":\"Acme\"}\n\n  {\"id\":\"8\",\"rank\":18446744073709551615}\r\n",
        &["7", "8"],
        "name rank | Acme - | - Float(1.8446744073709552e19)",
    );
}

#[test]
fn a_number_finds_the_key_it_is_written_as() {
    for (format, text) in [
        (Csv, "id,name\n7,Acme\ntrue,yes\n0.5,half\n"),
        (Json, r#"{"7":{"name":"Acme"},"true":{"name":"yes"},"0.5":{"name":"half"}}"#),
        (
            Ndjson,
            "{\"id\":7.0,\"name\":\"Acme\"}\n{\"id\":true,\"name\":\"yes\"}\n{\"id\":0.5,\"name\":\"half\"}",
        ),
    ] {
        let table = Table::parse(format, text.as_bytes(), "id", None).expect(text);
        let name = |key: Value<'_>| table.get(&key).and_then(|row| row[0].clone());
        let text = |name: &'static str| Some(Value::Text(name.into()));
        assert_eq!(name(Value::Int(7)), text("Acme"));
        assert_eq!(name(Value::Float(7.0)), text("Acme"));
        assert_eq!(name(Value::Text("7".into())), text("Acme"));
        assert_eq!(name(Value::Bool(true)), text("yes"));
        assert_eq!(name(Value::Float(0.5)), text("half"));
        assert_eq!(
            [Value::Text("07".into()), Value::Text("".into()), Value::Composite].map(name),
            [None, None, None]
        );
    }
}

#[test]
fn of_equal_keys_the_last_counts_and_rows_without_one_are_counted() {
    for (format, text) in [
        (Csv, "id,name\n7,old\n,lost\n7,new\n8,x\n"),
        (
            Ndjson,
            "{\"id\":7,\"name\":\"old\"}\n{\"id\":\"7\",\"name\":\"new\"}\n{\"name\":\"lost\"}\n{\"id\":8}",
        ),
        (Json, r#"[{"id":7,"name":"old"},{"id":[],"name":"lost"},{"id":"7","name":"new"},{"id":8}]"#),
    ] {
        let table = Table::parse(format, text.as_bytes(), "id", None).expect(text);
        assert_eq!((table.len(), table.duplicates(), table.keyless()), (2, 1, 1), "{text}");
        assert_eq!(shown(&table, &["7"]), "name | new", "{text}");
    }
}

#[test]
fn only_the_wanted_columns_are_kept_in_their_order() {
    let columns = ["city".to_owned(), "id".to_owned()];
    for (format, text) in [
        (Csv, "id,name,city\n7,Acme,Rome\n"),
        (Json, r#"[{"id":"7","name":"Acme","city":"Rome"}]"#),
        (Ndjson, r#"{"id":"7","name":"Acme","city":"Rome"}"#),
    ] {
        let table = Table::parse(format, text.as_bytes(), "id", Some(&columns)).expect(text);
        assert_eq!(shown(&table, &["7"]), "city id | Rome 7", "{text}");
        let missing = ["cty".to_owned()];
        let error = Table::parse(format, text.as_bytes(), "id", Some(&missing)).expect_err(text);
        let expected = "no column `cty`; allowed: `id`, `name` or `city` (did you mean `city`?)";
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn bad_comma_separated_values_name_their_line() {
    check_bad(Csv, "id,name\n7,Acme\n8,x,y\n", "line 3: 3 cells; allowed: 2, as in the first line");
    check_bad(Csv, "id,name\n7\n", "line 2: 1 cells; allowed: 2, as in the first line");
    check_bad(Csv, "ID,name\n7,x\n", "no column `id`; allowed: `ID` or `name` (did you mean `ID`?)");
    check_bad(Csv, "id,name,name\n7,x,y\n", "column `name` is there twice");
    check_bad(Csv, "id,name\n", "no rows; allowed: at least one");
    check_bad(Csv, "", "no rows; allowed: at least one");
    let error = Table::parse(Csv, b"id,name\n7,x\n8,\xff\n", "id", None).expect_err("no UTF-8");
    assert_eq!(error.to_string(), "line 3: bytes that are no UTF-8; allowed: text in UTF-8");
}

#[test]
fn bad_json_names_its_line_or_row() {
    let shapes = "a list of objects, or an object of them";
    check_bad(Json, "5", &format!("line 1: a number; allowed: {shapes}"));
    check_bad(
        Json,
        "[{\"id\":1},\n{\"id\":]",
        "line 2: expected value at column 7; allowed: one JSON document",
    );
    check_bad(Json, "", "no rows; allowed: at least one");
    check_bad(Json, "[", "line 1: EOF while parsing a list at column 1; allowed: one JSON document");
    check_bad(Json, r#"[{"id":1},7]"#, "row 2: a number; allowed: an object");
    check_bad(Json, r#"{"a":{},"b":"x"}"#, "row \"b\": a text; allowed: an object");
    check_bad(Json, r#"[{"Id":1}]"#, "no column `id`; allowed: `Id` (did you mean `Id`?)");
    check_bad(Json, "[]", "no rows; allowed: at least one");
    check_bad(Json, "{}", "no rows; allowed: at least one");
    check_bad(Ndjson, "\n\n", "no rows; allowed: at least one");
    check_bad(Ndjson, "{\"id\":1}\n[1]\n", "line 2: a list; allowed: an object");
    check_bad(
        Ndjson,
        "{\"id\":1}\n\n{\"id\":2",
        "line 3: EOF while parsing an object at column 7; allowed: one JSON object a line",
    );
    check_bad(
        Ndjson,
        "{\"id\":1} x\n",
        "line 1: trailing characters at column 10; allowed: one JSON object a line",
    );
}

fn format() -> impl Strategy<Value = TableFormat> {
    prop::sample::select(&[Csv, Json, Ndjson][..])
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(format in format(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Table::parse(format, &bytes, "id", None);
    }

    #[test]
    fn no_text_of_a_tables_pieces_makes_it_panic(
        format in format(),
        pieces in prop::collection::vec(
            prop::sample::select(&["id", ",", "\n", "\"", "{", "}", "[", "]", ":", "\"id\"", "7", "null", "\\", "é"][..]),
            0..30,
        ),
    ) {
        let _ = Table::parse(format, pieces.concat().as_bytes(), "id", None);
    }

    /// The same rows in all three formats are the same table.
    #[test]
    fn the_format_makes_no_difference(
        rows in prop::collection::vec((".{1,4}", prop::option::of(".{1,4}"), prop::option::of("[a-z\",\n]{1,4}")), 1..9),
    ) {
        let object = |(id, a, b): &(String, Option<String>, Option<String>)| serde_json::json!({"id": id, "a": a, "b": b});
        let objects: Vec<serde_json::Value> = rows.iter().map(object).collect();
        let lines: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "a", "b"]).expect("to memory");
        for (id, a, b) in &rows {
            let cells = [id, a.as_deref().unwrap_or_default(), b.as_deref().unwrap_or_default()];
            writer.write_record(cells).expect("to memory");
        }
        let csv = writer.into_inner().expect("to memory");
        let expected = Table::parse(Csv, &csv, "id", None);
        prop_assert!(expected.is_ok());
        prop_assert_eq!(&Table::parse(Json, serde_json::Value::from(objects).to_string().as_bytes(), "id", None), &expected);
        prop_assert_eq!(&Table::parse(Ndjson, lines.join("\n").as_bytes(), "id", None), &expected);
    }
}
