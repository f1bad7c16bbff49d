//! What a source of records must do for its reader thread.

use std::sync::Arc;

/// How a record's place within its origin is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes from the start of the (decompressed) origin to the record's first byte.
    Bytes,
    /// Records before it.
    Records,
}

/// A record that never became one: too long to be held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Oversize {
    /// Where it began, in the batch's unit.
    pub position: u64,
    /// Its first bytes, for the bad output.
    pub head: Vec<u8>,
}

/// Whole records of one origin, newline after each (the last may lack it).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// The raw records.
    pub bytes: Vec<u8>,
    /// How many there are in `bytes` (empty lines are not records and not in here).
    pub records: u64,
    /// Where they come from: a file's path, `stdin`, `generator`.
    pub origin: Arc<str>,
    /// The place of the first byte (or record) of `bytes` in the origin.
    pub position: u64,
    /// What `position` counts.
    pub unit: Unit,
    /// Records that were longer than the limit, in order.
    pub oversize: Vec<Oversize>,
}

impl Batch {
    /// An empty batch that a source can fill; `bytes` may be a used buffer.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        Batch {
            bytes,
            records: 0,
            origin: Arc::from(""),
            position: 0,
            unit: Unit::Bytes,
            oversize: Vec::new(),
        }
    }

    /// Nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.records == 0 && self.oversize.is_empty()
    }
}

/// How much a source may put into one batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// At most this many records (oversize ones count), at least 1.
    pub records: u64,
    /// Stop adding records once this many bytes are in; one record may pass it.
    pub bytes: usize,
}

/// What a source says with each batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// There may be more at once.
    More,
    /// Connected, asked, nothing to give for now. Idle time counts only here.
    CaughtUp,
    /// The source has ended by itself; `read` is not called again.
    Ended,
}

/// A source failed for good: its message names the path or address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// One partition of a source, read by one thread.
pub trait Source: Send {
    /// The partition's name in metrics and logs.
    fn partition(&self) -> &str;

    /// Fills the empty batch with what is there. May block for at most about
    /// 20 ms when there is nothing (then answers `CaughtUp`), so that its thread can be
    /// stopped; only a blocked standard input may hold it longer.
    ///
    /// # Errors
    /// When the source cannot go on.
    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError>;
}
