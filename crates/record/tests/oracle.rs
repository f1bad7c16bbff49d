//! The trie walk against a naive one over a tree that another parser built.

use oriel_record::{Bad, FieldId, Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
use proptest::prelude::*;
use serde_json::Value as Json;

/// A document as it will be written: members may repeat a key.
#[derive(Clone, Debug)]
enum Doc {
    Scalar(&'static str),
    Number(i64),
    Text(String),
    Array(Vec<Doc>),
    Object(Vec<(&'static str, Doc)>),
}

const KEYS: [&str; 7] = ["a", "b", "0", "1", "", "a/b", "m~n"];
const SCALARS: [&str; 8] =
    ["null", "true", "false", "1.25", "-0.5e3", "18446744073709551615", "\"\"", "\"7\""];
const STEPS: [&str; 9] = ["a", "b", "0", "1", "", "a~1b", "m~0n", "*", "*"];

fn doc() -> impl Strategy<Value = Doc> {
    let leaf = prop_oneof![
        prop::sample::select(&SCALARS[..]).prop_map(Doc::Scalar),
        any::<i64>().prop_map(Doc::Number),
        "[a-c\"\\\\/\n\u{1}é日😀]{0,40}".prop_map(Doc::Text),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Doc::Array),
            prop::collection::vec((prop::sample::select(&KEYS[..]), inner), 0..5).prop_map(Doc::Object),
        ]
    })
}

/// An object, mostly with a time at `/t`.
fn timed_doc() -> impl Strategy<Value = Doc> {
    let members = prop::collection::vec((prop::sample::select(&KEYS[..]), doc()), 1..6);
    (members, any::<prop::sample::Index>(), 0..1_000_000i64, 0..9).prop_map(
        |(mut members, place, time, one)| {
            if one > 0 {
                members.insert(place.index(members.len()), ("t", Doc::Number(time)));
            }
            Doc::Object(members)
        },
    )
}

fn write(doc: &Doc, gap: &str, ascii: bool, out: &mut String) {
    match doc {
        Doc::Scalar(text) => out.push_str(text),
        Doc::Number(number) => out.push_str(&number.to_string()),
        Doc::Text(text) => write_text(text, ascii, out),
        Doc::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index == 0 { gap } else { "," });
                write(element, gap, ascii, out);
                out.push_str(gap);
            }
            out.push(']');
        }
        Doc::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { gap } else { "," });
                write_text(key, ascii, out);
                out.push_str(gap);
                out.push(':');
                out.push_str(gap);
                write(value, gap, ascii, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, ascii: bool, out: &mut String) {
    if !ascii {
        return out.push_str(&Json::from(text).to_string());
    }
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04x}"));
    }
    out.push('"');
}

fn pointer() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&STEPS[..]), 0..5)
        .prop_map(|steps| steps.iter().map(|step| format!("/{step}")).collect())
}

/// The values at a pointer, as its definition reads.
fn naive(json: &Json, steps: &[&str], out: &mut Vec<Value<'static>>) {
    let Some((step, rest)) = steps.split_first() else {
        out.extend(match json {
            Json::Null => None,
            Json::Bool(value) => Some(Value::Bool(*value)),
            Json::Number(number) => Some(match number.as_i64() {
                Some(value) => Value::Int(value),
                None => Value::Float(number.as_f64().expect("every number is")),
            }),
            Json::String(text) => Some(Value::Text(text.clone().into())),
            Json::Array(list) if list.is_empty() => Some(Value::EmptyList),
            Json::Array(_) | Json::Object(_) => Some(Value::Composite),
        });
        return;
    };
    match (json, *step) {
        (Json::Array(elements), "*") => elements.iter().for_each(|element| naive(element, rest, out)),
        (Json::Null, _) => {}
        (_, "*") => out.push(Value::Composite),
        (Json::Array(elements), key) => {
            let element = key.parse().ok().and_then(|index: usize| elements.get(index));
            element.into_iter().for_each(|element| naive(element, rest, out));
        }
        (Json::Object(members), key) => {
            let member = members.get(&key.replace("~1", "/").replace("~0", "~"));
            member.into_iter().for_each(|member| naive(member, rest, out));
        }
        _ => {}
    }
}

