//! What does not compile: what was found, where, and what would be right.

use oriel_derive::{CompileError, Expression};

fn fields() -> Vec<(String, bool)> {
    let names = [("lang", false), ("clicks", false), ("tags", true), ("ads.name", false), ("user-id", false)];
    names.map(|(name, list)| (name.to_owned(), list)).into()
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let error = Expression::compile(text, &fields()).expect_err(text);
        assert_eq!(error.to_string(), *expected, "{text}");
    }
}

#[test]
fn an_unknown_name_is_told_the_nearest() {
    let known = "`lang`, `clicks`, `tags`, `ads.name` or `user-id`";
    for (text, found, nearest) in [
        ("lnag == 'en'", "`lnag` at column 1", " (did you mean `lang`?)"),
        ("clicks > ads.nane", "`ads.nane` at column 10", " (did you mean `ads.name`?)"),
        ("field(\"user_id\")", "`user_id` at column 6", " (did you mean `user-id`?)"),
        ("zzz", "`zzz` at column 1", ""),
    ] {
        let error = Expression::compile(text, &fields()).expect_err(text);
        assert_eq!(error.to_string(), format!("{found}; allowed: {known}{nearest}"), "{text}");
    }
    check(&[(
        "lower(lang).size",
        "`.size` at column 6; allowed: a field's name, or a call as in `x.lower()`",
    )]);
    let error = Expression::compile("x", &[]).expect_err("no fields");
    assert_eq!(error.to_string(), "`x` at column 1; allowed: no name: there are none");
}

#[test]
fn an_unknown_function_is_told_the_nearest_or_what_to_do_instead() {
    check(&[
        (
            "lang.tolower()",
            "`tolower()` at column 13; allowed: `lower`, `upper`, `host`, `contains`, `startsWith`, `endsWith`, \
             `size`, `string`, `double`, `int`, `ratio`, `has` or 2 more (did you mean `lower`?)",
        ),
        (
            "tags.exists(t, t == 'x')",
            "`exists()` at column 12; allowed: no loops: `\"x\" in list` looks into one, and `lower(list)` is of \
             each element",
        ),
        (
            "lang.matches('^e')",
            "`matches()` at column 13; allowed: no patterns: `contains`, `startsWith` and `endsWith` look into a text",
        ),
        ("lower()", "`lower` of 0 values at column 6; allowed: `lower` of a text"),
        ("lower(lang, lang)", "`lower` of 2 values at column 6; allowed: `lower` of a text"),
        ("contains(lang)", "`contains` of 1 value at column 9; allowed: `contains` of a text and a text"),
        ("field(lang)", "no text in quotes at column 7; allowed: a field's name, as in field(\"user-id\")"),
    ]);
}

#[test]
fn what_can_never_work_is_refused() {
    check(&[
        ("tags > 3", "a list for `>` at column 1; allowed: two numbers or two texts"),
        ("3 + tags", "a list for `+` at column 5; allowed: two numbers or two texts"),
        ("lang && 'x'", "a text for `&&` at column 9; allowed: a test, as in `lang == \"en\"`"),
        ("!clicks.size()", "a number for `!` at column 13; allowed: a test, as in `lang == \"en\"`"),
        ("-(clicks > 2)", "true or false for `-` at column 10; allowed: a number"),
        ("clicks ? 1 : (lang in 'en')", "a text for `in` at column 23; allowed: a list on its right"),
        ("lang in lower(lang)", "a text for `in` at column 14; allowed: a list on its right"),
        ("'abc'[1]", "a text for `[ ]` at column 1; allowed: a list before it"),
        ("tags['x']", "a text for `[ ]` at column 6; allowed: a whole number in it"),
        ("lower(3)", "a number for `lower` at column 7; allowed: a text"),
        ("contains(tags, 'x')", "a list for `contains` at column 10; allowed: a text"),
        ("null + 1", "null for `+` at column 1; allowed: two numbers or two texts"),
    ]);
}

#[test]
fn what_is_no_expression_is_explained() {
    let value = "a value: a name, number, text in quotes, call or bracket";
    let operator = "an operator, or the end of the text";
    let quote = "a text that ends with the quote it began with, `\\` written as `\\\\`";
    let table = [
        ("", "nothing at column 1", "an expression, as in `lower(tag)`"),
        (" \n", "nothing at column 1", "an expression, as in `lower(tag)`"),
        ("lang ==", "the end of the text at column 8", value),
        ("lang = 'en'", "`=` at column 6", "`==` to compare"),
        ("lang === 'en'", "`=` at column 8", "`==` to compare"),
        ("lang & ok", "`&` at column 6", "`&&` between two tests"),
        ("lang or ok", "`or` at column 6", "`||` between two tests"),
        ("lang AND ok", "`AND` at column 6", "`&&` between two tests"),
        ("lang <> 'en'", "`>` at column 7", "`!=` for other than"),
        ("lang clicks", "`clicks` at column 6", operator),
        ("lang == 'en", "`'en` at column 9", quote),
        ("lang == 'e\\n\\q'", "`'e\\n\\q` at column 9", quote),
        ("(lang", "the end of the text at column 6", "`)`"),
        ("lang)", "`)` at column 5", operator),
        ("lang && && clicks", "`&&` at column 9", value),
        ("clicks ? 1", "the end of the text at column 1", "a choice written `test ? value : other`"),
        ("größe > 1", "`ö` at column 3", "names of a to z, digits and `_`; others as in field(\"größe\")"),
        ("lang @ 3", "`@` at column 6", "names, numbers, texts in quotes, operators and calls"),
        (
            "package == 1",
            "`package` at column 1",
            "a name that is no word of the language, or field(\"package\")",
        ),
        ("99999999999999999999", "invalid int literal at column 1", "a number that fits, or a text"),
        ("3u", "a number ending in `u` at column 1", "the number without the `u`"),
        ("b'x'", "a text of bytes at column 1", "the text without the `b` before it"),
        ("{'a': 1}", "`{` at column 1", "values and lists; there are no objects"),
        ("lang == 'é' &&\n  (clicks", "the end of the text at column 25", "`)`"),
    ];
    for (text, found, allowed) in table {
        let error = Expression::compile(text, &fields()).expect_err(text);
        assert_eq!(error.to_string(), format!("{found}; allowed: {allowed}"), "{text}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let long = format!("lang == '{}'", "x".repeat(1_000));
    let sum = format!("clicks{}", "+1".repeat(200));
    check(&[
        (&long, "a text of 1010 bytes at column 1; allowed: at most 1000 bytes"),
        (&"(".repeat(900), "one bracket too many at column 65; allowed: at most 64 of `(`, `[` and `?`"),
        (&sum, "one operator too many at column 205; allowed: at most 100 operators within one another"),
    ]);
    let nested = format!("{}clicks{}", "(".repeat(64), ")".repeat(64));
    assert!(Expression::compile(&nested, &fields()).is_ok());
}

#[test]
fn a_where_must_be_a_test_of_the_record() {
    let refused = |text| Expression::compile_test(text, &fields()).expect_err(text);
    let test = "a test, as in `lang == \"en\"`";
    for (text, found, allowed) in [
        ("clicks + 1", "a number", test),
        ("lower(lang)", "a text", test),
        ("tags", "a list", test),
        ("size(tags)", "a number", test),
        ("true", "the same for every record", "a test of some field"),
        ("1 < 2", "the same for every record", "a test of some field"),
        ("null", "null", test),
    ] {
        let expected = CompileError { column: 1, found: found.into(), allowed: allowed.into() };
        assert_eq!(refused(text), expected, "{text}");
    }
}
