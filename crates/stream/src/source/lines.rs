//! The line splitter: bytes in, batches of whole lines out.
//!
//! A batch's bytes lie side by side in the origin, so that a position in the batch is a
//! position there: what is left out (an empty line, one that is too long) ends a batch,
//! or comes before its first record.

use std::io::{self, Read};

use memchr::memchr;
use oriel_dataflow::source::{Batch, Limits, Oversize, Unit};

use super::{CHUNK, MAX_RECORD, OVERSIZE_HEAD};

/// Bytes of one origin on their way to become lines. It holds at most one chunk and the
/// longest record, whatever the lines are.
pub(super) struct Lines {
    /// What was read; before `start` it is given away.
    buffer: Vec<u8>,
    start: usize,
    /// No newline between `start` and here.
    scanned: usize,
    /// The place of `buffer[start]` in the origin.
    position: u64,
    /// The oversize line whose end has not come yet.
    skipped: Option<Oversize>,
    max_record: usize,
}

/// What some programs put before UTF-8; it belongs to no record.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// What a line is.
enum Kind {
    Empty,
    Record,
    Oversize,
}

impl Lines {
    pub(super) fn new() -> Self {
        Lines::with_max_record(MAX_RECORD)
    }

    fn with_max_record(max_record: usize) -> Self {
        Lines { buffer: Vec::new(), start: 0, scanned: 0, position: 0, skipped: None, max_record }
    }

    /// How many bytes wait for a newline or a batch.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Reads one chunk more; 0 is the end.
    ///
    /// # Errors
    /// As the reader does; what it gave before is kept.
    pub(super) fn fill(&mut self, reader: &mut dyn Read) -> io::Result<usize> {
        self.compact();
        let before = self.buffer.len();
        self.buffer.reserve(CHUNK);
        let filled = reader.take(CHUNK as u64).read_to_end(&mut self.buffer);
        let read = self.buffer.len() - before;
        filled.map(|_| read).or_else(|error| if read > 0 { Ok(read) } else { Err(error) })
    }

    /// Takes bytes that were read elsewhere.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.compact();
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets what was given away.
    fn compact(&mut self) {
        self.buffer.drain(..self.start);
        self.scanned = self.scanned.saturating_sub(self.start);
        self.start = 0;
    }

    /// Fills an empty batch with the next lines, as far as the limits allow. Once the
    /// origin has `ended`, the last line needs no newline. If the batch stays empty,
    /// there is no whole line to give.
    pub(super) fn take(&mut self, batch: &mut Batch, limits: Limits, ended: bool) {
        batch.unit = Unit::Bytes;
        if self.position == 0 && self.buffer[self.start..].starts_with(MARK) {
            self.drop_to(self.start + MARK.len());
        }
        self.end_skipped(batch, ended);
        let (mut first, mut next) = (self.start, self.start);
        while batch.records + (batch.oversize.len() as u64) < limits.records && next - first < limits.bytes {
            let Some((end, after)) = self.line(next, ended) else { break };
            match self.kind(next, end) {
                Kind::Record => batch.records += 1,
                _ if batch.records > 0 => break,
                Kind::Empty => first = after,
                Kind::Oversize => {
                    batch.oversize.push(self.oversize(next, end));
                    first = after;
                }
            }
            next = after;
        }
        batch.position = self.position_of(first);
        self.give(first, next, batch);
        self.skip(ended);
    }

    /// Where the line from `next` on ends, and where the one after it begins.
    fn line(&mut self, next: usize, ended: bool) -> Option<(usize, usize)> {
        let from = next.max(self.scanned);
        if let Some(found) = memchr(b'\n', &self.buffer[from..]) {
            return Some((from + found, from + found + 1));
        }
        self.scanned = self.buffer.len();
        (ended && next < self.scanned).then_some((self.scanned, self.scanned))
    }

    fn kind(&self, start: usize, end: usize) -> Kind {
        match &self.buffer[start..end] {
            b"" | b"\r" => Kind::Empty,
            line if line.len() > self.max_record => Kind::Oversize,
            _ => Kind::Record,
        }
    }

    fn position_of(&self, index: usize) -> u64 {
        self.position + (index - self.start) as u64
    }

    fn oversize(&self, start: usize, end: usize) -> Oversize {
        let head = self.buffer[start..end.min(start + OVERSIZE_HEAD)].to_vec();
        Oversize { position: self.position_of(start), head }
    }

    /// Goes on to `next`, with the bytes from `first` on for the batch. Whichever part
    /// of the buffer is smaller is copied, so no byte is copied often.
    fn give(&mut self, first: usize, next: usize, batch: &mut Batch) {
        self.position = self.position_of(next);
        let left = self.buffer.len() - next;
        if first > 0 || next < left {
            batch.bytes.extend_from_slice(&self.buffer[first..next]);
            self.start = next;
            return;
        }
        let mut rest = std::mem::take(&mut batch.bytes);
        rest.extend_from_slice(&self.buffer[next..]);
        self.buffer.truncate(next);
        batch.bytes = std::mem::replace(&mut self.buffer, rest);
        self.scanned = self.scanned.saturating_sub(next);
    }

    /// Lets go of a line that is too long already though its end has not come.
    fn skip(&mut self, ended: bool) {
        let unfinished = !ended && self.scanned == self.buffer.len();
        if unfinished && self.waiting() > self.max_record {
            self.skipped = Some(self.oversize(self.start, self.buffer.len()));
            self.drop_to(self.buffer.len());
        }
    }

    /// Skips on to the end of a line that is too long; with it, the line is told.
    fn end_skipped(&mut self, batch: &mut Batch, ended: bool) {
        let Some(oversize) = self.skipped.take() else { return };
        let newline = memchr(b'\n', &self.buffer[self.start..]);
        self.drop_to(newline.map_or(self.buffer.len(), |found| self.start + found + 1));
        if newline.is_some() || ended {
            batch.oversize.push(oversize);
        } else {
            self.skipped = Some(oversize);
        }
    }

    fn drop_to(&mut self, index: usize) {
        self.position = self.position_of(index);
        self.start = index;
    }
}

#[cfg(test)]
mod tests;
