//! Single lines, and what must come of them.

use oriel_record::{Bad, FieldId, Record, Schema, SchemaError, SchemaSpec, TimeFormat, TimeSpec, Value};

fn spec(at: &str, format: TimeFormat, fields: &[(&str, &str)]) -> SchemaSpec {
    let fields = fields.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect();
    SchemaSpec { time: TimeSpec { at: at.into(), format }, fields, computed: vec![] }
}

fn tweets() -> Schema {
    let fields = [("hashtag", "/data/entities/hashtags/*/tag"), ("url", "/data/entities/urls/*/url")];
    Schema::compile(&spec("/data/created_at", TimeFormat::Rfc3339, &fields)).expect("good paths")
}

/// The values of field `x` at `/x`, in a document `{"t":0,…}`.
fn check(path: &str, members: &str, expected: &[Value<'_>]) {
    let schema = Schema::compile(&spec("/t", TimeFormat::Millis, &[("x", path)])).expect("a good path");
    let mut record = Record::new(&schema);
    let line = format!("{{\"t\":0,{members}}}");
    assert_eq!(schema.decode(line.as_bytes(), &mut record), Ok(()), "{line}");
    assert_eq!(record.values(schema.field("x").expect("declared")), expected, "{line}");
}

fn check_bad(line: &[u8], expected: Bad) {
    let schema = tweets();
    let decoded = schema.decode(line, &mut Record::new(&schema));
    assert_eq!(decoded, Err(expected), "{:?}", String::from_utf8_lossy(line));
}

fn check_time(format: TimeFormat, json: &str, expected: Option<i64>) {
    let schema = Schema::compile(&spec("/t", format, &[])).expect("a good format");
    let line = format!("{{\"t\":{json}}}");
    let mut record = Record::new(&schema);
    let time = schema.decode(line.as_bytes(), &mut record).map(|()| record.time().millis());
    assert_eq!(time, expected.ok_or(Bad::Time), "{line}");
}

#[test]
fn a_tweet_gives_its_tags_and_urls() {
    let line = br#"{"data":{"id":"1","text":"hi \"you\" #rust","created_at":"2017-05-01T12:00:00.123Z","lang":"en",
        "entities":{"hashtags":[{"start":9,"tag":"rust"},{"tag":""},{"tag":null},{}],"urls":[{"url":"https:\/\/t.co\/1"}]}}}"#;
    let schema = tweets();
    let mut record = Record::new(&schema);
    assert_eq!(schema.decode(line, &mut record), Ok(()));
    let [hashtag, url] = ["hashtag", "url"].map(|name| schema.field(name).expect("declared"));
    assert_eq!(record.time().millis(), 1_493_640_000_123);
    assert_eq!(record.values(hashtag), [Value::Text("rust".into()), Value::Text("".into())]);
    assert!(!record.values(hashtag)[0].is_empty() && record.values(hashtag)[1].is_empty());
    assert_eq!(record.values(url), [Value::Text("https://t.co/1".into())]);
    assert!(schema.is_list(hashtag) && schema.field("text").is_none());
}

#[test]
fn broken_lines_are_bad_syntax() {
    let good = br#"{"data":{"created_at":"2017-05-01T12:00:00Z"}}"#;
    for cut in 0..good.len() {
        check_bad(&good[..cut], Bad::Syntax);
    }
    let lines: [&[u8]; 7] = [
        br#"{"data":{"created_at":"2017-05-01T12:00:00Z"}} x"#,
        br#"{"data":{"created_at":"2017-05-01T12:00:00Z"}}{}"#,
        br#"{"data":{"created_at":"2017-05-01T12:00:00Z","text":"\u12zz"}}"#,
        br#"{"data":{"created_at":"2017-05-01T12:00:00Z","text":"\x"}}"#,
        b"{\"data\":{\"created_at\":\"2017-05-01T12:00:00Z\",\"text\":\"\xff\"}}",
        b"{\"data\":{\"created_at\":\"2017-05-01T12:00:00Z\",\"text\":\"\t\"}}",
        br#"{"data":{"created_at":"2017-05-01T12:00:00Z","n":1e999}}"#,
    ];
    lines.into_iter().for_each(|line| check_bad(line, Bad::Syntax));
}

