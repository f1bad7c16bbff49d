//! Starts the readers and workers, and is what the rest of the program holds of them.

use crate::feed::Feed;
use crate::graph::{self, Event};
use crate::panes::{Gathered, Panes};
use crate::reject::Rejects;
use crate::shard::ViewSize;
use crate::shards::{Reading, Shards};
use crate::source::{Batch, Source, SourceError, Status};
use crate::spec::EngineSpec;
use crate::totals::{Counter, Totals};
use oriel_derive::Tables;
use oriel_snapshot::{Answer, Mark, Query};
use oriel_time::{Clock, EventTime};
use oriel_window::Size;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use timely::worker::Worker;

/// Why the engine could not go on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A source failed for good; the text names it.
    #[error("{0}")]
    Source(String),
    /// A worker or reader panicked, or could not be started: a fault of ours.
    #[error("internal fault: {0}")]
    Internal(String),
}

/// What readers, workers and queries share.
pub(crate) struct Shared {
    pub(crate) spec: Arc<EngineSpec>,
    pub(crate) partitions: Vec<String>,
    pub(crate) feed: Feed,
    pub(crate) shards: Shards,
    pub(crate) totals: Counter,
    pub(crate) rejects: Arc<dyn Rejects>,
    pub(crate) panes: Gathered,
    clock: Arc<dyn Clock>,
    ending: Mutex<Ending>,
    ended: Condvar,
}

#[derive(Default)]
struct Ending {
    fault: Option<Fault>,
    /// Worker threads that have returned.
    done: usize,
}

/// A running engine. Dropping it stops the readers and leaves the threads to finish.
pub struct Engine {
    shared: Arc<Shared>,
}

