//! Why an expression does not compile, or fails on a record.

use super::kind::Kind;

/// Why a text is no expression over the fields: what was found, where, and what would be
/// right there.
///
/// ```
/// use oriel_derive::Expression;
/// let error = Expression::compile("lang = 'en'", &[("lang".into(), false)]).unwrap_err();
/// assert_eq!((error.column, &*error.found, &*error.allowed), (6, "`=`", "`==` to compare"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{found} at column {column}; allowed: {allowed}")]
pub struct CompileError {
    /// Which character of the text, from 1.
    pub column: usize,
    /// What is there, named as in a sentence.
    pub found: String,
    /// What may be there.
    pub allowed: String,
}

impl CompileError {
    pub(super) fn new(column: usize, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        CompileError { column, found: found.into(), allowed: allowed.into() }
    }
}

/// Why an expression fails on a record.
///
/// ```
/// use oriel_derive::{EvalError, Expression};
/// # use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec};
/// # let time = TimeSpec { at: "/at".into(), format: TimeFormat::Millis };
/// # let fields = vec![("clicks".into(), "/clicks".into())];
/// # let schema = Schema::compile(&SchemaSpec { time, fields, computed: vec![] })?;
/// # let mut record = Record::new(&schema);
/// let twice = Expression::compile("clicks * 2", schema.names())?;
/// schema.decode(br#"{"at":1,"clicks":"many"}"#, &mut record).expect("a good line");
/// assert_eq!(twice.evaluate(&record), Err(EvalError::NotNumeric("*")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvalError {
    /// A value that an operator or function does not take.
    #[error("`{by}` takes {takes}, not {found}")]
    Kind {
        /// The operator or function.
        by: &'static str,
        /// What it takes.
        takes: &'static str,
        /// What it was given.
        found: Kind,
    },
    /// A text that should be a number and is none.
    #[error("`{0}` takes a number, and this text is none")]
    NotNumeric(&'static str),
    /// A whole number beyond 64 bits.
    #[error("`{0}` gives a whole number beyond 64 bits")]
    Overflow(&'static str),
    /// A division by zero.
    #[error("`{0}` by zero; `ratio(a, b)` would be null")]
    Zero(&'static str),
    /// A number too large for a double.
    #[error("`{0}` gives no finite number")]
    NotFinite(&'static str),
    /// A text that became too long.
    #[error("`+` gives a text of more than {MAX_TEXT} bytes")]
    Long,
}

/// The longest text that `+` makes: adding up a long line many times must not eat the memory.
pub(super) const MAX_TEXT: usize = 1 << 20;
