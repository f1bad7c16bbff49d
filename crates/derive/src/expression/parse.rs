//! From a text to the tree that CEL's parser makes of it, within bounds.
//!
//! The parser has no macros here, so what would be a loop is a call of an unknown
//! function. It recurses for everything that opens, also while it recovers from faults,
//! so what may open is bounded before it sees the text.

use cel::common::ast::SourceInfo;
use cel::{Env, IdedExpr, ParseError};

use super::error::CompileError;

/// The longest text of an expression, in bytes.
const MAX_TEXT: usize = 1_000;
/// The most brackets and choices in one. Each that is nested costs the parser some
/// 5 to 20 kB of stack, and a thread has 2 MB.
const MAX_OPEN: usize = 64;

/// What stands in `found` where the text ends too early.
const END: &str = "the end of the text";

pub(super) fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), CompileError> {
    check(text)?;
    let parser = Env::default().with_optional_support(false).parser();
    let parsed = parser.max_recursion_depth(2 * MAX_OPEN as u16).parse_with_source_info(text);
    parsed.map_err(|errors| match errors.errors.first() {
        Some(error) => explain(error, text),
        None => CompileError::new(1, format!("`{text}`"), "an expression, as in `lower(tag)`"),
    })
}

/// Refuses what the parser should not see.
fn check(text: &str) -> Result<(), CompileError> {
    if text.trim().is_empty() {
        return Err(CompileError::new(1, "nothing", "an expression, as in `lower(tag)`"));
    }
    if text.len() > MAX_TEXT {
        let found = format!("a text of {} bytes", text.len());
        return Err(CompileError::new(1, found, format!("at most {MAX_TEXT} bytes")));
    }
    let openers = text.chars().enumerate().filter(|(_, c)| matches!(c, '(' | '[' | '{' | '?'));
    match openers.map(|(at, _)| at).nth(MAX_OPEN) {
        None => Ok(()),
        Some(at) => {
            let allowed = format!("at most {MAX_OPEN} of `(`, `[` and `?`");
            Err(CompileError::new(at + 1, "one bracket too many", allowed))
        }
    }
}

/// The parser's message in our words.
fn explain(error: &ParseError, text: &str) -> CompileError {
    let column = column(error, text);
    let message = error.msg.trim_start_matches("Syntax error: ");
    let quoted = message.split_once('\'').and_then(|(_, rest)| Some(rest.rsplit_once('\'')?.0));
    let (found, allowed) = match message.split(' ').next().unwrap_or_default() {
        "token" => unknown_sign(quoted.unwrap_or_default().trim_end_matches(['\'', ':'])),
        "missing" => missing(message),
        "extraneous" | "mismatched" | "no" => unexpected(message),
        "reserved" => {
            let word = message.rsplit(' ').next().unwrap_or_default();
            (format!("`{word}`"), format!("a name that is no word of the language, or field(\"{word}\")"))
        }
        "invalid" => (message.to_owned(), "a number that fits, or a text".into()),
        "Incomplete" => (END.into(), "a choice written `test ? value : other`".into()),
        _ => (format!("what is no part of an expression ({message})"), "an expression".into()),
    };
    CompileError { column, found, allowed }
}

/// The place as a number of characters; the parser counts lines too.
fn column(error: &ParseError, text: &str) -> usize {
    let (line, column) = error.pos;
    let before = usize::try_from(line - 1).unwrap_or(0);
    let lines: usize = text.split_inclusive('\n').take(before).map(|line| line.chars().count()).sum();
    lines + usize::try_from(column).unwrap_or(1).max(1)
}

/// Characters that begin nothing.
fn unknown_sign(sign: &str) -> (String, String) {
    let allowed = match sign.chars().next() {
        Some('=') => "`==` to compare",
        Some('&') => "`&&` between two tests",
        Some('|') => "`||` between two tests",
        Some('"' | '\'') => "a text that ends with the quote it began with, `\\` written as `\\\\`",
        Some(c) if c.is_alphabetic() => "names of a to z, digits and `_`; others as in field(\"größe\")",
        _ => "names, numbers, texts in quotes, operators and calls",
    };
    (format!("`{}`", sign.trim_end()), allowed.into())
}

/// `missing ')' at '<EOF>'`.
fn missing(message: &str) -> (String, String) {
    let mut parts = message.split('\'').skip(1).step_by(2);
    let wanted = parts.next().unwrap_or_default();
    (named(parts.next().unwrap_or("<EOF>")), format!("`{wanted}`"))
}

/// `mismatched input 'or' expecting {…}`.
fn unexpected(message: &str) -> (String, String) {
    let found = message.split_once('\'').map_or("", |(_, rest)| rest);
    let found = found.split("' expecting").next().unwrap_or_default().trim_end_matches('\'');
    let wants_value = message.contains("IDENTIFIER");
    let allowed = match found {
        "or" | "OR" => "`||` between two tests",
        "and" | "AND" => "`&&` between two tests",
        "not" | "NOT" => "`!` before a test",
        "=" => "`==` to compare",
        ">" if message.contains("extraneous") => "`!=` for other than",
        _ if wants_value => "a value: a name, number, text in quotes, call or bracket",
        _ => "an operator, or the end of the text",
    };
    (named(found), allowed.into())
}

fn named(token: &str) -> String {
    if token == "<EOF>" { END.into() } else { format!("`{token}`") }
}
