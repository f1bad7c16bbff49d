//! Expressions, compiled while the file is read, so that a fault has its line.

use oriel_derive::Expression;

use super::fault::Report;
use super::fields::Fields;
use super::value::Found;

/// Whether what the expression gives may be a list. Says so if it does not compile. A
/// `test` is one that is true or false.
pub(super) fn compile(
    key: &str,
    text: &Found<String>,
    fields: &Fields,
    test: bool,
    report: &mut Report<'_>,
) -> bool {
    if text.value.trim().is_empty() {
        report.wrong::<()>(key, "empty", "an expression over the fields", text.at.clone());
        return false;
    }
    if fields.is_unclear() {
        return false;
    }
    let known = fields.of_expression(&text.value);
    let compiled = if test {
        Expression::compile_test(&text.value, &known)
    } else {
        Expression::compile(&text.value, &known)
    };
    match compiled {
        Ok(expression) => expression.is_list(),
        Err(why) => {
            let message = format!("`{key}` is {:?}, which does not compile: {why}", text.value);
            report.fault::<()>(message, text.at.clone());
            false
        }
    }
}
