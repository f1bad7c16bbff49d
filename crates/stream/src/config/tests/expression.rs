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
