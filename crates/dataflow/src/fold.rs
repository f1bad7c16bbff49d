//! A worker's own share of an epoch: chunks to partial cells. No timely in here.
//!
//! Whether a record is too late hangs on the watermark before its epoch. Where that is
//! not known yet, a worker folds ahead as if nothing were, keeps the chunks, and folds
//! them once more should it have been wrong: the rare path pays.

mod partial;
mod verdict;

use crate::feed::Chunk;
use crate::reject::{Missed, Reason, Rejected, Rejects};
use crate::source::{Batch, Oversize, Unit};
use crate::spec::{EngineSpec, Metric, Overflow, ViewPlan};
use oriel_aggregate::{Cell, Function};
use oriel_derive::EvalError;
use oriel_record::{Bad, Record};
use oriel_snapshot::Key;
use oriel_time::EventTime;
use oriel_window::{Fate, Place};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

use partial::Keyed;
pub(crate) use partial::Partial;
use verdict::Verdict;

/// Folds chunks by one specification.
pub(crate) struct Folder {
    spec: Arc<EngineSpec>,
    /// One entry a view.
    recipes: Vec<Recipe>,
    /// There are computed fields.
    derives: bool,
    /// Emptied tables for the next epochs, which will be about as full.
    spare: Vec<Keyed>,
}

/// What is known of a view before the first record, so that none asks again.
pub(crate) struct Recipe {
    functions: Vec<Function>,
    /// It needs values of the right type.
    checks: bool,
    /// Every metric counts every record.
    counts: bool,
    /// A key may be named like the rest.
    escapes: bool,
}

impl Recipe {
    fn of(plan: &ViewPlan) -> Self {
        let counts = |metric: &Metric| metric.function == Function::Count;
        Recipe {
            functions: plan.functions(),
            checks: !plan.metrics.iter().all(counts),
            counts: plan.metrics.iter().all(|metric| counts(metric) && metric.field.is_none()),
            escapes: plan.overflow() == Overflow::Other,
        }
    }
}

/// A partial cell on its way to its shard.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Delta {
    pub(crate) view: u16,
    pub(crate) place: Place,
    pub(crate) key: Key,
    pub(crate) cell: Cell,
}

/// What the views made of a record, beside counting it.
#[derive(Default)]
struct Seen {
    /// Why a view finds it bad.
    bad: Option<(Reason, Option<EvalError>)>,
    /// The first view that finds it late.
    late: Option<usize>,
}

impl Folder {
    pub(crate) fn new(spec: Arc<EngineSpec>) -> Self {
        let recipes = spec.views.iter().map(Recipe::of).collect();
        let derives = !spec.deriver.computed().is_empty();
        Folder { spec, recipes, derives, spare: Vec::new() }
    }

    /// An epoch in which nothing was seen yet.
    pub(crate) fn start(&mut self) -> Partial {
        Partial::new(self.spec.views.len(), std::mem::take(&mut self.spare))
    }

    /// Folds a chunk into the epoch. Where the watermark before the epoch is known the
    /// chunk's buffer comes back; else the chunk is kept.
    pub(crate) fn fold(
        &self,
        partial: &mut Partial,
        chunk: Chunk,
        before: Option<EventTime>,
        rejects: &dyn Rejects,
    ) -> Option<Vec<u8>> {
        if let Some(before) = before {
            self.settle(partial, before, rejects);
        }
        self.take(partial, &chunk, before.unwrap_or(EventTime::BEGINNING), rejects);
        match before {
            Some(_) => Some(chunk.batch.bytes),
            None => {
                partial.chunks.push(chunk);
                None
            }
        }
    }

    /// The watermark before the epoch is known: folds what was folded ahead once more if
    /// that makes a difference. Late records are rejected then; all others have been.
    pub(crate) fn settle(&self, partial: &mut Partial, before: EventTime, rejects: &dyn Rejects) {
        if !partial.is_ahead() {
            return;
        }
        let latest = self.earliest(before).into_iter().max();
        let chunks = std::mem::take(&mut partial.chunks);
        if latest.is_some_and(|latest| partial.least() < latest) {
            *partial = Partial::new(self.spec.views.len(), partial.take_spare());
            chunks.iter().for_each(|chunk| self.take(partial, chunk, before, &OnlyLate(rejects)));
        }
        partial.used.extend(chunks.into_iter().map(|chunk| chunk.batch.bytes));
    }

    /// Gives the partial cells.
    pub(crate) fn release(&mut self, partial: &mut Partial, to: impl FnMut(Delta)) {
        partial.release(&self.spec.views, &mut self.spare, to);
    }