#[test]
fn a_missing_or_absurd_time_is_bad_time() {
    for line in [r"{}", "5", "[]", r#"{"data":null}"#, r#"{"data":{"created_at":null}}"#] {
        check_bad(line.as_bytes(), Bad::Time);
    }
    for time in ["1", "true", "{}", "[]", r#""""#, r#""yesterday""#, r#""0000-01-01T00:00:00Z""#] {
        check_bad(format!(r#"{{"data":{{"created_at":{time}}}}}"#).as_bytes(), Bad::Time);
    }
}

#[test]
fn deep_nesting_is_bad_syntax_and_no_overflow() {
    for (open, close) in [("[", "]"), ("{\"data\":", "}"), ("{\"x\":[", "]}")] {
        for close in [close, ""] {
            let line = [open.repeat(100_000), "1".into(), close.repeat(100_000)].concat();
            check_bad(line.as_bytes(), Bad::Syntax);
        }
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    check("/x", r#""x":1,"x":2"#, &[Value::Int(2)]);
    check("/x", r#""x":1,"x":null"#, &[]);
    check("/x/*", r#""x":[1,2],"x":[3]"#, &[Value::Int(3)]);
    check("/x/*/y", r#""x":[{"y":1},{"y":2,"y":3},{"y":4}]"#, &[1, 3, 4].map(Value::Int));
    check("/x/*/y", r#""x":[{"y":1}],"\u0078":[{"y":2,"y":3}]"#, &[Value::Int(3)]);
    check_time(TimeFormat::Millis, r#"1,"t":2"#, Some(2));
    check_time(TimeFormat::Millis, r#"1,"t":null"#, None);
    check_time(TimeFormat::Millis, r#"1,"t":"x""#, None);
}

#[test]
fn more_keys_than_a_word_has_bits_still_repeat_cleanly() {
    let fields: Vec<(String, String)> = (0..100).map(|n| (format!("f{n}"), format!("/k{n}"))).collect();
    let time = TimeSpec { at: "/k99".into(), format: TimeFormat::Seconds };
    let schema = Schema::compile(&SchemaSpec { time, fields, computed: vec![] }).expect("good paths");
    let members: Vec<String> = (0..200).map(|n| format!("\"k{}\":{n}", n % 100)).collect();
    let line = format!("{{{}}}", members.join(","));
    let mut record = Record::new(&schema);
    assert_eq!(schema.decode(line.as_bytes(), &mut record), Ok(()));
    assert_eq!(record.time().millis(), 199_000);
    for n in 0..100 {
        let field = schema.field(&format!("f{n}")).expect("declared");
        assert_eq!(record.values(field), [Value::Int(100 + n)]);
    }
}

#[test]
fn a_lone_surrogate_is_replaced_and_loses_nothing_else() {
    check("/x", r#""y":"\udc00","x":"a\ud800b""#, &[Value::Text("a\u{fffd}b".into())]);
    check("/x", r#""x":"\ud83d\ude00""#, &[Value::Text("😀".into())]);
}

#[test]
fn what_is_no_scalar_is_composite() {
    check("/x", r#""x":{"y":1}"#, &[Value::Composite]);
    check("/x", r#""x":[1]"#, &[Value::Composite]);
    check("/x/*", r#""x":5"#, &[Value::Composite]);
    check("/x/*", r#""x":{"0":5}"#, &[Value::Composite]);
    check("/x/*/y", r#""x":"text""#, &[Value::Composite]);
    check("/x/*/y", r#""x":["text",5,null,[]]"#, &[]);
    check("/x/*", r#""x":[[],{},1]"#, &[Value::EmptyList, Value::Composite, Value::Int(1)]);
    check("/x", r#""x":[]"#, &[Value::EmptyList]);
}

#[test]
fn elements_by_number_and_all_together() {
    check("/x/1", r#""x":[5,6,7]"#, &[Value::Int(6)]);
    check("/x/01", r#""x":[5,6,7]"#, &[]);
    check("/x/1", r#""x":{"1":6}"#, &[Value::Int(6)]);
    check("/x/*/0", r#""x":[[5],[6,7]]"#, &[Value::Int(5), Value::Int(6)]);
    check("/x/*/*", r#""x":[[5],[6,7]]"#, &[5, 6, 7].map(Value::Int));
}

#[test]
fn epoch_times_are_numbers_or_numeric_strings() {
    check_time(TimeFormat::Millis, "1493619737000", Some(1_493_619_737_000));
    check_time(TimeFormat::Millis, r#""1493619737000""#, Some(1_493_619_737_000));
    check_time(TimeFormat::Millis, "-1.5", Some(-2));
    check_time(TimeFormat::Seconds, "1493619737.123", Some(1_493_619_737_123));
    check_time(TimeFormat::Seconds, r#""1493619737.1239""#, Some(1_493_619_737_123));
    check_time(TimeFormat::Seconds, "-1", Some(-1_000));
    check_time(TimeFormat::Micros, "-1", Some(-1));
    check_time(TimeFormat::Nanos, "1493619737000999999", Some(1_493_619_737_000));
    check_time(TimeFormat::Nanos, "18446744073709551615", Some(18_446_744_073_709));
    for absurd in
        ["9223372036854775807", "1e300", "-1e300", r#""inf""#, r#""nan""#, r#""""#, r#"" 1""#, "true"]
    {
        check_time(TimeFormat::Seconds, absurd, None);
        check_time(TimeFormat::Millis, absurd, None);
    }
}

#[test]
fn patterns_read_with_and_without_offset_and_time() {
    let pattern = |text: &str| TimeFormat::Pattern(text.into());
    check_time(
        pattern("%a %b %d %H:%M:%S %z %Y"),
        r#""Mon May 01 06:22:17 +0000 2017""#,
        Some(1_493_619_737_000),
    );
    check_time(pattern("%a %b %d %H:%M:%S %z %Y"), r#""Tue May 01 06:22:17 +0000 2017""#, None);
    check_time(pattern("%Y-%m-%d %H:%M:%S%.f"), r#""2017-05-01 06:22:17.5""#, Some(1_493_619_737_500));
    check_time(pattern("%d/%m/%Y"), r#""01/05/2017""#, Some(1_493_596_800_000));
    check_time(pattern("%s"), r#""1493619737""#, Some(1_493_619_737_000));
    check_time(pattern("%Y"), r#""2017""#, None);
    assert!(pattern("%Q").check().is_err() && pattern("%Y").check().is_ok());
}

#[test]
fn a_schema_that_makes_no_sense_does_not_compile() {
    let compile =
        |at: &str, fields: &[(&str, &str)]| Schema::compile(&spec(at, TimeFormat::Rfc3339, fields)).err();
    assert!(matches!(compile("t", &[]), Some(SchemaError::TimePointer(_))));
    assert_eq!(compile("/t/*", &[]), Some(SchemaError::TimeList));
    assert!(matches!(compile("/t", &[("x", "x")]), Some(SchemaError::Pointer(..))));
    assert_eq!(compile("/t", &[("x", "/a"), ("x", "/b")]), Some(SchemaError::Twice("x".into())));
    assert_eq!(compile("/t", &[("x", "/t"), ("y", "/t/*"), ("z", "")]), None);
}

#[test]
fn computed_fields_follow_the_others_and_are_emptied_by_the_next_line() {
    let mut spec = spec("/t", TimeFormat::Millis, &[("x", "/x"), ("y", "/y/*")]);
    spec.computed = vec![("ads.name".into(), false), ("words".into(), true)];
    let schema = Schema::compile(&spec).expect("good paths");
    let names: Vec<(&str, bool)> = schema.names().iter().map(|(name, list)| (&**name, *list)).collect();
    assert_eq!(names, [("x", false), ("y", true), ("ads.name", false), ("words", true)]);
    let words = schema.field("words").expect("computed");
    assert_eq!((words, schema.is_list(words)), (FieldId::nth(3), true));
    let mut record = Record::new(&schema);
    for line in [&br#"{"t":0,"x":1,"words":[1],"ads.name":2}"#[..], br#"{"t":0,"x":2,"x":1}"#] {
        assert_eq!(schema.decode(line, &mut record), Ok(()));
        assert_eq!(record.values(FieldId::nth(0)), [Value::Int(1)]);
        assert_eq!(record.values(words), []);
        record.set(words, [1, 2, 3].map(Value::Int));
        record.set(words, ["a", "b"].map(|word| Value::Text(word.into())));
        assert_eq!(record.values(words), ["a", "b"].map(|word| Value::Text(word.into())));
    }
    spec.computed.push(("x".into(), false));
    assert_eq!(Schema::compile(&spec).err(), Some(SchemaError::Twice("x".into())));
}
