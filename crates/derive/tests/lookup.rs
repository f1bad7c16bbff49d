//! The file of the stream that reads tables and reads them again.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "it is of a room that reads files")]

#[path = "../../stream/src/lookup.rs"]
mod lookup;
