//! One worker's partial cells of one epoch, and the chunks they came from.

use super::{Delta, Recipe, verdict};
use crate::feed::Chunk;
use crate::spec::ViewPlan;
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use oriel_aggregate::{Cell, Function};
use oriel_derive::Misses;
use oriel_record::{FieldId, Record, Value};
use oriel_snapshot::{escape, pair};
use oriel_time::EventTime;
use oriel_window::{Place, Report, Spread, Stretch, Tally, ViewReport, WatermarkRules, Windowing};
use std::borrow::Cow;
use std::sync::Arc;

/// Cells by key. Short keys lie in the table itself: looking one up is most of what
/// counting it costs, and that is the time that memory takes.
pub(super) type Keyed = HashMap<CompactString, Cell>;

/// Emptied tables that are kept at most.
const SPARE: usize = 16;
/// Lists up to this long are searched for repeated elements one by one.
const SHORT_LIST: usize = 16;

pub(crate) struct Partial {
    pub(super) views: Vec<ViewPartial>,
    pub(super) tally: Tally,
    pub(crate) misses: Misses,
    /// Chunks that were folded ahead.
    pub(super) chunks: Vec<Chunk>,
    /// Buffers of chunks that are done with.
    pub(super) used: Vec<Vec<u8>>,
    spare: Vec<Keyed>,
    partitions: Vec<Vec<Spread>>,
    here: Option<Here>,
}

/// The partition and stretch of times of the last record.
struct Here {
    partition: usize,
    from: EventTime,
    to: EventTime,
    spread: Spread,
}

#[derive(Default)]
pub(super) struct ViewPartial {
    pub(super) tally: Tally,
    slices: Vec<(EventTime, Group)>,
    places: HashMap<EventTime, usize>,
    last: usize,
    sessions: HashMap<Option<CompactString>, Vec<Piece>>,
}

/// The cells of one slice.
#[derive(Default)]
struct Group {
    records: u64,
    keyless: Option<Cell>,
    keyed: Keyed,
}

/// Records of one session, as far as this worker has seen it.
struct Piece {
    stretch: Stretch,
    cell: Cell,
}

impl Partial {
    pub(super) fn new(views: usize, spare: Vec<Keyed>) -> Self {
        Partial {
            views: (0..views).map(|_| ViewPartial::default()).collect(),
            tally: Tally::default(),
            misses: Misses::default(),
            chunks: Vec::new(),
            used: Vec::new(),
            spare,
            partitions: Vec::new(),
            here: None,
        }
    }

    /// Something was folded ahead.
    pub(crate) fn is_ahead(&self) -> bool {
        !self.chunks.is_empty()
    }

    /// The smallest time that was seen.
    pub(super) fn least(&self) -> EventTime {
        self.partitions.iter().flatten().map(|spread| spread.least).min().unwrap_or(EventTime::END)
    }

    /// A record of that time was decoded.
    #[inline]
    pub(super) fn saw(&mut self, partition: usize, rules: &WatermarkRules, time: EventTime) {
        match &mut self.here {
            Some(here) if here.partition == partition && here.from <= time && time < here.to => {
                here.spread.records += 1;
                here.spread.least = here.spread.least.min(time);
                here.spread.most = here.spread.most.max(time);
            }
            _ => {
                self.leave_stretch();
                let (from, to) = match rules.jump {
                    Some(jump) => {
                        let from = time.floor(jump, 0);
                        (from, from.add(jump))
                    }
                    None => (EventTime::BEGINNING, EventTime::END),
                };
                let spread = Spread::new(rules.stretch(time), time, self.views.len());
                self.here = Some(Here { partition, from, to, spread });
            }
        }
    }

    pub(super) fn leave_stretch(&mut self) {
        let Some(Here { partition, spread, .. }) = self.here.take() else { return };
        if self.partitions.len() <= partition {
            self.partitions.resize(partition + 1, Vec::new());
        }
        spread.merge_into(&mut self.partitions[partition]);
    }

    /// A record counts in a view.
    pub(super) fn add(&mut self, place: usize, plan: &ViewPlan, recipe: &Recipe, record: &Record<'_>) {
        let time = record.time();
        if let Some(here) = &mut self.here {
            let counted = &mut here.spread.counted[place];
            *counted = (*counted).max(time);
        }
        let view = &mut self.views[place];
        if let Windowing::Session { gap } = plan.timing().windowing {
            let stretch = Stretch { start: time, end: time.add(gap), records: 1 };
            return each_key(plan, recipe, record, |key| {
                let pieces = view.sessions.entry(key.map(CompactString::from)).or_default();
                verdict::add(
                    &mut piece(pieces, &stretch, &recipe.functions).cell,
                    &plan.metrics,
                    recipe.counts,
                    record,
                );
            });
        }
        let group = view.group(plan, time, &mut self.spare);
        group.records += 1;
        each_key(plan, recipe, record, |key| group.add(key, plan, recipe, record));
    }

    /// What the leader must know of this share.
    pub(crate) fn report(&mut self) -> Report {
        let views = self.views.iter().map(|view| ViewReport {
            tally: view.tally,
            slices: view.slices.iter().map(|(slice, group)| (*slice, group.records)).collect(),
        });
        Report { views: views.collect(), tally: self.tally, partitions: std::mem::take(&mut self.partitions) }
    }

    pub(super) fn take_spare(&mut self) -> Vec<Keyed> {
        std::mem::take(&mut self.spare)
    }

