//! All shards, shared between the workers that own them and the threads that read them.
//!
//! Workers apply epochs shard by shard; other threads answer queries. An answer is of
//! exactly one epoch: a reader asks the workers to go no further than the newest epoch
//! that any of them has begun, waits until all have applied it, reads, and lets go.
//! Readers take turns, and between two of them every waiting worker gets on.

use crate::fold::Delta;
use crate::shard::{self, Limits, Shard, ViewSize};
use crate::spec::EngineSpec;
use oriel_snapshot::{self as snapshot, Answer, Facts, Key, Mark, Part, Query};
use oriel_time::EventTime;
use oriel_window::{Pane, Size, Summary};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Memory is short from so many tenths of it on.
const SHORT_TENTHS: u64 = 9;

pub(crate) struct Shards {
    spec: Arc<EngineSpec>,
    /// Over how many shards each view's keys are dealt.
    spreads: Vec<usize>,
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
    /// What each worker's shards held after its last two epochs, by view. Only where that
    /// decides about the next, and then no worker is more than one epoch ahead.
    held: Vec<[Vec<ViewSize>; 2]>,
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

impl Stand {
    fn facts(&self, view: usize) -> Facts {
        Facts { watermark: self.watermark, horizon: self.horizons[view] }
    }
}

/// Answers of exactly one epoch.
#[derive(Clone, Debug)]
pub struct Reading<A = Answer> {
    /// The epoch, and how the stream stood after it.
    pub stand: Stand,
    /// One answer a query.
    pub answers: Vec<A>,
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
            held: vec![std::array::from_fn(|_| vec![ViewSize::default(); spec.views.len()]); spec.workers],
            hold: None,
            waiting: 0,
            broken: false,
            stand,
        };
        let all = (0..spec.shards).map(|_| Mutex::new(Shard::new(&spec))).collect();
        let spreads = spec.views.iter().map(|plan| plan.spread(spec.shards)).collect();
        Shards { spec, spreads, all, turn: Mutex::new(turn), moved: Condvar::new() }
    }

    /// The worker that a shard is dealt to.
    pub(crate) fn worker(&self, delta: &Delta) -> u64 {
        if self.spec.workers == 1 {
            return 0;
        }
        (self.owner(delta) % self.spec.workers) as u64
    }

    /// Empty hands, one a shard.
    pub(crate) fn hands(&self) -> Hands {
        Hands(self.all.iter().map(|_| Vec::new()).collect())
    }

    /// Sorts partial cells by the shard that owns them.
    pub(crate) fn deal(&self, deltas: impl Iterator<Item = Delta>, hands: &mut Hands) {
        for delta in deltas {
            hands.0[self.owner(&delta)].push(delta);
        }
    }

    fn owner(&self, delta: &Delta) -> usize {
        shard::owner(delta, self.spreads[usize::from(delta.view)], self.all.len())
    }

    /// Applies an epoch to the shards of one worker; leaves the hands empty. Gives the
    /// panes that somebody wants, by view. The worker then finishes the epoch.
    pub(crate) fn apply(
        &self,
        worker: usize,
        epoch: u64,
        hands: &mut Hands,
        summary: &Summary,
    ) -> Vec<Vec<Pane<Key>>> {
        let limits = self.begin(worker, epoch + 1);
        let mut panes: Vec<_> = self.spec.views.iter().map(|_| Vec::new()).collect();
        let mine = self.all.iter().zip(&mut hands.0).skip(worker).step_by(self.spec.workers);
        for (shard, deltas) in mine {
            shard::put_in_order(deltas);
            lock(shard).apply(deltas, summary, &limits, &mut panes);
        }
        panes
    }

    /// Answers queries, each with the place of its view, all after the same epoch.
    pub(crate) fn read(&self, queries: &[(usize, Query)]) -> Reading {
        let stand = self.hold();
        // Also when an answer panics: workers wait for it.
        let _held = LetGo(self);
        let answers = queries.iter().map(|(view, query)| self.answer(*view, query, &stand)).collect();
        Reading { stand, answers }
    }

    /// The same, but none for a query whose answer is what it was when its mark was made.
    /// The marks are those of this epoch then.
    pub(crate) fn read_changed(
        &self,
        queries: &[(usize, Query)],
        marks: &mut [Option<Mark>],
    ) -> Reading<Option<Answer>> {
        let stand = self.hold();
        let _held = LetGo(self);
        let answer = |((view, query), mark): (&(usize, Query), &mut Option<Mark>)| {
            let now = self.mark(*view, &stand, mark.as_ref());
            let before = mark.replace(now);
            let same = before.is_some_and(|before| now.is_like(&before, &self.spec.views[*view].snapshot));
            (!same).then(|| self.answer(*view, query, &stand))
        };
        let answers = queries.iter().zip(marks).map(answer).collect();
        Reading { stand, answers }
    }

    /// What a view holds.
    pub(crate) fn size(&self, view: usize) -> ViewSize {
        self.all.iter().map(|shard| lock(shard).size(view)).fold(ViewSize::default(), ViewSize::plus)
    }

    /// What a view holds of each live window or slice, by start.
    pub(crate) fn parts(&self, view: usize) -> Vec<(EventTime, Size)> {
        let mut parts: BTreeMap<EventTime, Size> = BTreeMap::new();
        for shard in &self.all {
            for (start, size) in lock(shard).store(view).parts() {
                let part = parts.entry(start).or_default();
                *part = part.plus(size);
            }
        }
        parts.into_iter().collect()
    }

    /// A worker panicked: whoever waits for it goes on with what there is.
    pub(crate) fn abandon(&self) {
        lock(&self.turn).broken = true;
        self.moved.notify_all();
    }

    fn answer(&self, view: usize, query: &Query, stand: &Stand) -> Answer {
        let spec = &self.spec.views[view].snapshot;
        let facts = stand.facts(view);
        let mut all = Part::default();
        for shard in &self.all {
            if all.is_beyond(query, spec) {
                break;
            }
            all.join(snapshot::part(query, spec, &facts, lock(shard).rows(view)));
        }
        snapshot::merge(query, spec, &facts, vec![all])
    }

    fn mark(&self, view: usize, stand: &Stand, before: Option<&Mark>) -> Mark {
        let mut mark = Mark::new(stand.facts(view));
        self.all.iter().for_each(|shard| mark.see(lock(shard).rows(view), before));
        mark
    }

    fn begin(&self, worker: usize, count: u64) -> Limits {
        let bounded = self.spec.bounded();
        let mut turn = lock(&self.turn);
        while !turn.broken && turn.hold.is_some_and(|hold| count > hold) {
            turn.waiting += 1;
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
            turn.waiting -= 1;
        }
        // A begun epoch is one that a reader waits for: only now may it be said.
        turn.begun[worker] = count;
        self.moved.notify_all();
        while bounded && !turn.broken && turn.applied.iter().any(|applied| applied + 1 < count) {
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        if bounded { self.limits(&turn, count - 1) } else { Limits::default() }
    }

    /// What all that was held after so many epochs decides.
    fn limits(&self, turn: &Turn, epochs: u64) -> Limits {
        let held = |view: usize| {
            let sizes = turn.held.iter().map(|held| held[(epochs & 1) as usize][view]);
            sizes.fold(ViewSize::default(), ViewSize::plus)
        };
        let all: Vec<ViewSize> = (0..self.spec.views.len()).map(held).collect();
        let bytes: usize = all.iter().map(|size| size.bytes()).sum();
        let over = self.spec.views.iter().zip(&all).map(|(plan, size)| size.state.entries > plan.max_keys);
        let short = |memory: u64| bytes as u64 >= memory / 10 * SHORT_TENTHS;
        let memory = self.spec.memory;
        Limits { over: over.collect(), memory: memory.is_some(), pressed: memory.is_some_and(short) }
    }

    /// The worker has applied an epoch; how many epochs all have applied now.
    pub(crate) fn finish(&self, worker: usize, epoch: u64, summary: &Summary) -> u64 {
        let count = epoch + 1;
        let sizes = self.spec.bounded().then(|| self.sizes(worker));
        let mut turn = lock(&self.turn);
        if let Some(sizes) = sizes {
            turn.held[worker][(count & 1) as usize] = sizes;
        }
        turn.applied[worker] = count;
        let by_all = turn.applied.iter().copied().min().unwrap_or(count);
        if by_all >= count {
            let horizons = summary.views.iter().map(|view| view.horizon).collect();
            turn.stand = Stand { epoch: count, watermark: summary.watermark, horizons };
        }
        drop(turn);
        self.moved.notify_all();
        by_all
    }

    /// What one worker's shards hold, by view; only how many entries where memory has no bound.
    fn sizes(&self, worker: usize) -> Vec<ViewSize> {
        let mut sizes = vec![ViewSize::default(); self.spec.views.len()];
        for shard in self.all.iter().skip(worker).step_by(self.spec.workers) {
            let shard = lock(shard);
            sizes.iter_mut().enumerate().for_each(|(view, size)| {
                let held = match self.spec.memory {
                    Some(_) => shard.size(view),
                    None => shard.entries(view),
                };
                *size = size.plus(held);
            });
        }
        sizes
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

/// Lets the workers go on.
struct LetGo<'s>(&'s Shards);

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        lock(&self.0.turn).hold = None;
        self.0.moved.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
