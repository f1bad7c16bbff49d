//! Between the readers and the workers: a bounded queue of chunks, and where epochs are cut.
//!
//! One lock guards the queue and the number of the open epoch, so that a chunk's epoch
//! and its place in the queue can never disagree: once a worker has taken a chunk of
//! epoch e, or has found the queue empty while e is open, no chunk before e is left.
//!
//! The policy is Block: a reader waits while the queue is full or too many epochs are
//! incomplete, so a file loses nothing and memory stays bounded.

use crate::source::{Batch, Limits, Status};
use crate::spec::EpochRules;
use oriel_derive::Tables;
use oriel_time::{ProcessingTime, Span};
use oriel_window::{Cut, PartitionCut};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Chunks in the queue at most: enough to keep the workers busy while the reader sleeps,
/// few enough to stay in the processor's cache.
const QUEUE: usize = 8;
/// Bytes in a chunk: large enough that hand-over costs nothing, small enough to share work.
const CHUNK_BYTES: usize = 512 * 1024;
/// Used buffers kept for the next chunks: some more than the queue and the workers hold.
const SPARE: usize = 32;

/// Raw records of one epoch and partition.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) partition: usize,
    pub(crate) batch: Batch,
    /// Where the records lie in the batch's bytes.
    pub(crate) lines: Vec<Range<u32>>,
    /// The processing time at which it was read.
    pub(crate) opened: ProcessingTime,
    /// The epoch's version of the lookups.
    pub(crate) tables: Arc<Tables>,
}

/// What a worker gets when it asks.
pub(crate) struct Taken {
    /// Work, if there is any.
    pub(crate) chunk: Option<Chunk>,
    /// No chunk of an epoch before this one is left.
    pub(crate) epoch: u64,
    /// Every reader is gone, the queue is empty, the last epoch is cut.
    pub(crate) finished: bool,
}

pub(crate) struct Feed {
    rules: EpochRules,
    state: Mutex<State>,
    moved: Condvar,
    workers: Mutex<Vec<Thread>>,
}

struct State {
    queue: VecDeque<(u64, Chunk)>,
    open: u64,
    opened: ProcessingTime,
    due: Instant,
    /// The open epoch's version of the lookups, and the next one's.
    tables: Arc<Tables>,
    next_tables: Option<Arc<Tables>>,
    complete: u64,
    partitions: Vec<Partition>,
    cuts: VecDeque<(u64, Cut)>,
    spare: Vec<Vec<u8>>,
    stopping: bool,
    finished: bool,
}

#[derive(Default)]
struct Partition {
    records: u64,
    bytes: usize,
    caught_up: Span,
    asked: Option<ProcessingTime>,
    ended: bool,
    gone: bool,
    /// So far ahead of the others that it is not read.
    ahead: bool,
}

impl Feed {
    pub(crate) fn new(rules: EpochRules, partitions: usize, tables: Tables, now: ProcessingTime) -> Self {
        let state = State {
            queue: VecDeque::new(),
            open: 0,
            opened: now,
            due: Instant::now() + pause(rules.every),
            tables: Arc::new(tables),
            next_tables: None,
            complete: 0,
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            cuts: VecDeque::new(),
            spare: Vec::new(),
            stopping: false,
            finished: false,
        };
        Feed { rules, state: Mutex::new(state), moved: Condvar::new(), workers: Mutex::default() }
    }

