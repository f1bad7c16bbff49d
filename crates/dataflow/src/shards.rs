//! All shards, shared between the workers that own them and the threads that read them.
//!
//! Workers apply epochs shard by shard; other threads answer queries. An answer is of
//! exactly one epoch: a reader asks the workers to go no further than the newest epoch
//! that any of them has begun, waits until all have applied it, reads, and lets go.
//! Readers take turns, and between two of them every waiting worker gets on.

use crate::fold::Delta;
use crate::shard::{self, Shard};
use crate::spec::EngineSpec;
use oriel_snapshot::{self as snapshot, Answer, Facts, Query};
use oriel_time::EventTime;
use oriel_window::Summary;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) struct Shards {
    spec: Arc<EngineSpec>,
    all: Vec<Mutex<Shard>>,
    turn: Mutex<Turn>,
    moved: Condvar,
}

/// Partial cells of one epoch, by shard. Used again, so that its room is allocated once.
pub(crate) struct Hands(Vec<Vec<Delta>>);

struct Turn {
    /// How many epochs each worker has begun to apply, and finished applying.
    begun: Vec<u64>,
    applied: Vec<u64>,
    /// Workers must not begin beyond this.
    hold: Option<u64>,
    waiting: usize,
    /// A worker is lost: nobody is to wait for it.
    broken: bool,
    stand: Stand,
}

/// How the stream stands after an epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stand {
    /// Epochs applied.
    pub epoch: u64,
    /// The watermark.
    pub watermark: EventTime,
    /// The largest event time that each view has counted.
    pub horizons: Vec<EventTime>,
}

/// Answers of exactly one epoch.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The epoch, and how the stream stood after it.
    pub stand: Stand,
    /// One answer a query.
    pub answers: Vec<Answer>,
}

impl Shards {
    pub(crate) fn new(spec: Arc<EngineSpec>) -> Self {
        let stand = Stand {
            epoch: 0,
            watermark: EventTime::BEGINNING,
            horizons: vec![EventTime::BEGINNING; spec.views.len()],
        };
        let turn = Turn {
            begun: vec![0; spec.workers],
            applied: vec![0; spec.workers],
            hold: None,
            waiting: 0,
            broken: false,
            stand,
        };
        let all = (0..spec.shards).map(|_| Mutex::new(Shard::new(&spec))).collect();
        Shards { spec, all, turn: Mutex::new(turn), moved: Condvar::new() }
    }

    /// The worker that a shard is dealt to.
    pub(crate) fn worker(&self, delta: &Delta) -> u64 {
        if self.spec.workers == 1 {
            return 0;
        }
        (shard::owner(delta, self.all.len()) % self.spec.workers) as u64
    }

    /// Empty hands, one a shard.
    pub(crate) fn hands(&self) -> Hands {
        Hands(self.all.iter().map(|_| Vec::new()).collect())
    }

    /// Sorts partial cells by the shard that owns them.
    pub(crate) fn deal(&self, deltas: impl Iterator<Item = Delta>, hands: &mut Hands) {
        for delta in deltas {
            hands.0[shard::owner(&delta, self.all.len())].push(delta);
        }
    }

    /// Applies an epoch to the shards of one worker; leaves the hands empty.
    pub(crate) fn apply(&self, worker: usize, epoch: u64, hands: &mut Hands, summary: &Summary) {
        self.begin(worker, epoch + 1);
        let mine = self.all.iter().zip(&mut hands.0).skip(worker).step_by(self.spec.workers);
        for (shard, deltas) in mine {
            shard::put_in_order(deltas);
            lock(shard).apply(deltas.drain(..), summary);
        }
        self.finish(worker, epoch + 1, summary);
    }

    /// Answers queries, each with the place of its view, all after the same epoch.
    pub(crate) fn read(&self, queries: &[(usize, Query)]) -> Reading {
        let stand = self.hold();
        let answers = queries.iter().map(|(view, query)| self.answer(*view, query, &stand)).collect();
        lock(&self.turn).hold = None;
        self.moved.notify_all();
        Reading { stand, answers }
    }

    /// Cells and rows held by a view.
    pub(crate) fn held(&self, view: usize) -> (usize, usize) {
        let sum = |(cells, rows): (usize, usize), held: (usize, usize)| (cells + held.0, rows + held.1);
        self.all.iter().map(|shard| lock(shard).held(view)).fold((0, 0), sum)
    }

    /// A worker panicked: whoever waits for it goes on with what there is.
    pub(crate) fn abandon(&self) {
        lock(&self.turn).broken = true;
        self.moved.notify_all();
    }

    fn answer(&self, view: usize, query: &Query, stand: &Stand) -> Answer {
        let spec = &self.spec.views[view].snapshot;
        let facts = Facts { watermark: stand.watermark, horizon: stand.horizons[view] };
        let part = |shard: &Mutex<Shard>| snapshot::part(query, spec, &facts, lock(shard).rows(view));
        snapshot::merge(query, spec, &facts, self.all.iter().map(part).collect())
    }

    fn begin(&self, worker: usize, count: u64) {
        let mut turn = lock(&self.turn);
        while turn.hold.is_some_and(|hold| count > hold) {
            turn.waiting += 1;
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
            turn.waiting -= 1;
        }
        turn.begun[worker] = count;
        drop(turn);
        self.moved.notify_all();
    }

    fn finish(&self, worker: usize, count: u64, summary: &Summary) {
        let mut turn = lock(&self.turn);
        turn.applied[worker] = count;
        if turn.applied.iter().all(|applied| *applied >= count) {
            let horizons = summary.views.iter().map(|view| view.horizon).collect();
            turn.stand = Stand { epoch: count, watermark: summary.watermark, horizons };
        }
        drop(turn);
        self.moved.notify_all();
    }

    fn hold(&self) -> Stand {
        let mut turn = lock(&self.turn);
        while !turn.broken && (turn.hold.is_some() || turn.waiting > 0) {
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        let newest = turn.begun.iter().copied().max().unwrap_or(0);
        turn.hold = Some(newest);
        while !turn.broken && turn.applied.iter().any(|applied| *applied < newest) {
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        turn.stand.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