impl Engine {
    /// Starts one reader thread a source and the workers.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        spec: EngineSpec,
        sources: Vec<Box<dyn Source>>,
        clock: Arc<dyn Clock>,
        rejects: Arc<dyn Rejects>,
        panes: Arc<dyn Panes>,
    ) -> Result<Engine, Fault> {
        let spec = Arc::new(spec);
        let shared = Arc::new(Shared {
            partitions: sources.iter().map(|source| source.partition().to_owned()).collect(),
            feed: Feed::new(spec.epochs, sources.len(), spec.tables.clone(), clock.now()),
            shards: Shards::new(Arc::clone(&spec)),
            totals: Counter::new(spec.views.len()),
            rejects,
            panes: Gathered::new(panes),
            clock,
            ending: Mutex::default(),
            ended: Condvar::new(),
            spec,
        });
        let engine = Engine { shared };
        engine.spawn("workers", work)?;
        for (partition, source) in sources.into_iter().enumerate() {
            engine.spawn("reader", move |shared| read(shared, partition, source))?;
        }
        Ok(engine)
    }

    /// Answers queries, each with the place of its view; all answers are of one epoch.
    /// Blocks for as long as an epoch takes to be applied.
    pub fn read(&self, queries: &[(usize, Query)]) -> Reading {
        self.shared.shards.read(queries)
    }

    /// The same, but none for a query whose answer is what it was when its mark was made;
    /// no mark asks for the answer. The marks, one a query, are then those of now.
    pub fn read_changed(
        &self,
        queries: &[(usize, Query)],
        marks: &mut [Option<Mark>],
    ) -> Reading<Option<Answer>> {
        self.shared.shards.read_changed(queries, marks)
    }

    /// What became of all records so far.
    pub fn totals(&self) -> Totals {
        self.shared.totals.get()
    }

    /// The names of the partitions, in the order of the sources.
    pub fn partitions(&self) -> &[String] {
        &self.shared.partitions
    }

    /// What a view holds.
    pub fn size(&self, view: usize) -> ViewSize {
        self.shared.shards.size(view)
    }

    /// What a view holds of each live window of its own cells, or shared slice, by start;
    /// all sessions are one part.
    pub fn parts(&self, view: usize) -> Vec<(EventTime, Size)> {
        self.shared.shards.parts(view)
    }

    /// Another version of the lookups, from the next epoch on.
    pub fn replace_tables(&self, tables: Tables) {
        self.shared.feed.replace_tables(tables);
    }

    /// Tells the readers to stop where they are; the epochs they fed are still worked.
    pub fn stop(&self) {
        self.shared.feed.stop();
    }

    /// Waits until the workers have worked all that was read.
    ///
    /// # Errors
    /// When a source failed, or at once when a worker panicked.
    pub fn wait(&self) -> Result<Totals, Fault> {
        let mut ending = lock(&self.shared.ending);
        loop {
            match &ending.fault {
                Some(fault @ Fault::Internal(_)) => return Err(fault.clone()),
                Some(fault) if ending.done == self.shared.spec.workers => return Err(fault.clone()),
                None if ending.done == self.shared.spec.workers => return Ok(self.totals()),
                _ => ending = self.shared.ended.wait(ending).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn spawn(&self, name: &str, body: impl FnOnce(Arc<Shared>) + Send + 'static) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared);
        let name = format!("oriel-{name}");
        let watched = move || {
            let watch = Watch(Arc::clone(&shared));
            body(shared);
            drop(watch);
        };
        let started = thread::Builder::new().name(name).spawn(watched);
        started.map(drop).map_err(|error| Fault::Internal(format!("cannot start a thread: {error}")))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reports the thread's panic to whoever waits for the engine.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        if thread::panicking() {
            let name = thread::current().name().unwrap_or("a thread").to_owned();
            self.0.fail(Fault::Internal(format!("{name} panicked")));
        }
    }
}

impl Shared {
    fn fail(&self, fault: Fault) {
        if matches!(fault, Fault::Internal(_)) {
            self.shards.abandon();
        }
        lock(&self.ending).fault.get_or_insert(fault);
        self.ended.notify_all();
    }
}

/// A reader thread: asks the feed for room, the source for records.
fn read(shared: Arc<Shared>, partition: usize, mut source: Box<dyn Source>) {
    while let Some((limits, buffer)) = shared.feed.admit(partition) {
        let mut batch = Batch::new(buffer);
        match source.read(&mut batch, limits) {
            Ok(status) => {
                shared.feed.push(partition, batch, status, shared.clock.now());
                if status == Status::Ended {
                    return;
                }
            }
            Err(SourceError(message)) => {
                shared.fail(Fault::Source(message));
                // The run ends with what was read; nobody waits for this one.
                shared.feed.stop();
                break;
            }
        }
    }
    shared.feed.gone(partition, shared.clock.now());
}

/// The thread that starts the workers and waits for them.
fn work(shared: Arc<Shared>) {
    let mut config = timely::Config::process(shared.spec.workers);
    // A worker with nothing to do gives its core to the readers at once.
    config.worker = config.worker.idle_spin(Duration::ZERO);
    let guards = {
        let shared = Arc::clone(&shared);
        timely::execute(config, move |worker| {
            let watch = Watch(Arc::clone(&shared));
            run(worker, &shared);
            drop(watch);
            lock(&shared.ending).done += 1;
            shared.ended.notify_all();
        })
    };
    match guards {
        Ok(guards) => guards.join().into_iter().for_each(drop),
        Err(message) => shared.fail(Fault::Internal(message)),
    }
}

/// A worker thread: takes chunks, steps the dataflow; worker 0 also cuts the epochs.
fn run(worker: &mut Worker, shared: &Arc<Shared>) {
    let index = worker.index();
    let (mut input, probe) = worker.dataflow(|scope| graph::build(scope, index, shared));
    shared.feed.enlist(thread::current());
    let mut cuts = Vec::new();
    loop {
        let taken = shared.feed.take((index == 0).then_some(&mut cuts));
        for (epoch, cut) in cuts.drain(..) {
            input.advance_to(epoch);
            input.send(Event::Cut(cut));
        }
        input.advance_to(taken.epoch);
        if taken.finished {
            break;
        }
        let mut rest = Some(Duration::ZERO);
        match taken.chunk {
            Some(chunk) => input.send(Event::Chunk(chunk)),
            None => rest = Some(Duration::from_secs(1)),
        }
        input.flush();
        if index == 0 {
            let complete = probe.with_frontier(|frontier| frontier.first().copied().unwrap_or(taken.epoch));
            let next = shared.feed.tick(complete, shared.clock.now());
            rest = rest.map(|rest| rest.min(next));
        }
        worker.step_or_park(rest);
    }
    drop(input);
    while worker.step_or_park(None) {}
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
