//! Any text as an expression, and any bytes as a table: compiling and parsing give what
//! they make of it or an error, and what was compiled evaluates; nothing panics. The first
//! byte chooses; the text ends at the first line end, what follows is the record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_derive::{Expression, Table, TableFormat};
use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
use std::sync::OnceLock;

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    let paths = [("a", "/a"), ("b", "/b"), ("list", "/list/*"), ("ads.name", "/ads/name")];
    SCHEMA.get_or_init(|| {
        let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
        let fields = paths.iter().map(|(name, at)| ((*name).into(), (*at).into())).collect();
        Schema::compile(&SchemaSpec { time, fields, computed: Vec::new() }).expect("the schema is sound")
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    match first % 4 {
        0 => a_table(TableFormat::Csv, rest),
        1 => a_table(TableFormat::Json, rest),
        2 => a_table(TableFormat::Ndjson, rest),
        _ => an_expression(rest),
    }
});

fn a_table(format: TableFormat, bytes: &[u8]) {
    let Ok(table) = Table::parse(format, bytes, "id", None) else { return };
    assert!(!table.is_empty() || table.keyless() > 0, "a table without rows is an error");
    assert!(!table.columns().iter().any(|column| column == "id"), "the key is no column");
    for key in
        [Value::Text("1".into()), Value::Int(1), Value::Float(1.5), Value::Bool(true), Value::Composite]
    {
        let row = table.get(&key);
        assert!(row.is_none_or(|row| row.len() == table.columns().len()));
    }
}

fn an_expression(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (text, line) = bytes.split_at(end);
    let Ok(text) = str::from_utf8(text) else { return };
    let mut record = Record::new(schema());
    if schema().decode(line.trim_ascii(), &mut record).is_err() {
        let plain = br#"{"t":1,"a":7,"b":"2.5","list":["x",null,3],"ads":{"name":"Acme"}}"#;
        schema().decode(plain, &mut record).expect("a good line");
    }
    let names = schema().names();
    match Expression::compile(text, names) {
        Ok(expression) => {
            let values = expression.evaluate(&record);
            let list = values.is_ok_and(|values| values.len() > 1);
            assert!(!list || expression.is_list(), "one value was promised");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(test) = Expression::compile_test(text, names) {
        let _ = test.test(&record);
    }
}
