//! A compiled field schema: bytes to a [`Record`], or the reason why not.
//!
//! A [`SchemaSpec`] names the JSON Pointer of the event time and of each field.
//! [`Schema::compile`] turns it into a trie of the paths, and [`Schema::decode`]
//! walks one line of JSON along that trie: what no path names is checked and
//! skipped, what a path names is borrowed from the line. No tree is built, and a
//! record that is used again allocates nothing (but for strings with escapes). Fields
//! that are computed rather than decoded have a place in the record too.
//!
//! This room reads no clock and no input, and never panics whatever the bytes.
//!
//! ```
//! use oriel_record::{Bad, Record, Schema, SchemaSpec, TimeFormat, TimeSpec, Value};
//! let schema = Schema::compile(&SchemaSpec {
//!     time: TimeSpec { at: "/at".into(), format: TimeFormat::Rfc3339 },
//!     fields: vec![("tag".into(), "/tags/*/name".into())],
//!     computed: vec![],
//! })?;
//! let tag = schema.field("tag").expect("declared above");
//! let mut record = Record::new(&schema);
//! let line = br#"{"at":"1970-01-01T00:00:01Z","tags":[{"name":"rust"},{"name":"json"}]}"#;
//! schema.decode(line, &mut record).expect("a good line");
//! assert_eq!(record.time().millis(), 1_000);
//! assert_eq!(record.values(tag), [Value::Text("rust".into()), Value::Text("json".into())]);
//! assert_eq!(schema.decode(b"{", &mut record), Err(Bad::Syntax));
//! # Ok::<(), oriel_record::SchemaError>(())
//! ```

mod pointer;
mod record;
mod schema;
mod time;
mod walk;

pub use pointer::{Pointer, PointerError};
pub use record::{Bad, Record, Value};
pub use schema::{FieldId, Schema, SchemaError, SchemaSpec};
pub use time::{TimeFormat, TimeSpec};