    /// From which time on a record is not too late, for each view.
    fn earliest(&self, before: EventTime) -> Vec<EventTime> {
        self.spec.views.iter().map(|plan| plan.timing().earliest(before)).collect()
    }

    fn take(&self, partial: &mut Partial, chunk: &Chunk, before: EventTime, rejects: &dyn Rejects) {
        let plain = |reason, position, record| Rejected {
            reason,
            detail: None,
            missed: None,
            origin: &chunk.batch.origin,
            position,
            record,
        };
        for Oversize { position, head } in &chunk.batch.oversize {
            partial.tally.count(Fate::Bad, 1);
            rejects.reject(&plain(Reason::Oversize, *position, head));
        }
        let (earliest, latest) = (self.earliest(before), self.latest(chunk));
        let mut record = Record::new(&self.spec.schema);
        let text = simdutf8::basic::from_utf8(&chunk.batch.bytes).ok();
        for (position, place, line) in lines(chunk) {
            let decoded = match text.and_then(|text| text.get(place)) {
                Some(line) => self.spec.schema.decode_text(line, &mut record),
                None => self.spec.schema.decode(line, &mut record),
            };
            let reason = match decoded {
                Ok(()) if record.time() <= latest => {
                    let seen = self.count(partial, chunk, &mut record, &earliest);
                    if let Some(view) = seen.late {
                        let missed = Some(self.missed(view, record.time()));
                        rejects.reject(&Rejected { missed, ..plain(Reason::Late, position, line) });
                    }
                    if let Some((reason, error)) = seen.bad {
                        let detail = error.as_ref().map(|error| error as &dyn Display);
                        rejects.reject(&Rejected { detail, ..plain(reason, position, line) });
                    }
                    continue;
                }
                Ok(()) => Reason::Future,
                Err(Bad::Syntax) => Reason::Syntax,
                Err(Bad::Time) => Reason::Time,
            };
            partial.tally.count(Fate::Bad, 1);
            rejects.reject(&plain(reason, position, line));
        }
        partial.leave_stretch();
    }

    /// A record of the chunk that is later is from the future.
    fn latest(&self, chunk: &Chunk) -> EventTime {
        let opened = EventTime::from_millis(chunk.opened.millis());
        self.spec.future.map_or(EventTime::END, |ahead| opened.add(ahead))
    }

    /// The newest window that a record of that time would have been in.
    fn missed(&self, view: usize, time: EventTime) -> Missed {
        let windowing = self.spec.views[view].timing().windowing;
        let start = windowing.slice(time);
        Missed { view, start, end: windowing.end(start) }
    }

    /// Derives what is missing in a decoded record, and folds it into every view.
    fn count<'c>(
        &self,
        partial: &mut Partial,
        chunk: &'c Chunk,
        record: &mut Record<'c>,
        earliest: &[EventTime],
    ) -> Seen {
        partial.saw(chunk.partition, &self.spec.watermarks, record.time());
        let underived = match self.derives {
            true => self.spec.deriver.derive(record, &chunk.tables, &mut partial.misses).err(),
            false => None,
        };
        let mut seen = Seen::default();
        let mut best = Fate::Bad;
        for (place, (plan, recipe)) in self.spec.views.iter().zip(&self.recipes).enumerate() {
            let fate = match verdict::of(plan, recipe, record, underived.as_ref()) {
                Verdict::Bad(reason, error) => {
                    seen.bad.get_or_insert((reason, error));
                    Fate::Bad
                }
                Verdict::Filtered => Fate::Filtered,
                Verdict::Counts if record.time() < earliest[place] => {
                    seen.late = seen.late.or(Some(place));
                    Fate::Late
                }
                Verdict::Counts => {
                    partial.add(place, plan, recipe, record);
                    Fate::Counted
                }
            };
            partial.views[place].tally.count(fate, 1);
            best = best.max(fate);
        }
        partial.tally.count(best, 1);
        seen
    }
}

/// Rejects late records only.
struct OnlyLate<'r>(&'r dyn Rejects);

impl Rejects for OnlyLate<'_> {
    fn reject(&self, rejected: &Rejected<'_>) {
        if rejected.reason == Reason::Late {
            self.0.reject(rejected);
        }
    }
}

/// The records of a chunk: their positions in the origin, their places in the chunk.
fn lines(chunk: &Chunk) -> impl Iterator<Item = (u64, Range<usize>, &[u8])> {
    let Batch { bytes, unit, position, .. } = &chunk.batch;
    chunk.lines.iter().enumerate().map(move |(nth, line)| {
        let place = line.start as usize..line.end as usize;
        let before = match unit {
            Unit::Bytes => u64::from(line.start),
            Unit::Records => nth as u64,
        };
        (position + before, place.clone(), &bytes[place])
    })
}
