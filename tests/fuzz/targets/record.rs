//! Any bytes as one line of a stream: decoding gives a record or a reason, never a panic.
//! The first byte chooses the schema; a record that is used again must equal a fresh one.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec};

/// What came before must leave no trace in a record that is used again.
const USED: &[u8] = br#"{"t":"2017-05-01T12:00:00Z","a":[{"b":"x"},{"b":"y"}],"c":1,"0":["z"]}"#;

fn schemas() -> &'static [Schema] {
    static SCHEMAS: OnceLock<Vec<Schema>> = OnceLock::new();
    let formats = [
        TimeFormat::Rfc3339,
        TimeFormat::Seconds,
        TimeFormat::Millis,
        TimeFormat::Micros,
        TimeFormat::Nanos,
        TimeFormat::Pattern("%a %b %d %H:%M:%S %z %Y".into()),
        TimeFormat::Pattern("%d/%b/%Y:%H:%M:%S%.f".into()),
    ];
    let paths = ["/a/*/b", "/a/0", "/a/*", "/c", "/c/d/*/e", "/~1~0", "/0/0", ""];
    let spec = |format| SchemaSpec {
        time: TimeSpec { at: "/t".into(), format },
        fields: paths.iter().enumerate().map(|(i, path)| (format!("f{i}"), (*path).into())).collect(),
        computed: Vec::new(),
    };
    SCHEMAS.get_or_init(|| {
        formats.map(|format| Schema::compile(&spec(format)).expect("the schema is sound")).into()
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((first, line)) = data.split_first() else { return };
    let schema = &schemas()[usize::from(*first) % schemas().len()];
    let mut fresh = Record::new(schema);
    let mut used = Record::new(schema);
    let _ = schema.decode(USED, &mut used);
    let outcome = schema.decode(line, &mut fresh);
    assert_eq!(outcome, schema.decode(line, &mut used));
    if outcome.is_ok() {
        // As text, so that a value that is not a number equals itself.
        assert_eq!(format!("{fresh:?}"), format!("{used:?}"));
    }
});