    pub(super) fn release(&mut self, plans: &[ViewPlan], spare: &mut Vec<Keyed>, mut to: impl FnMut(Delta)) {
        spare.append(&mut self.spare);
        for (nth, (view, plan)) in self.views.iter_mut().zip(plans).enumerate() {
            let mut give = |place, key, cell| to(Delta { view: nth as u16, place, key, cell });
            debug_assert!(plan.is_session() || view.sessions.is_empty());
            for (key, pieces) in view.sessions.drain() {
                let key = key.map(|key| Arc::from(key.as_str()));
                for Piece { stretch, cell } in pieces {
                    give(Place::Session(Box::new(stretch)), key.clone(), cell);
                }
            }
            for (slice, mut group) in view.slices.drain(..) {
                group.keyless.into_iter().for_each(|cell| give(Place::Slice(slice), None, cell));
                group.keyed.drain().for_each(|(key, cell)| {
                    give(Place::Slice(slice), Some(Arc::from(key.as_str())), cell);
                });
                if spare.len() < SPARE && group.keyed.capacity() > 0 {
                    spare.push(group.keyed);
                }
            }
        }
    }

    /// The buffers of its chunks, for others to fill.
    pub(crate) fn buffers(&mut self) -> impl Iterator<Item = Vec<u8>> {
        std::mem::take(&mut self.used).into_iter()
    }
}

impl ViewPartial {
    fn group(&mut self, plan: &ViewPlan, time: EventTime, spare: &mut Vec<Keyed>) -> &mut Group {
        let windowing = plan.timing().windowing;
        let here = |(slice, _): &(EventTime, Group)| *slice <= time && time < windowing.slice_end(*slice);
        if !self.slices.get(self.last).is_some_and(here) {
            let slice = windowing.slice(time);
            let slices = &mut self.slices;
            self.last = *self.places.entry(slice).or_insert_with(|| {
                let keyed = plan.key.and_then(|_| spare.pop()).unwrap_or_default();
                slices.push((slice, Group { keyed, ..Group::default() }));
                slices.len() - 1
            });
        }
        &mut self.slices[self.last].1
    }
}

impl Group {
    fn add(&mut self, key: Option<Cow<'_, str>>, plan: &ViewPlan, recipe: &Recipe, record: &Record<'_>) {
        let zero = || Cell::zero(&recipe.functions);
        let cell = match key {
            None => self.keyless.get_or_insert_with(zero),
            Some(key) => match self.keyed.get_mut(key.as_ref()) {
                Some(cell) => cell,
                None => self.keyed.entry(CompactString::from(key)).or_insert_with(zero),
            },
        };
        verdict::add(cell, &plan.metrics, recipe.counts, record);
    }
}

/// The piece that holds the stretch: the one that it overlaps, several joined, or a new
/// one. Pieces are in order and no two overlap.
fn piece<'p>(pieces: &'p mut Vec<Piece>, stretch: &Stretch, functions: &[Function]) -> &'p mut Piece {
    let first = pieces.partition_point(|piece| piece.stretch.end <= stretch.start);
    let last = pieces.partition_point(|piece| piece.stretch.start < stretch.end);
    if first == last {
        pieces.insert(first, Piece { stretch: stretch.clone(), cell: Cell::zero(functions) });
        return &mut pieces[first];
    }
    for other in pieces.drain(first + 1..last).collect::<Vec<_>>() {
        let joined = &mut pieces[first];
        joined.stretch.end = other.stretch.end;
        joined.stretch.records += other.stretch.records;
        joined.cell.merge(&other.cell);
    }
    let joined = &mut pieces[first];
    joined.stretch.start = joined.stretch.start.min(stretch.start);
    joined.stretch.end = joined.stretch.end.max(stretch.end);
    joined.stretch.records += stretch.records;
    joined
}

/// Every key that the record counts under, once each.
#[inline]
fn each_key(plan: &ViewPlan, recipe: &Recipe, record: &Record<'_>, mut to: impl FnMut(Option<Cow<'_, str>>)) {
    let Some(field) = plan.key else { return to(None) };
    let plain = |text| if recipe.escapes { escape(text) } else { text };
    let Some(per) = plan.per else {
        return match record.values(field) {
            [] => to(None),
            [value] => to(Some(plain(text(value)))),
            values => distinct(values).for_each(|key| to(Some(plain(key)))),
        };
    };
    for first in or_null(record, per) {
        let first = first.map(plain);
        for second in or_null(record, field) {
            to(Some(pair(first.as_deref(), second.map(plain).as_deref()).into()));
        }
    }
}

/// The field's distinct values, or null alone.
fn or_null<'r>(record: &'r Record<'_>, field: FieldId) -> impl Iterator<Item = Option<Cow<'r, str>>> {
    let values = record.values(field);
    distinct(values).map(Some).chain(values.is_empty().then_some(None))
}

/// The values as keys, each once: a record counts once under every distinct element.
fn distinct<'r>(values: &'r [Value<'_>]) -> impl Iterator<Item = Cow<'r, str>> {
    let mut seen = (values.len() > SHORT_LIST).then(HashSet::new);
    values.iter().enumerate().filter_map(move |(place, value)| {
        let first = match &mut seen {
            Some(seen) => seen.insert(text(value)),
            None => !values[..place].iter().any(|other| text(other) == text(value)),
        };
        first.then(|| text(value))
    })
}

/// What is no scalar is no key: such a record is bad before it gets here.
fn text<'r>(value: &'r Value<'_>) -> Cow<'r, str> {
    value.text().unwrap_or_default()
}
