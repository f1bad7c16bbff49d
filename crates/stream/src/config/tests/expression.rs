//! `where` and the fields that expressions may name.

use super::*;
use crate::config::fields::Fields;

const TOP: &str = "kind = \"top\"\nby = \"tag\"\nwindow = \"global\"\n";

#[test]
fn a_view_may_have_a_filter() {
    assert_eq!(view(TOP).filter, None);
    assert_eq!(view(&format!("{TOP}where = 'who == \"me\"'")).filter, Some("who == \"me\"".into()));
}

#[test]
fn an_expression_is_a_text_that_is_not_empty() {
    view_refused(&format!("{TOP}where = \"\""), &[(4, "`where` is empty; allowed: an expression")]);
    view_refused(&format!("{TOP}where = \"  \""), &[(4, "`where` is empty")]);
    view_refused(&format!("{TOP}where = true"), &[(4, "`where` is true; allowed: a string")]);
}

#[test]
fn an_expression_that_does_not_compile_is_told_with_what_would_be_right() {
    let told = |text: &str, expected: &str| {
        view_refused(&format!("{TOP}where = '{text}'"), &[(4, expected)]);
    };
    told("whom == \"me\"", "which does not compile: `whom` at column 1");
    told("whom == \"me\"", "(did you mean `who`?)");
    told("who = \"me\"", "`=` at column 5; allowed: `==` to compare");
    told("city.nam == \"x\"", "(did you mean `city.name`?)");
    told("1 + 2", "allowed: a test");
    told("amount + 1", "which does not compile");
    view(&format!("{TOP}where = 'geo.anything == host && city.name != \"\"'"));
    file_refused("host(who)", "hots(who)", &[(12, "`host` is \"hots(who)\", which does not compile")]);
}

#[test]
fn a_derived_field_may_be_a_list_and_use_those_before_it() {
    let derive = |lines: &str| {
        around("kind = \"top\"\nby = \"a\"\nwindow = \"global\"").replacen("host = \"host(who)\"", lines, 1)
    };
    let list = "a = \"lower(tag)\"\nb = \"size(a)\"";
    parsed(&derive(list));
    let summed = derive(list).replacen("by = \"a\"", "by = \"b\"\nmetrics = { x = \"sum(a)\" }", 1);
    refused(&summed, &[(26, "`x` is \"sum(a)\", and `a` is a list")]);
    refused(&derive("b = \"size(a)\"\na = \"lower(tag)\""), &[(12, "`a` at column 6")]);
}

#[test]
fn columns_that_only_a_file_knows_are_those_that_are_named() {
    let mut fields = Fields::default();
    fields.add("who", false);
    fields.add_lookup("city", Some(&["name".to_owned()]));
    fields.add_lookup("geo", None);
    let names = |text: &str| {
        let names = fields.of_expression(text).into_iter().map(|(name, _)| name);
        names.skip(2).collect::<Vec<_>>()
    };
    assert_eq!(names("who == city.name"), [] as [&str; 0]);
    assert_eq!(names("geo.a_1 == who && geo.b-geo.a_1 > 0 || geo."), ["geo.a_1", "geo.b"]);
    assert_eq!(names("field(\"geo.the name\") == field('geo.b-c')"), ["geo.the name", "geo.b-c"]);
}
