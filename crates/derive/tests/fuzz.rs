//! No text and no record makes compiling or evaluating panic or run away.

use oriel_derive::Expression;
use oriel_record::{FieldId, Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
use proptest::prelude::*;

/// What expressions are made of, and what upsets parsers.
const PIECES: [&str; 60] = [
    "a",
    "b",
    "list",
    "ads.name",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "?",
    ":",
    ",",
    ".",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    " in ",
    "null",
    "true",
    "false",
    "0",
    "1",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "0x7f",
    "3u",
    "'x'",
    "\"7\"",
    "'",
    "\"",
    "'''",
    "\\",
    "b'x'",
    "r'\\'",
    "lower(",
    "host(",
    "size(",
    "ratio(",
    "default(",
    "has(",
    "field(",
    "int(",
    ".contains(",
    ".exists(",
    "//",
    "\n",
    "é\u{0}",
];

fn schema() -> Schema {
    let names = [("a", false), ("b", false), ("ads.name", false), ("list", true)];
    let computed = names.map(|(name, list)| (name.to_owned(), list)).into();
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    Schema::compile(&SchemaSpec { time, fields: vec![], computed }).expect("good names")
}

fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop_oneof![Just(0), Just(1), Just(i64::MIN), Just(i64::MAX)].prop_map(Value::Int),
        prop::num::f64::NORMAL.prop_map(Value::Float),
        prop_oneof![Just(0.0), Just(-0.0), Just(f64::MAX), Just(9_223_372_036_854_775_808.0)]
            .prop_map(Value::Float),
        ".{0,8}".prop_map(|text| Value::Text(text.into())),
        prop_oneof![Just("7"), Just("http://é.x:1/"), Just("http://a.b/"), Just("")]
            .prop_map(|text| Value::Text(text.into())),
        Just(Value::Composite),
    ]
}

fn run(text: &str, values: &[Option<Value<'static>>], list: &[Value<'static>]) -> Result<(), TestCaseError> {
    let schema = schema();
    let mut record = Record::new(&schema);
    for (place, value) in values.iter().enumerate() {
        record.set(FieldId::nth(place), value.clone());
    }
    record.set(FieldId::nth(3), list.iter().cloned());
    if let Ok(expression) = Expression::compile(text, schema.names())
        && let Ok(values) = expression.evaluate(&record)
    {
        prop_assert!(values.len() <= 1 || expression.is_list(), "{values:?}");
        let finite = |value: &Value<'_>| !matches!(value, Value::Float(number) if !number.is_finite());
        prop_assert!(values.iter().all(finite), "{values:?}");
    }
    if let Ok(test) = Expression::compile_test(text, schema.names()) {
        let _ = test.test(&record);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pieces_of_expressions_in_any_order(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
        values in prop::collection::vec(prop::option::of(value()), 3),
        list in prop::collection::vec(value(), 0..4),
    ) {
        run(&pieces.concat(), &values, &list)?;
    }

    #[test]
    fn whole_expressions_over_any_values(
        (left, operator, right, around) in (
            prop::sample::select(&["a", "b", "list", "1", "'7'", "lower(a)", "-a", "[a, b]", "list[a]"][..]),
            prop::sample::select(&["+", "-", "*", "/", "%", "==", "<", ">=", "&&", "||", "in", "? a :"][..]),
            prop::sample::select(&["a", "b", "list", "0", "-1", "1e308", "size(list)", "default(a, b)", "int(b)"][..]),
            prop::sample::select(&["_", "string(_)", "host(_)", "ratio(_, a)", "!(_)", "(_) ? a : list", "size(_)"][..]),
        ),
        values in prop::collection::vec(prop::option::of(value()), 3),
        list in prop::collection::vec(value(), 0..4),
    ) {
        run(&around.replace('_', &format!("{left} {operator} {right}")), &values, &list)?;
    }

    #[test]
    fn any_text(text in ".{0,200}") {
        run(&text, &[None, None, None], &[])?;
    }
}

#[test]
fn the_worst_that_fits_is_still_soon_done() {
    let fill = |piece: &str| piece.repeat(1_000 / piece.len());
    for piece in
        ["(", "a?", "!", "-", "a.", "a+", "a||", "a<", ">{?[(", "a.b{", "[[", "f(", "'", "a[", "a?b:", ".a("]
    {
        run(&fill(piece), &[None, None, None], &[]).expect("no panic");
    }
}
