//! Expressions and what they give on one record.

use oriel_aggregate::Number;
use oriel_derive::Expression;
use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};

const LINE: &str = r#"{"t":0, "lang":"en", "tag":"Rust", "clicks":3, "seen":1000, "cost":0.5, "price":"2.50",
    "big":9007199254740993, "ok":true, "url":"https://Blog.Example.com:8080/a?b#c", "name":"Acme",
    "id":"u7", "package":"p", "tags":["Go","Rust",7], "urls":["http://a.b/","mailto:x@y","http://c.d"],
    "who":{"a":1}, "max":9223372036854775807, "none":null, "blank":""}"#;

const FIELDS: [(&str, &str); 20] = [
    ("lang", "/lang"),
    ("tag", "/tag"),
    ("clicks", "/clicks"),
    ("seen", "/seen"),
    ("cost", "/cost"),
    ("price", "/price"),
    ("big", "/big"),
    ("ok", "/ok"),
    ("url", "/url"),
    ("ads.name", "/name"),
    ("ads", "/lang"),
    ("user-id", "/id"),
    ("package", "/package"),
    ("tags", "/tags/*"),
    ("urls", "/urls/*"),
    ("who", "/who"),
    ("max", "/max"),
    ("gone", "/none"),
    ("nothing", "/nothing/*"),
    ("blank", "/blank"),
];

fn schema() -> Schema {
    let fields = FIELDS.map(|(name, at)| (name.to_owned(), at.to_owned())).into();
    let time = TimeSpec { at: "/t".into(), format: TimeFormat::Millis };
    Schema::compile(&SchemaSpec { time, fields, computed: vec![] }).expect("good paths")
}

