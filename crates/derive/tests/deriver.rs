//! Lookups and derived fields together, as a record meets them.

use std::sync::Arc;

use oriel_derive::{Deriver, LookupSpec, Misses, Table, TableFormat, Tables};
use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};

fn decoded() -> Vec<(String, bool)> {
    [("ad", false), ("user", false), ("clicks", false), ("tags", true)]
        .map(|(name, list)| (name.into(), list))
        .into()
}

fn lookup(name: &str, field: &str, columns: &[&str]) -> LookupSpec {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    LookupSpec { name: name.into(), field: field.into(), columns }
}

fn derived(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn tables() -> Tables {
    let table =
        |csv: &str| Arc::new(Table::parse(TableFormat::Csv, csv.as_bytes(), "id", None).expect("a table"));
    Tables::new(vec![table("id,name,price\n7,Acme,2.5\n8,,\n"), table("id,city\nu1,Rome\n")])
}

fn deriver() -> Deriver {
    let lookups = [lookup("ads", "ad", &["name", "price"]), lookup("users", "user", &["city"])];
    let fields = [
        ("brand", "lower(ads.name)"),
        ("place", "default(brand, '?') + '/' + default(users.city, '?')"),
        ("words", "[brand, tags]"),
        ("cost", "clicks * ads.price"),
    ];
    Deriver::compile(&decoded(), &lookups, &derived(&fields)).expect("good names")
}

/// The computed fields of each line in turn, and the misses of both lookups.
fn check(lines: &[(&str, &str)], expected_misses: [u64; 2]) {
    let deriver = deriver();
    let fields = decoded().into_iter().map(|(name, list)| {
        let at = format!("/{name}{}", if list { "/*" } else { "" });
        (name, at)
    });
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    let spec = SchemaSpec { time, fields: fields.collect(), computed: deriver.computed().to_vec() };
    let schema = Schema::compile(&spec).expect("good paths");
    let (tables, mut misses) = (tables(), Misses::default());
    let mut record = Record::new(&schema);
    let lines: Vec<(String, &str)> =
        lines.iter().map(|(members, shown)| (format!("{{\"t\":0{members}}}"), *shown)).collect();
    for (line, expected) in &lines {
        schema.decode(line.as_bytes(), &mut record).expect("a good line");
        let shown = match deriver.derive(&mut record, &tables, &mut misses) {
            Err(failed) => format!("{}: {}", failed.which, failed.why),
            Ok(()) => {
                let fields = schema.names()[4..].iter().filter_map(|(name, _)| schema.field(name));
                fields.map(|field| show(record.values(field))).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(shown, *expected, "{line}");
    }
    assert_eq!([misses.of(0), misses.of(1)], expected_misses);
    let mut twice = Misses::default();
    (0..2).for_each(|_| twice.merge(&misses));
    assert_eq!([twice.of(0), twice.of(1)], expected_misses.map(|misses| 2 * misses));
}

fn show(values: &[Value<'_>]) -> String {
    let show = |value: &Value<'_>| match value {
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    };
    if values.is_empty() { "-".into() } else { values.iter().map(show).collect::<Vec<_>>().join("+") }
}

#[test]
fn columns_then_derived_fields_each_using_those_before() {
    check(
        &[
            (
                r#","ad":7,"user":"u1","clicks":2,"tags":["x","y"]"#,
                "Acme 2.5 Rome acme acme/Rome acme+x+y Float(5.0)",
            ),
            (r#","ad":"7","clicks":2"#, "Acme 2.5 - acme acme/? acme Float(5.0)"),
            (r#","ad":8,"user":"u1""#, "- - Rome - ?/Rome - -"),
        ],
        [0, 0],
    );
}

#[test]
fn a_key_without_a_row_is_a_miss_and_no_key_is_none() {
    check(
        &[
            (r#","ad":9,"user":"u2""#, "- - - - ?/? - -"),
            (r#","ad":9"#, "- - - - ?/? - -"),
            (r#","ad":null,"user":{"id":1}"#, "- - - - ?/? - -"),
            ("", "- - - - ?/? - -"),
        ],
        [2, 2],
    );
}

#[test]
fn an_expression_that_fails_says_which() {
    check(
        &[
            (r#","ad":7,"clicks":"many""#, "3: `*` takes a number, and this text is none"),
            (r#","ad":7,"clicks":1"#, "Acme 2.5 - acme acme/? acme Float(2.5)"),
        ],
        [0, 0],
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let lookups = [lookup("ads", "at", &["name"]), lookup("users", "tags", &["city"])];
    let fields =
        [("a", "lower(b)"), ("b", "lower(ads.name)"), ("c", "b + a + d"), ("d", "d"), ("e", "users.town")];
    let errors = Deriver::compile(&decoded(), &lookups, &derived(&fields)).expect_err("all of it");
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let above = "decoded fields, columns of lookups, and derived fields above this one";
    assert_eq!(shown, [
        "`field` is `at`; allowed: `ad`, `user` or `clicks`".to_owned(),
        "`field` is `tags`, a list; allowed: `ad`, `user` or `clicks`".to_owned(),
        format!("`b` at column 7; allowed: {above}"),
        format!("`d` at column 9; allowed: {above}"),
        format!("`d` at column 1; allowed: {above}"),
        "`users.town` at column 1; allowed: `ad`, `user`, `clicks`, `tags`, `ads.name`, `users.city`, `a`, `b`, `c` \
         or `d` (did you mean `users.city`?)"
            .to_owned(),
    ]);
}

#[test]
fn a_table_is_replaced_as_a_whole() {
    let mut tables = tables();
    let other = tables.clone();
    let table = Table::parse(TableFormat::Csv, b"id,city\nu1,Oslo\n", "id", None).expect("a table");
    tables.replace(1, Arc::new(table));
    assert_ne!(tables, other);
    tables.replace(2, Arc::new(Table::parse(TableFormat::Csv, b"id\nu1\n", "id", None).expect("a table")));
}

#[test]
fn a_field_that_fails_takes_those_made_of_it_along_and_no_others() {
    let decoded: Vec<(String, bool)> = ["x", "y", "k"].map(|name| (name.to_owned(), false)).to_vec();
    let derived = [("r", "x / y"), ("lo", "lower(k)"), ("half", "r / 2")];
    let derived: Vec<(String, String)> = derived.map(|(name, text)| (name.into(), text.into())).to_vec();
    let deriver = Deriver::compile(&decoded, &[], &derived).expect("it compiles");
    let fields = decoded.iter().map(|(name, _)| (name.clone(), format!("/{name}"))).collect();
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    let schema = Schema::compile(&SchemaSpec { time, fields, computed: deriver.computed().to_vec() });
    let schema = schema.expect("good paths");
    let mut record = Record::new(&schema);
    let line = br#"{"t":1,"x":1,"y":0,"k":"A"}"#;
    schema.decode(line, &mut record).expect("a good line");
    let tables = Tables::default();
    let failed = deriver.derive(&mut record, &tables, &mut Misses::default()).expect_err("by nought");
    let field = |name: &str| schema.field(name).expect("declared");
    assert_eq!((failed.which, failed.fields), (0, vec![field("r"), field("half")]));
    assert_eq!(record.values(field("lo")), [Value::Text("a".into())]);
}
