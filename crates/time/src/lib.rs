//! Event time and processing time as two types, and spans of them.
//!
//! An event time is when something happened, as its record says. A processing
//! time is when we worked on it, as a clock says. Mixing them up is the classic
//! fault of streaming code, so they are two types that never convert.
//!
//! Both count milliseconds since the Unix epoch in a signed 64-bit number, and
//! arithmetic on the ends of time saturates. This crate reads no clock: time is
//! an argument everywhere below the edges.

mod event;
mod processing;
mod span;

pub use event::EventTime;
pub use processing::{Clock, ProcessingTime};
pub use span::{ParseSpanError, Span};
