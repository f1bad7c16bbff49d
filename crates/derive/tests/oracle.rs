//! Random expressions: what CEL's own interpreter gives a value, has that value here.
//!
//! Left out is where the languages differ on purpose: division of whole numbers, numeric
//! texts, nulls and loops.

use cel::{Context, Program};
use oriel_derive::Expression;
use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
use proptest::prelude::*;

type Text = BoxedStrategy<String>;

fn literal(of: &'static [&'static str]) -> Text {
    prop::sample::select(of).prop_map(str::to_owned).boxed()
}

fn whole(depth: u32) -> Text {
    let leaf = literal(&["n", "m", "0", "1", "-7", "42", "9223372036854775807"]);
    if depth == 0 {
        return leaf;
    }
    let (inner, text, test) = (whole(depth - 1), text(depth - 1), test(depth - 1));
    let operator = literal(&["+", "-", "*", "%"]);
    prop_oneof![
        2 => leaf,
        3 => (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        1 => inner.clone().prop_map(|a| format!("-({a})")),
        1 => text.prop_map(|a| format!("size({a})")),
        1 => (test, inner.clone(), inner).prop_map(|(t, a, b)| format!("({t} ? {a} : {b})")),
        1 => literal(&["[7, n][0]", "size([1, 2, 3])", "int(x)"]),
    ]
    .boxed()
}

fn double(depth: u32) -> Text {
    let leaf = literal(&["x", "y", "0.0", "1.5", "-2.25", "1e3"]);
    if depth == 0 {
        return leaf;
    }
    let inner = double(depth - 1);
    let operator = literal(&["+", "-", "*"]);
    prop_oneof![
        2 => leaf,
        3 => (inner.clone(), operator, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        1 => inner.prop_map(|a| format!("({a} / 3.0)")),
        1 => whole(depth - 1).prop_map(|a| format!("double({a})")),
    ]
    .boxed()
}

fn text(depth: u32) -> Text {
    let leaf = literal(&["s", "u", "'größe'", "\"a\"", "''", r#""\u00e9\n""#]);
    if depth == 0 {
        return leaf;
    }
    let (inner, test) = (text(depth - 1), test(depth - 1));
    prop_oneof![
        2 => leaf,
        2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => (test, inner.clone(), inner).prop_map(|(t, a, b)| format!("({t} ? {a} : {b})")),
    ]
    .boxed()
}

fn test(depth: u32) -> Text {
    let leaf = literal(&["b", "c", "true", "false", "n == null", "s != null"]);
    if depth == 0 {
        return leaf;
    }
    let (inner, text) = (test(depth - 1), text(depth - 1));
    let (whole, double) = (whole(depth - 1), double(depth - 1));
    let compare = literal(&["<", "<=", ">", ">=", "==", "!="]);
    let both = literal(&["&&", "||", "==", "!="]);
    let part = literal(&["contains", "startsWith", "endsWith"]);
    prop_oneof![
        1 => leaf,
        3 => (inner.clone(), both, inner.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        1 => inner.prop_map(|a| format!("!({a})")),
        2 => (whole.clone(), compare.clone(), whole.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        1 => (double.clone(), compare.clone(), double).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        // Of large numbers the reference compares only what is left of them as doubles.
        1 => (literal(&["x", "1.5", "3.0"]), compare.clone(), literal(&["3", "1", "size(s)"]))
            .prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        2 => (text.clone(), compare, text.clone()).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
        1 => (text.clone(), part, text.clone()).prop_map(|(a, f, b)| format!("({a}).{f}({b})")),
        1 => whole.prop_map(|a| format!("({a} in [1, 2.0, 42])")),
        1 => text.prop_map(|a| format!("({a} in ['a', ''])")),
    ]
    .boxed()
}

/// A value for each name: absent, or of its kind.
fn members() -> impl Strategy<Value = Vec<(&'static str, serde_json::Value)>> {
    let whole = prop_oneof![Just(0), Just(i64::MIN), -9i64..9];
    let double = prop_oneof![Just(0.5), -1e3..1e3];
    let text = prop_oneof![Just("a"), Just("größe"), Just("")];
    let json = |strategy: BoxedStrategy<serde_json::Value>| prop::option::weighted(0.8, strategy);
    let of = |name: &'static str| match name {
        "n" | "m" => json(whole.clone().prop_map(serde_json::Value::from).boxed()),
        "x" | "y" => json(double.clone().prop_map(serde_json::Value::from).boxed()),
        "s" | "u" => json(text.clone().prop_map(serde_json::Value::from).boxed()),
        _ => json(any::<bool>().prop_map(serde_json::Value::from).boxed()),
    };
    NAMES.map(|name| of(name).prop_map(move |value| (name, value.unwrap_or_default()))).to_vec()
}

const NAMES: [&str; 8] = ["n", "m", "x", "y", "s", "u", "b", "c"];

/// What CEL's interpreter gives, if it gives anything finite.
fn reference(text: &str, members: &[(&str, serde_json::Value)]) -> Option<cel::Value> {
    let mut context = Context::default();
    for (name, value) in members {
        context.add_variable_from_value(
            *name,
            match value {
                serde_json::Value::Bool(truth) => cel::Value::Bool(*truth),
                serde_json::Value::String(text) => text.as_str().into(),
                serde_json::Value::Number(number) => match number.as_i64() {
                    Some(whole) => cel::Value::Int(whole),
                    None => cel::Value::Float(number.as_f64().expect("a number")),
                },
                _ => cel::Value::Null,
            },
        );
    }
    Program::compile(text).expect(text).execute(&context).ok()
}

fn ours(text: &str, members: &[(&str, serde_json::Value)]) -> Result<Vec<Value<'static>>, String> {
    let fields = NAMES.iter().map(|name| ((*name).to_owned(), format!("/{name}"))).collect();
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    let schema = Schema::compile(&SchemaSpec { time, fields, computed: vec![] }).expect("good paths");
    let object: serde_json::Map<_, _> = members
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .chain([("t".into(), 0.into())])
        .collect();
    let line = serde_json::Value::Object(object).to_string();
    let mut record = Record::new(&schema);
    schema.decode(line.as_bytes(), &mut record).expect("a good line");
    let expression = Expression::compile(text, schema.names()).map_err(|error| error.to_string())?;
    expression.evaluate(&record).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn what_the_reference_gives_a_value_has_that_value(
        text in prop_oneof![test(3), whole(3), double(3), text(3)],
        members in members(),
    ) {
        let expected = match reference(&text, &members) {
            Some(cel::Value::Bool(truth)) => vec![Value::Bool(truth)],
            Some(cel::Value::Int(whole)) => vec![Value::Int(whole)],
            Some(cel::Value::Float(number)) => vec![Value::Float(number)],
            Some(cel::Value::String(text)) => vec![Value::Text(text.to_string().into())],
            Some(cel::Value::Null) => vec![],
            _ => return Ok(()),
        };
        prop_assert_eq!(ours(&text, &members), Ok(expected));
    }
}
