//! Records that no view counts: bad ones and late ones, with the reason.

use oriel_time::EventTime;
use std::fmt;

/// Why a record was not counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// Not one whole JSON document in UTF-8.
    Syntax,
    /// No event time, or one that is no time between the years 1 and 9999.
    Time,
    /// Too far ahead of processing time.
    Future,
    /// Longer than a record may be.
    Oversize,
    /// A value of a type that a view cannot use.
    Type,
    /// An expression that failed on it.
    Expression,
    /// All its windows are purged, in at least one view.
    Late,
}

impl Reason {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Reason; 7] = [
        Reason::Syntax,
        Reason::Time,
        Reason::Future,
        Reason::Oversize,
        Reason::Type,
        Reason::Expression,
        Reason::Late,
    ];

    /// The reason as metrics and outputs name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Syntax => "syntax",
            Reason::Time => "time",
            Reason::Future => "future",
            Reason::Oversize => "oversize",
            Reason::Type => "type",
            Reason::Expression => "expression",
            Reason::Late => "late",
        }
    }
}

/// A record that was not counted.
#[derive(Clone, Copy)]
pub struct Rejected<'a> {
    /// Why.
    pub reason: Reason,
    /// More of why, for people.
    pub detail: Option<&'a dyn fmt::Display>,
    /// For a late one: the view, and the newest of the windows that it missed.
    pub missed: Option<Missed>,
    /// Where it came from: a file's path, `stdin`, `generator`.
    pub origin: &'a str,
    /// Its place there: bytes before it, or records for the generator.
    pub position: u64,
    /// Its bytes; only the first ones of an oversize record.
    pub record: &'a [u8],
}

/// A window that a record came too late for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missed {
    /// The place of the first view that found it late.
    pub view: usize,
    /// The window's start.
    pub start: EventTime,
    /// The window's end.
    pub end: EventTime,
}

/// Where rejected records go. Called from worker threads.
pub trait Rejects: Send + Sync {
    /// Takes one; may block, and then the engine waits: nothing is lost silently.
    fn reject(&self, rejected: &Rejected<'_>);
}