fn naive_values(json: &Json, pointer: &str) -> Vec<Value<'static>> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut out = Vec::new();
    naive(json, &steps, &mut out);
    out
}

/// Milliseconds as a whole number or a string of one, within the valid years.
fn naive_time(json: &Json, pointer: &str) -> Option<i64> {
    let millis = match naive_values(json, pointer).pop()? {
        Value::Int(value) => value,
        Value::Float(value) => value as i64,
        Value::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    (-62_135_596_800_000..=253_402_300_799_999).contains(&millis).then_some(millis)
}

fn schema(time: &str, pointers: &[String]) -> (Schema, Vec<FieldId>) {
    let fields: Vec<_> = pointers.iter().enumerate().map(|(id, at)| (format!("f{id}"), at.clone())).collect();
    let time = TimeSpec { at: time.into(), format: TimeFormat::Millis };
    let schema = Schema::compile(&SchemaSpec { time, fields: fields.clone(), computed: vec![] })
        .expect("all pointers are good");
    let ids = fields.iter().map(|(name, _)| schema.field(name).expect("declared")).collect();
    (schema, ids)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn values_are_those_of_a_naive_walk(
        doc in timed_doc(),
        at in prop_oneof![3 => Just("/t".to_owned()), 1 => pointer().prop_map(|at| at.replace('*', "a"))],
        pointers in prop::collection::vec(pointer(), 0..6),
        gap in prop::sample::select(&["", " ", "\t \r"][..]),
        ascii in any::<bool>(),
    ) {
        let (schema, ids) = schema(&at, &pointers);
        let mut line = String::new();
        write(&doc, gap, ascii, &mut line);
        let json: Json = serde_json::from_str(&line).expect("a good document");
        let mut record = Record::new(&schema);
        // A record that has been used before must not show it.
        let _ = schema.decode(br#"{"a":{"a":1,"0":2},"b":[1,2,"x"],"0":0,"1":[[3]]}"#, &mut record);
        let decoded = schema.decode(line.as_bytes(), &mut record);
        match naive_time(&json, &at) {
            None => prop_assert_eq!(decoded, Err(Bad::Time)),
            Some(millis) => {
                prop_assert_eq!(decoded, Ok(()));
                prop_assert_eq!(record.time().millis(), millis);
                for (id, pointer) in ids.iter().zip(&pointers) {
                    prop_assert_eq!(record.values(*id), &naive_values(&json, pointer)[..], "{} {}", pointer, line);
                }
            }
        }
    }

    #[test]
    fn a_damaged_line_is_judged_as_another_parser_judges_it(
        doc in doc(),
        ascii in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), damage()), 0..3),
    ) {
        let mut text = String::new();
        write(&doc, "", ascii, &mut text);
        let mut line = text.into_bytes();
        for (place, bytes) in changes {
            let place = place.index(line.len() + 1);
            let end = (place + bytes.len() % 3).min(line.len());
            line.splice(place..end, bytes);
        }
        let (schema, _) = schema("/a", &["/b".into(), "/*".into()]);
        let ours = schema.decode(&line, &mut Record::new(&schema)) != Err(Bad::Syntax);
        let theirs = serde_json::from_slice::<Json>(&line);
        // What it says of lone surrogates we do not follow.
        if let Err(error) = &theirs {
            // What it says of lone surrogates we do not follow.
            let said = error.to_string();
            if said.contains("surrogate") || said.contains("unexpected end of hex escape") {
                return Ok(());
            }
        }
        prop_assert_eq!(ours, theirs.is_ok(), "{:?} {:?}", String::from_utf8_lossy(&line), theirs);
    }

    #[test]
    fn no_bytes_make_it_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let (schema, _) = schema("/a", &["/b".into(), "/*".into()]);
        let _ = schema.decode(&line, &mut Record::new(&schema));
    }
}

const PIECES: [&str; 17] =
    ["\"", "\\", "\\u12", "\\u00zz", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "tru", "\u{0}", "é"];

fn damage() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..3),
    ]
}