    /// A worker's thread asks to be woken when there is something to take.
    pub(crate) fn enlist(&self, worker: Thread) {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// Waits until the partition's reader may read; says how much. None when it must stop.
    pub(crate) fn admit(&self, partition: usize) -> Option<(Limits, Vec<u8>)> {
        let mut state = self.lock();
        while !state.stopping
            && (state.queue.len() >= QUEUE
                || state.open - state.complete >= self.rules.in_flight
                || state.partitions[partition].ahead)
        {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopping {
            return None;
        }
        let records = self.rules.records - state.partitions[partition].records;
        Some((Limits { records, bytes: CHUNK_BYTES }, state.spare.pop().unwrap_or_default()))
    }

    /// Takes what the reader read, and how the source stands.
    pub(crate) fn push(&self, partition: usize, batch: Batch, status: Status, now: ProcessingTime) {
        // The reader has more time than the workers, who would have to look for them.
        let lines = lines(&batch.bytes);
        let mut state = self.lock();
        if status == Status::Ended && state.partitions.iter().any(|p| p.records > 0) {
            // The end is an epoch of its own, so that it does not matter where the last
            // cut by records fell.
            self.cut(&mut state, now);
        }
        state.partitions[partition].stand(status, !batch.is_empty(), now);
        if !batch.is_empty() {
            let mine = &mut state.partitions[partition];
            mine.records += batch.records + batch.oversize.len() as u64;
            mine.bytes += batch.bytes.len();
            let full = mine.records >= self.rules.records || mine.bytes >= self.rules.bytes;
            let tables = Arc::clone(&state.tables);
            // After a stall the epoch was opened long ago.
            let opened = state.opened.max(now);
            let chunk = Chunk { partition, batch, lines, opened, tables };
            let epoch = state.open;
            state.queue.push_back((epoch, chunk));
            if full {
                self.cut(&mut state, now);
            }
        } else {
            keep(&mut state.spare, batch.bytes);
        }
        if status == Status::Ended {
            self.depart(&mut state, partition, now);
        }
        drop(state);
        self.wake();
    }

    /// The partition's reader reads no more, because it was told to or because it failed.
    pub(crate) fn gone(&self, partition: usize, now: ProcessingTime) {
        self.depart(&mut self.lock(), partition, now);
        self.wake();
    }

    /// Which partitions are so far ahead of the others that they are not to be read.
    pub(crate) fn align(&self, ahead: impl Iterator<Item = bool>) {
        let mut state = self.lock();
        let mut freed = false;
        for (partition, ahead) in state.partitions.iter_mut().zip(ahead) {
            freed |= std::mem::replace(&mut partition.ahead, ahead) && !ahead;
            if ahead {
                // Held back by us: that is no silence of its own.
                partition.asked = None;
            }
        }
        drop(state);
        if freed {
            self.moved.notify_all();
        }
    }

    /// Another version of the lookups, from the next epoch on.
    pub(crate) fn replace_tables(&self, tables: Tables) {
        self.lock().next_tables = Some(Arc::new(tables));
    }

    /// Tells the readers to stop where they are.
    pub(crate) fn stop(&self) {
        self.lock().stopping = true;
        self.moved.notify_all();
    }

    /// Gives a worker its next work. `leader` also gets the cuts of all epochs before.
    pub(crate) fn take(&self, leader: Option<&mut Vec<(u64, Cut)>>) -> Taken {
        let mut state = self.lock();
        let was_full = state.queue.len() >= QUEUE;
        let next = state.queue.pop_front();
        let epoch = next.as_ref().map_or(state.open, |(epoch, _)| *epoch);
        let finished = next.is_none() && state.finished;
        if let Some(cuts) = leader {
            while state.cuts.front().is_some_and(|(cut, _)| *cut < epoch) {
                cuts.extend(state.cuts.pop_front());
            }
        }
        drop(state);
        if was_full {
            self.moved.notify_all();
        }
        Taken { chunk: next.map(|(_, chunk)| chunk), epoch, finished }
    }

    /// The leader's turn: cuts the epoch if its time is up, learns which epochs are
    /// complete. Says how long until there is something to do again.
    pub(crate) fn tick(&self, complete: u64, now: ProcessingTime) -> Duration {
        let mut state = self.lock();
        if state.complete < complete {
            state.complete = complete;
            self.moved.notify_all();
        }
        if state.finished || self.rules.every.is_none() {
            return Duration::from_secs(1);
        }
        let left = state.due.saturating_duration_since(Instant::now());
        if !left.is_zero() || state.open - state.complete >= self.rules.in_flight {
            return left.max(Duration::from_millis(1));
        }
        self.cut(&mut state, now);
        drop(state);
        self.wake();
        Duration::ZERO
    }

    /// Takes back a buffer whose records are done with.
    pub(crate) fn give_back(&self, bytes: Vec<u8>) {
        keep(&mut self.lock().spare, bytes);
    }

    fn cut(&self, state: &mut State, now: ProcessingTime) {
        let partitions = state.partitions.iter_mut().map(Partition::cut).collect();
        state.cuts.push_back((state.open, Cut { processing: now, partitions }));
        state.open += 1;
        if let Some(tables) = state.next_tables.take() {
            state.tables = tables;
        }
        state.opened = state.opened.max(now);
        state.due = Instant::now() + pause(self.rules.every);
    }

    fn depart(&self, state: &mut State, partition: usize, now: ProcessingTime) {
        state.partitions[partition].gone = true;
        if state.finished {
            return;
        }
        // Also where others go on: they may wait for it, and only a cut says that it ended.
        self.cut(state, now);
        state.finished = state.partitions.iter().all(|p| p.gone);
    }

    fn wake(&self) {
        for worker in self.workers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            worker.unpark();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Partition {
    /// Caught-up time counts from one asking to the next, and only while both found nothing.
    fn stand(&mut self, status: Status, got: bool, now: ProcessingTime) {
        if got {
            self.caught_up = Span::ZERO;
        } else if let (Status::CaughtUp, Some(asked)) = (status, self.asked) {
            self.caught_up = self.caught_up.plus(now.since(asked));
        }
        self.asked = (status == Status::CaughtUp).then_some(now);
        self.ended |= status == Status::Ended;
    }

    fn cut(&mut self) -> PartitionCut {
        self.records = 0;
        self.bytes = 0;
        PartitionCut { caught_up: self.caught_up, ended: self.ended }
    }
}

/// The lines that are records: an empty one is none.
fn lines(bytes: &[u8]) -> Vec<Range<u32>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    let line = ends.filter_map(|end| {
        let begin = std::mem::replace(&mut start, end + 1);
        let line = bytes.get(begin..end)?;
        let length = line.strip_suffix(b"\r").unwrap_or(line).len();
        let (begin, end) = (u32::try_from(begin).ok()?, u32::try_from(begin + length).ok()?);
        (length > 0).then_some(begin..end)
    });
    line.collect()
}

fn pause(every: Option<Span>) -> Duration {
    every.map_or(Duration::ZERO, Span::std)
}

fn keep(spare: &mut Vec<Vec<u8>>, bytes: Vec<u8>) {
    if spare.len() < SPARE && bytes.capacity() > 0 && bytes.capacity() <= 4 * CHUNK_BYTES {
        spare.push(bytes);
    }
}
