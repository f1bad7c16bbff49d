//! Standard input. Its reads block for as long as nobody writes, so they have a thread.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};

use super::WAIT;
use super::lines::Lines;

/// What a pipe holds on Linux: more never comes in one read.
const PIPE: usize = 64 << 10;

/// Chunks between the thread and the source. When they are full the thread waits, and
/// so does whoever writes to us: nothing is dropped.
const CHUNKS: usize = 8;

type Chunk = io::Result<Vec<u8>>;

/// The lines of standard input.
pub(super) struct Stdin {
    chunks: Receiver<Chunk>,
    lines: Lines,
    origin: Arc<str>,
    ended: bool,
    /// Told once all lines before it are given.
    fault: Option<SourceError>,
}

impl Stdin {
    /// Starts to read.
    pub(super) fn open() -> Result<Self, SourceError> {
        Stdin::reading(io::stdin())
    }

    fn reading(input: impl Read + Send + 'static) -> Result<Self, SourceError> {
        let (sender, chunks) = sync_channel(CHUNKS);
        let thread = thread::Builder::new().name("stdin".into()).spawn(move || pump(input, &sender));
        thread.map_err(|error| SourceError(format!("stdin: cannot start its thread: {error}")))?;
        Ok(Stdin { chunks, lines: Lines::new(), origin: Arc::from("stdin"), ended: false, fault: None })
    }

    /// Takes in what was read, as much as fits one batch; false if nothing came in time.
    fn receive(&mut self, limits: Limits) -> bool {
        let mut chunk = match self.chunks.recv_timeout(WAIT) {
            Ok(chunk) => Some(chunk),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                return true;
            }
        };
        while let Some(read) = chunk {
            match read {
                Ok(bytes) => self.lines.push(&bytes),
                Err(error) => self.fault = Some(SourceError(format!("stdin: {error}"))),
            }
            let more = self.lines.waiting() < limits.bytes.min(CHUNKS * PIPE);
            chunk = if more { self.chunks.try_recv().ok() } else { None };
        }
        true
    }
}

/// Reads until the end, a fault, or until nobody wants it any more.
fn pump(mut input: impl Read, chunks: &SyncSender<Chunk>) {
    loop {
        let mut bytes = vec![0; PIPE];
        let read = match input.read(&mut bytes) {
            Ok(0) => return,
            Ok(read) => {
                bytes.truncate(read);
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = read.is_err();
        if chunks.send(read).is_err() || failed {
            return;
        }
    }
}

impl Source for Stdin {
    fn partition(&self) -> &str {
        "stdin"
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        batch.origin = Arc::clone(&self.origin);
        loop {
            self.lines.take(batch, limits, self.ended);
            if !batch.is_empty() {
                return Ok(Status::More);
            }
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
            if self.ended {
                return Ok(Status::Ended);
            }
            if !self.receive(limits) {
                return Ok(Status::CaughtUp);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { records: 3, bytes: 1 << 20 };

    fn read(source: &mut Stdin) -> (Status, u64, String) {
        let mut batch = Batch::new(Vec::new());
        let status = source.read(&mut batch, LIMITS).expect("no fault");
        (status, batch.records, String::from_utf8(batch.bytes).expect("text"))
    }

    #[test]
    fn lines_come_in_batches_and_the_last_needs_no_newline() {
        let mut source = Stdin::reading(&b"a\nb\n\nc\nd\ne"[..]).expect("a thread");
        let (mut records, mut text) = (0, String::new());
        loop {
            let (status, more, bytes) = read(&mut source);
            records += more;
            text += &bytes;
            if status == Status::Ended {
                break;
            }
        }
        assert_eq!((records, text.as_str()), (5, "a\nb\nc\nd\ne"));
    }

    #[test]
    fn a_blocked_read_is_told_as_caught_up() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let mut source = Stdin::reading(reader).expect("a thread");
        assert_eq!(read(&mut source).0, Status::CaughtUp);
        io::Write::write_all(&mut writer, b"a\nb").expect("an open pipe");
        // The bytes may take a moment to come through the thread.
        let given =
            std::iter::repeat_with(|| read(&mut source)).find(|(status, ..)| *status != Status::CaughtUp);
        assert_eq!(given, Some((Status::More, 1, "a\n".into())));
        assert_eq!(read(&mut source).0, Status::CaughtUp);
        drop(writer);
        let given =
            std::iter::repeat_with(|| read(&mut source)).find(|(status, ..)| *status != Status::CaughtUp);
        assert_eq!(given, Some((Status::More, 1, "b".into())));
        assert_eq!(read(&mut source).0, Status::Ended);
    }

    #[test]
    fn a_fault_is_told_after_what_came_before_it() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let mut source = Stdin::reading((&b"a\n"[..]).chain(Broken)).expect("a thread");
        let mut batch = Batch::new(Vec::new());
        while source.read(&mut batch, LIMITS).is_ok_and(|status| status != Status::Ended) && batch.is_empty()
        {
        }
        let fault = source.read(&mut Batch::new(Vec::new()), LIMITS);
        assert_eq!(fault.err().map(|error| error.0), Some("stdin: gone".into()));
    }
}
