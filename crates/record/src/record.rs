//! What comes out of a line: a record's time and values, or the reason why not.

use std::borrow::Cow;
use std::fmt;

use oriel_time::EventTime;

use crate::schema::{FieldId, Schema};
use crate::time::Minute;

/// Why a line is not a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bad {
    /// Not one whole JSON document in UTF-8.
    Syntax,
    /// No event time, or one that is no time between the years 1 and 9999.
    Time,
}

impl Bad {
    /// The reason as metrics and outputs name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Bad::Syntax => "syntax",
            Bad::Time => "time",
        }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value of a field. A JSON null is no value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string, borrowed from the line unless it holds escapes.
    Text(Cow<'a, str>),
    /// An object or array where a scalar was expected, or something else than an
    /// array where the path says `*`.
    Composite,
    /// An array without elements where a scalar was expected.
    EmptyList,
}

impl Value<'_> {
    /// Whether `count(f)` passes over it: the empty string and the empty list.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            other => matches!(other, Value::EmptyList),
        }
    }

    /// A scalar as text: itself, or as it is written; none of anything else.
    #[inline]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Int(number) => Some(number.to_string().into()),
            Value::Float(number) => Some(number.to_string().into()),
            Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Value::Composite | Value::EmptyList => None,
        }
    }

    /// The same value, borrowed from this one rather than from the line.
    ///
    /// ```
    /// use oriel_record::Value;
    /// let value = Value::Text(String::from("rust").into());
    /// assert!(matches!(value.reborrow(), Value::Text(text) if text == "rust"));
    /// ```
    pub fn reborrow(&self) -> Value<'_> {
        match self {
            Value::Bool(truth) => Value::Bool(*truth),
            Value::Int(number) => Value::Int(*number),
            Value::Float(number) => Value::Float(*number),
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Composite => Value::Composite,
            Value::EmptyList => Value::EmptyList,
        }
    }

    /// The same value, borrowed from nothing.
    ///
    /// ```
    /// use oriel_record::Value;
    /// let line = String::from("rust");
    /// let value: Value<'static> = Value::Text(line.as_str().into()).into_owned();
    /// drop(line);
    /// assert_eq!(value, Value::Text("rust".into()));
    /// ```
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Bool(truth) => Value::Bool(truth),
            Value::Int(number) => Value::Int(number),
            Value::Float(number) => Value::Float(number),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Composite => Value::Composite,
            Value::EmptyList => Value::EmptyList,
        }
    }
}

/// The decoded fields of one line. One record serves for all lines of a chunk.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    pub(crate) time: EventTime,
    pub(crate) minute: Minute,
    pub(crate) fields: Box<[Vec<Value<'a>>]>,
}

impl<'a> Record<'a> {
    /// An empty record with room for the schema's fields.
    pub fn new(schema: &Schema) -> Self {
        Record {
            time: EventTime::BEGINNING,
            minute: Minute::default(),
            fields: vec![Vec::new(); schema.len()].into(),
        }
    }

    /// When it happened.
    pub fn time(&self) -> EventTime {
        self.time
    }

    /// The field's values in the order of the document: none when it is absent or
    /// null, at most one unless the field is a list. Nulls in a list are left out.
    pub fn values(&self, field: FieldId) -> &[Value<'a>] {
        &self.fields[field.0]
    }

    /// Gives a computed field its values, in place of those it had. The next line that
    /// is decoded into the record takes them away.
    ///
    /// ```
    /// # use oriel_record::{Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
    /// # let time = TimeSpec { at: "/at".into(), format: TimeFormat::Millis };
    /// let computed = vec![("host".to_owned(), false)];
    /// let schema = Schema::compile(&SchemaSpec { time, fields: vec![], computed })?;
    /// let host = schema.field("host").expect("declared above");
    /// let mut record = Record::new(&schema);
    /// schema.decode(br#"{"at":1}"#, &mut record).expect("a good line");
    /// assert_eq!(record.values(host), []);
    /// record.set(host, [Value::Text("example.com".into())]);
    /// assert_eq!(record.values(host), [Value::Text("example.com".into())]);
    /// # Ok::<(), oriel_record::SchemaError>(())
    /// ```
    pub fn set(&mut self, field: FieldId, values: impl IntoIterator<Item = Value<'a>>) {
        let place = &mut self.fields[field.0];
        place.clear();
        place.extend(values);
    }

    /// Forgets everything, and so lets go of the line; the room stays.
    pub(crate) fn clear(&mut self) {
        self.fields.iter_mut().for_each(Vec::clear);
    }
}