/// What an expression gives, as text: values with spaces between, or the error.
fn shown(text: &str) -> String {
    let schema = schema();
    let mut record = Record::new(&schema);
    schema.decode(LINE.as_bytes(), &mut record).expect("a good line");
    let expression =
        Expression::compile(text, schema.names()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let show = |value: &Value<'_>| match value {
        Value::Bool(truth) => truth.to_string(),
        Value::Int(whole) => whole.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::Composite => "{}".into(),
        Value::EmptyList => "[]".into(),
    };
    match expression.evaluate(&record) {
        Ok(values) if values.is_empty() => "nothing".into(),
        Ok(values) => values.iter().map(show).collect::<Vec<_>>().join(" "),
        Err(error) => error.to_string(),
    }
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

#[test]
fn names_are_fields() {
    check(&[
        ("lang", r#""en""#),
        ("ads.name", r#""Acme""#),
        ("ads.name == 'Acme' && ads == 'en'", "true"),
        ("lower(ads.name)", r#""acme""#),
        ("ads.name.lower()", r#""acme""#),
        (r#"field("user-id")"#, r#""u7""#),
        (r#"field("package").upper()"#, r#""P""#),
        ("tags", r#""Go" "Rust" 7"#),
        ("who", "{}"),
        ("gone", "nothing"),
        ("nothing", "nothing"),
    ]);
}

#[test]
fn numbers_compare_by_value_and_texts_by_their_bytes() {
    check(&[
        ("clicks > 2", "true"),
        ("clicks > 2.5", "true"),
        ("clicks == 3.0", "true"),
        ("cost < clicks", "true"),
        ("big == 9007199254740992.0", "false"),
        ("big > 9007199254740992.0", "true"),
        ("max < 9223372036854775808.0", "true"),
        ("-9223372036854775808 >= -9223372036854775808.0", "true"),
        ("'B' < 'a'", "true"),
        ("'10' < '9'", "true"),
        ("tag != 'rust'", "true"),
        ("ok == true", "true"),
        ("ok == 1", "false"),
        ("who == who", "false"),
        ("tags == ['Go', 'Rust', 7]", "true"),
        ("tags == ['Go', 'Rust']", "false"),
    ]);
}

#[test]
fn beside_a_number_a_numeric_text_is_one() {
    check(&[
        ("price > 2", "true"),
        ("price == 2.5", "true"),
        ("'7' in tags", "true"),
        ("price * 2", "5.0"),
        ("'3' + 4", "7"),
        ("'3' + '4'", r#""34""#),
        ("'3' * '4'", "12"),
        ("-price", "-2.5"),
        ("lang == 3", "false"),
        ("lang > 3", "`>` takes a number, and this text is none"),
        ("lang + 3", "`+` takes a number, and this text is none"),
        ("blank * 2", "`*` takes a number, and this text is none"),
        ("'inf' * 2", "`*` takes a number, and this text is none"),
        ("'1e999' * 2", "`*` takes a number, and this text is none"),
    ]);
}

#[test]
fn a_text_is_the_number_that_a_metric_would_read_in_it() {
    let texts = ["5", "+5", "05", ".5", "5.", "-.5", "5.0", "-5e0", "5e+0", "5e", "1e", "1_0", " 5", "0x5"];
    for text in texts {
        let read = match Number::parse(text) {
            Some(Number::Int(whole)) => whole.to_string(),
            Some(Number::Float(number)) => format!("{number:?}"),
            None => "`+` takes a number, and this text is none".into(),
        };
        check(&[(&format!("'{text}' + 0"), &read)]);
        let is_one = Number::parse(text).is_some_and(|number| number == Number::from_i64(5));
        check(&[(&format!("'{text}' == 5"), &is_one.to_string())]);
    }
    for none in ["+5", ".5", "5."] {
        check(&[(&format!("'{none}' >= 0"), "`>=` takes a number, and this text is none")]);
    }
}

#[test]
fn arithmetic_is_exact_where_it_can_be_and_never_cut() {
    check(&[
        ("clicks + 4", "7"),
        ("clicks - 4.5", "-1.5"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("clicks / seen", "0.003"),
        ("6 / 3", "2"),
        ("7 / 2", "3.5"),
        ("-7 % 3", "-1"),
        ("7.5 % 2", "1.5"),
        ("max - 1", "9223372036854775806"),
        ("max + 1", "`+` gives a whole number beyond 64 bits"),
        ("max * 2", "`*` gives a whole number beyond 64 bits"),
        ("-(-max - 1)", "`-` gives a whole number beyond 64 bits"),
        ("(-max - 1) / -1", "`/` gives a whole number beyond 64 bits"),
        ("(-max - 1) % -1", "0"),
        ("1e308 * 10", "`*` gives no finite number"),
        ("clicks / 0", "`/` by zero; `ratio(a, b)` would be null"),
        ("cost % 0.0", "`%` by zero; `ratio(a, b)` would be null"),
        ("ok * 2", "`*` takes numbers, not true or false"),
        ("who + 2", "`+` takes numbers, not an object or array"),
    ]);
}

#[test]
fn null_spreads_until_something_asks_for_it() {
    check(&[
        ("gone + 1", "nothing"),
        ("gone > 3", "nothing"),
        ("!(gone > 3)", "nothing"),
        ("lower(gone)", "nothing"),
        ("tag.contains(gone)", "nothing"),
        ("gone ? 1 : 2", "nothing"),
        ("gone in tags", "false"),
        ("1 in [gone]", "false"),
        ("gone == null", "true"),
        ("gone != null", "false"),
        ("gone == 'x'", "false"),
        ("gone != 'x'", "true"),
        ("lang == null", "false"),
        ("has(gone)", "false"),
        ("has(lang)", "true"),
        ("has(blank)", "true"),
        ("has(who)", "true"),
        ("has(tags) && !has(nothing) && nothing == null", "true"),
        ("default(gone, 0) + 1", "1"),
        ("default(gone * 2, clicks)", "3"),
        ("default(lang, 1 / 0)", r#""en""#),
        ("default(nothing, ['x'])", r#""x""#),
        ("gone.default('?')", r#""?""#),
    ]);
}

#[test]
fn one_side_decides_where_it_is_enough() {
    check(&[
        ("ok && clicks == 3", "true"),
        ("clicks == 4 || ok", "true"),
        ("gone && clicks == 4", "false"),
        ("clicks == 4 && gone", "false"),
        ("gone || ok", "true"),
        ("gone && ok", "nothing"),
        ("ok && gone", "nothing"),
        ("gone || clicks == 4", "nothing"),
        ("!gone", "nothing"),
        ("1 / 0 > 1 && clicks == 4", "false"),
        ("clicks == 4 && 1 / 0 > 1", "false"),
        ("1 / 0 > 1 || ok", "true"),
        ("1 / 0 > 1 && ok", "`/` by zero; `ratio(a, b)` would be null"),
        ("1 / 0 > 1 && gone", "`/` by zero; `ratio(a, b)` would be null"),
        ("lang && ok", "`&&` takes true or false, not a text"),
        ("ok ? lang : 1 / 0", r#""en""#),
        ("clicks ? 1 : 2", "`?` takes true or false, not a number"),
        ("!!ok", "true"),
    ]);
}

#[test]
fn texts_are_looked_into() {
    check(&[
        ("tag.lower()", r#""rust""#),
        ("upper('straße')", r#""STRASSE""#),
        ("'ÄÖ'.lower()", r#""äö""#),
        ("url.startsWith('https://')", "true"),
        ("url.endsWith('#c')", "true"),
        ("contains(url, 'Example')", "true"),
        ("size('größe')", "5"),
        ("tag + '/' + lang", r#""Rust/en""#),
        ("string(clicks) + string(cost) + string(ok) + tag", r#""30.5trueRust""#),
        ("double('3')", "3.0"),
        ("int('3.9')", "3"),
        ("int(-3.9)", "-3"),
        ("int(1e19)", "`int` gives a whole number beyond 64 bits"),
        ("int(lang)", "`int` takes a number, and this text is none"),
        ("double(ok)", "`double` takes numbers, not true or false"),
        ("clicks.contains('3')", "`contains` takes a text, not a number"),
        ("tag.contains(clicks)", "`contains` takes a text, not a number"),
        ("lower(who)", "`lower` takes a text, not an object or array"),
    ]);
}

#[test]
fn the_host_of_a_url() {
    check(&[
        ("host(url)", r#""blog.example.com""#),
        ("host('http://user:secret@Example.COM:80/x')", r#""example.com""#),
        ("host('http://bücher.example/')", r#""xn--bcher-kva.example""#),
        ("host('http://[::1]:80/')", r#""[::1]""#),
        ("host('http://0x7f.1/')", r#""127.0.0.1""#),
        ("host('ftp://files.example/x')", r#""files.example""#),
        ("host('mailto:a@b.c')", "nothing"),
        ("host('example.com')", "nothing"),
        ("host('http://')", "nothing"),
        ("host('http://a b/')", "nothing"),
        ("host('file:///etc/passwd')", "nothing"),
        ("host(lang)", "nothing"),
    ]);
}

#[test]
fn a_ratio_is_null_where_there_is_none() {
    check(&[
        ("ratio(clicks, seen)", "0.003"),
        ("ratio(clicks, 0)", "nothing"),
        ("ratio(clicks, gone)", "nothing"),
        ("ratio(gone, seen)", "nothing"),
        ("ratio(price, 5)", "0.5"),
        ("default(ratio(clicks, 0), 0)", "0"),
        ("ratio(lang, seen)", "`ratio` takes a number, and this text is none"),
    ]);
}

#[test]
fn lists_are_searched_counted_and_worked_on_by_element() {
    check(&[
        ("'Go' in tags", "true"),
        ("'go' in tags", "false"),
        ("'go' in lower(['Go', 'Rust'])", "true"),
        ("lang in ['de', 'en']", "true"),
        ("size(tags)", "3"),
        ("size(nothing)", "0"),
        ("tags[0]", r#""Go""#),
        ("tags[2] + 1", "8"),
        ("tags[3]", "nothing"),
        ("tags[-1]", "nothing"),
        ("tags[gone]", "nothing"),
        ("tags[0.5]", "`[ ]` takes a whole number, not a number"),
        ("urls.host()", r#""a.b" "c.d""#),
        ("host(urls)[1]", r#""c.d""#),
        ("string(tags)", r#""Go" "Rust" "7""#),
        ("lower(tags)", "`lower` takes a text, not a number"),
        ("[lang, gone, tags]", r#""en" "Go" "Rust" 7"#),
        ("ok ? tags : 'x'", r#""Go" "Rust" 7"#),
        ("[]", "nothing"),
    ]);
}

#[test]
fn a_text_does_not_grow_without_end() {
    let schema = schema();
    let mut record = Record::new(&schema);
    let line = format!(r#"{{"t":0,"tag":"{}"}}"#, "x".repeat(600_000));
    schema.decode(line.as_bytes(), &mut record).expect("a good line");
    let twice = Expression::compile("tag + tag", schema.names()).expect("a good expression");
    let error = twice.evaluate(&record).expect_err("too long");
    assert_eq!(error.to_string(), "`+` gives a text of more than 1048576 bytes");
}

#[test]
fn a_where_passes_what_is_true() {
    let schema = schema();
    let mut record = Record::new(&schema);
    schema.decode(LINE.as_bytes(), &mut record).expect("a good line");
    for (text, expected) in [
        ("lang == 'en'", Ok(true)),
        ("lang == 'de'", Ok(false)),
        ("ok", Ok(true)),
        ("gone", Ok(false)),
        ("gone > 3", Ok(false)),
        ("!(gone > 3)", Ok(false)),
        ("lang", Err("`where` takes true or false, not a text")),
        ("default(gone, tags) == 3", Ok(false)),
        ("tags[0]", Err("`where` takes true or false, not a text")),
    ] {
        let test = Expression::compile_test(text, schema.names()).expect(text);
        let passes = test.test(&record).map_err(|error| error.to_string());
        assert_eq!(passes, expected.map_err(str::to_owned), "{text}");
    }
}

#[test]
fn an_expression_knows_whether_it_gives_a_list() {
    let schema = schema();
    let is_list = |text| Expression::compile(text, schema.names()).expect("a good expression").is_list();
    assert!(
        ["tags", "lower(tags)", "[lang]", "ok ? tags : null", "default(tags, 1)"].into_iter().all(is_list)
    );
    assert!(!["lang", "lower(lang)", "tags[0]", "size(tags)", "'x' in tags"].into_iter().any(is_list));
}
