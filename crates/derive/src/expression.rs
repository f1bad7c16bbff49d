//! An expression, compiled once and evaluated on every record.

use oriel_record::{FieldId, Record, Value};

use self::lower::Lowering;
use self::node::Node;

mod compare;
mod compute;
mod datum;
mod error;
mod functions;
mod host;
mod kind;
mod lower;
mod node;
mod parse;
mod test;

pub use error::{CompileError, EvalError};
pub use kind::Kind;

pub(crate) use datum::Datum;

/// A compiled expression. The crate's documentation has the language.
///
/// ```
/// use oriel_derive::Expression;
/// # use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
/// # let time = TimeSpec { at: "/at".into(), format: TimeFormat::Millis };
/// # let fields = vec![("tag".into(), "/tag".into()), ("clicks".into(), "/clicks".into())];
/// # let schema = Schema::compile(&SchemaSpec { time, fields, computed: vec![] })?;
/// # let mut record = Record::new(&schema);
/// let lower = Expression::compile("lower(tag)", schema.names())?;
/// let wanted = Expression::compile_test("clicks > 2 && tag != 'x'", schema.names())?;
/// schema.decode(br#"{"at":1,"tag":"Rust","clicks":3}"#, &mut record).expect("a good line");
/// assert_eq!(lower.evaluate(&record)?, [Value::Text("rust".into())]);
/// assert!(wanted.test(&record)?);
///
/// let wrong = Expression::compile("lower(tab)", schema.names()).unwrap_err();
/// assert_eq!(wrong.to_string(), "`tab` at column 7; allowed: `tag` or `clicks` (did you mean `tag`?)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Expression {
    node: Node,
    is_list: bool,
    fields: Box<[FieldId]>,
}

impl Expression {
    /// Compiles the text of a derived field. `fields` are all names it may use and
    /// whether each is a list, in the order of their places in the record.
    ///
    /// # Errors
    /// Where the text is no expression, names what is not there, or applies something to
    /// what it can never be applied to.
    pub fn compile(text: &str, fields: &[(String, bool)]) -> Result<Expression, CompileError> {
        let (tree, offsets) = parse::parse(text)?;
        let lowering = Lowering::new(fields, &offsets);
        let typed = lowering.lower(&tree)?;
        let is_list = typed.kinds.may_be(kind::Kinds::LIST);
        Ok(Expression { node: typed.node, is_list, fields: lowering.used_fields() })
    }

    /// Compiles the text of a `where`.
    ///
    /// # Errors
    /// As [`Expression::compile`], and where the result can never be true or false, or
    /// is the same for every record.
    pub fn compile_test(text: &str, fields: &[(String, bool)]) -> Result<Expression, CompileError> {
        let (tree, offsets) = parse::parse(text)?;
        let lowering = Lowering::new(fields, &offsets);
        let typed = lowering.lower(&tree)?;
        if !typed.kinds.may_be(kind::Kinds::BOOL) {
            return Err(CompileError::new(1, typed.kinds.to_string(), "a test, as in `lang == \"en\"`"));
        }
        let fields = lowering.used_fields();
        if fields.is_empty() {
            return Err(CompileError::new(1, "the same for every record", "a test of some field"));
        }
        Ok(Expression { node: typed.node, is_list: false, fields })
    }

    /// Whether it may give more than one value.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    /// The fields that it uses.
    pub fn fields(&self) -> &[FieldId] {
        &self.fields
    }

    /// The values of the derived field: none for null, those of a list. Numbers are
    /// never infinite and never not-a-number.
    ///
    /// # Errors
    /// Where the record's values are not what some part of the expression takes.
    pub fn evaluate(&self, record: &Record<'_>) -> Result<Vec<Value<'static>>, EvalError> {
        Ok(self.datum(record)?.into_values())
    }

    /// Whether the record passes. Null, which is what a test of something absent gives,
    /// does not.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and where the result is neither true nor false.
    pub fn test(&self, record: &Record<'_>) -> Result<bool, EvalError> {
        Ok(self.node.truth(record, "where")?.unwrap_or(false))
    }

    /// The result before it is made to last.
    pub(crate) fn datum<'r>(&'r self, record: &'r Record<'_>) -> Result<Datum<'r>, EvalError> {
        self.node.eval(record)
    }
}
