//! A worker's own share of an epoch: chunks to partial cells. No timely in here.

use crate::feed::Chunk;
use crate::reject::{Reason, Rejected, Rejects};
use crate::source::{Batch, Oversize, Unit};
use crate::spec::{EngineSpec, Metric, ViewPlan};
use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};
use oriel_aggregate::{Cell, Function};
use oriel_record::{Bad, Record, Value};
use oriel_time::{EventTime, Span};
use oriel_window::{Outcome, Report};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Lists up to this long are searched for repeated elements one by one.
const SHORT_LIST: usize = 16;

/// Folds chunks by one specification.
pub(crate) struct Folder {
    spec: Arc<EngineSpec>,
    functions: Vec<Vec<Function>>,
    granule: Span,
    /// Emptied tables for the next epochs, which will be about as full.
    spare: Vec<Keyed>,
}

/// Cells by key. Short keys lie in the table itself: looking one up is most of what
/// counting it costs, and that is the time that memory takes.
type Keyed = HashMap<CompactString, Cell>;

/// Emptied tables that are kept at most.
const SPARE: usize = 16;

/// One worker's partial cells of one epoch, and the chunks they came from.
pub(crate) struct Partial {
    views: Vec<ViewPartial>,
    spare: Vec<Keyed>,
    outcomes: Outcomes,
    largest: Vec<Option<EventTime>>,
    bad: u64,
    chunks: Vec<Chunk>,
}

/// A partial cell on its way to its shard: view, slice, key, value.
pub(crate) type Delta = (u16, EventTime, Option<Arc<str>>, Cell);

#[derive(Default)]
struct ViewPartial {
    slices: Vec<(EventTime, Group)>,
    places: HashMap<EventTime, usize>,
    last: usize,
}

/// The cells of one slice.
struct Group {
    keyless: Option<Cell>,
    keyed: Keyed,
}

#[derive(Default)]
struct Outcomes {
    all: Vec<Outcome>,
    /// The places in `all` of each granule's outcomes: few, whatever the records are.
    places: HashMap<EventTime, Vec<usize>>,
    /// The granule of the last record, and its places.
    granule: Option<EventTime>,
    here: Vec<usize>,
}

/// What a view makes of a record, lateness apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Counts,
    Filtered,
    Bad,
}

impl Folder {
    pub(crate) fn new(spec: Arc<EngineSpec>) -> Self {
        let functions = spec.views.iter().map(ViewPlan::functions).collect();
        let granule = spec.granule();
        Folder { spec, functions, granule, spare: Vec::new() }
    }

    /// An epoch in which nothing was seen yet.
    pub(crate) fn start(&mut self) -> Partial {
        Partial {
            views: self.spec.views.iter().map(|_| ViewPartial::default()).collect(),
            spare: std::mem::take(&mut self.spare),
            outcomes: Outcomes::default(),
            largest: Vec::new(),
            bad: 0,
            chunks: Vec::new(),
        }
    }

    /// Decodes a chunk into the epoch's partial cells. Where the watermark before the
    /// epoch is known, too-late records are rejected at once and the chunk's buffer comes
    /// back; else the chunk is kept for [`Folder::late`].
    pub(crate) fn fold(
        &self,
        partial: &mut Partial,
        chunk: Chunk,
        before: Option<EventTime>,
        rejects: &dyn Rejects,
    ) -> Option<Vec<u8>> {
        partial.bad += chunk.batch.oversize.len() as u64;
        let origin = &chunk.batch.origin;
        for Oversize { position, head } in &chunk.batch.oversize {
            rejects.reject(&Rejected { reason: Reason::Oversize, origin, position: *position, record: head });
        }
        let latest = self.latest(&chunk);
        let earliest = before.map_or(EventTime::BEGINNING, |before| self.earliest(before));
        let mut largest = EventTime::BEGINNING;
        let mut record = Record::new(&self.spec.schema);
        let text = simdutf8::basic::from_utf8(&chunk.batch.bytes).ok();
        for (position, place, line) in lines(&chunk) {
            let decoded = match text.and_then(|text| text.get(place)) {
                Some(line) => self.spec.schema.decode_text(line, &mut record),
                None => self.spec.schema.decode(line, &mut record),
            };
            let reason = match decoded {
                Ok(()) if record.time() <= latest => {
                    largest = largest.max(record.time());
                    let bad = self.count(partial, &record);
                    if record.time() < earliest && before.is_some_and(|before| self.is_late(&record, before))
                    {
                        rejects.reject(&Rejected { reason: Reason::Late, origin, position, record: line });
                    }
                    if !bad {
                        continue;
                    }
                    Reason::Type
                }
                Ok(()) => Reason::Future,
                Err(Bad::Syntax) => Reason::Syntax,
                Err(Bad::Time) => Reason::Time,
            };
            if reason != Reason::Type {
                partial.bad += 1;
            }
            rejects.reject(&Rejected { reason, origin, position, record: line });
        }
        drop(record);
        partial.saw(chunk.partition, largest);
        match before {
            Some(_) => Some(chunk.batch.bytes),
            None => {
                partial.chunks.push(chunk);
                None
            }
        }
    }

    /// A record of the chunk that is later is from the future.
    fn latest(&self, chunk: &Chunk) -> EventTime {
        let opened = EventTime::from_millis(chunk.opened.millis());
        self.spec.future.map_or(EventTime::END, |ahead| opened.add(ahead))
    }

    /// No view finds a record of that time too late, or of any time after it.
    fn earliest(&self, before: EventTime) -> EventTime {
        let views = self.spec.views.iter();
        views.map(|plan| plan.timing().earliest(before)).max().unwrap_or(EventTime::BEGINNING)
    }

    fn is_late(&self, record: &Record<'_>, before: EventTime) -> bool {
        self.spec.views.iter().any(|plan| {
            record.time() < plan.timing().earliest(before) && verdict(plan, record) == Verdict::Counts
        })
    }

    /// Folds one record into every view; true if any found a value of a wrong type.
    fn count(&self, partial: &mut Partial, record: &Record<'_>) -> bool {
        let (mut filtered, mut bad) = (0, 0);
        for (place, plan) in self.spec.views.iter().enumerate() {
            match verdict(plan, record) {
                Verdict::Bad => bad |= 1 << place,
                Verdict::Filtered => filtered |= 1 << place,
                Verdict::Counts => {
                    let group = partial.views[place].group(plan, record.time(), &mut partial.spare);
                    group.add(plan, &self.functions[place], record);
                }
            }
        }
        partial.outcomes.add(self.granule, filtered, bad, record.time());
        bad != 0
    }

    /// Gives the partial cells that are not too late, and says whether some were.
    pub(crate) fn release(
        &mut self,
        partial: &mut Partial,
        before: EventTime,
        mut to: impl FnMut(Delta),
    ) -> bool {
        self.spare.append(&mut partial.spare);
        let mut late = false;
        for (place, view) in partial.views.iter_mut().enumerate() {
            let timing = self.spec.views[place].timing();
            for (slice, mut group) in view.slices.drain(..) {
                if timing.expired(slice, before) {
                    // The table still holds the cells, so it is not used again.
                    late = true;
                    continue;
                }
                let mut give = |key, cell| to((place as u16, slice, key, cell));
                group.keyless.into_iter().for_each(|cell| give(None, cell));
                group.keyed.drain().for_each(|(key, cell)| give(Some(Arc::from(key.as_str())), cell));
                if self.spare.len() < SPARE && group.keyed.capacity() > 0 {
                    self.spare.push(group.keyed);
                }
            }
        }
        late
    }

    /// Reads the kept chunks once more for the records that came too late for a view.
    pub(crate) fn late(&self, partial: &Partial, before: EventTime, rejects: &dyn Rejects) {
        for chunk in &partial.chunks {
            let mut record = Record::new(&self.spec.schema);
            for (position, _, line) in lines(chunk) {
                let decoded = self.spec.schema.decode(line, &mut record).is_ok();
                if decoded && record.time() <= self.latest(chunk) && self.is_late(&record, before) {
                    let origin = &chunk.batch.origin;
                    rejects.reject(&Rejected { reason: Reason::Late, origin, position, record: line });
                }
            }
        }
    }
}

impl Partial {
    fn saw(&mut self, partition: usize, largest: EventTime) {
        if self.largest.len() <= partition {
            self.largest.resize(partition + 1, None);
        }
        if largest > EventTime::BEGINNING {
            self.largest[partition] = self.largest[partition].max(Some(largest));
        }
    }

    /// What the leader must know of this share.
    pub(crate) fn report(&mut self) -> Report {
        Report {
            largest: std::mem::take(&mut self.largest),
            bad: self.bad,
            outcomes: std::mem::take(&mut self.outcomes.all),
        }
    }

    /// The buffers of its chunks, for others to fill.
    pub(crate) fn buffers(self) -> impl Iterator<Item = Vec<u8>> {
        self.chunks.into_iter().map(|chunk| chunk.batch.bytes)
    }
}

impl ViewPartial {
    fn group(&mut self, plan: &ViewPlan, time: EventTime, spare: &mut Vec<Keyed>) -> &mut Group {
        let windowing = plan.timing().windowing;
        let here = |(slice, _): &(EventTime, Group)| *slice <= time && time < slice.add(windowing.slide());
        if !self.slices.get(self.last).is_some_and(here) {
            let slice = windowing.slice(time);
            let slices = &mut self.slices;
            self.last = *self.places.entry(slice).or_insert_with(|| {
                let keyed = plan.key.and_then(|_| spare.pop()).unwrap_or_default();
                slices.push((slice, Group { keyless: None, keyed }));
                slices.len() - 1
            });
        }
        &mut self.slices[self.last].1
    }
}

impl Group {
    fn add(&mut self, plan: &ViewPlan, functions: &[Function], record: &Record<'_>) {
        let Some(field) = plan.key else { return self.keyless(plan, functions, record) };
        let values = record.values(field);
        match values {
            [] => self.keyless(plan, functions, record),
            [value] => self.keyed(text(value), plan, functions, record),
            _ => distinct(values).for_each(|key| self.keyed(key, plan, functions, record)),
        }
    }

    fn keyed(&mut self, key: Cow<'_, str>, plan: &ViewPlan, functions: &[Function], record: &Record<'_>) {
        let cell = match self.keyed.get_mut(key.as_ref()) {
            Some(cell) => cell,
            None => self.keyed.entry(CompactString::from(key)).or_insert_with(|| Cell::zero(functions)),
        };
        tally(cell, plan, record);
    }

    fn keyless(&mut self, plan: &ViewPlan, functions: &[Function], record: &Record<'_>) {
        tally(self.keyless.get_or_insert_with(|| Cell::zero(functions)), plan, record);
    }
}

impl Outcomes {
    fn add(&mut self, length: Span, filtered: u64, bad: u64, time: EventTime) {
        if !self.granule.is_some_and(|start| start <= time && time < start.add(length)) {
            self.go_to(time.floor(length, 0));
        }
        let same = |place: &&usize| self.all[**place].filtered == filtered && self.all[**place].bad == bad;
        let place = match self.here.iter().find(same) {
            Some(place) => *place,
            None => {
                let granule = self.granule.unwrap_or(time);
                self.all.push(Outcome { granule, filtered, bad, records: 0, latest: time });
                self.here.push(self.all.len() - 1);
                self.all.len() - 1
            }
        };
        let outcome = &mut self.all[place];
        outcome.records += 1;
        outcome.latest = outcome.latest.max(time);
    }

    fn go_to(&mut self, granule: EventTime) {
        let next = self.places.remove(&granule).unwrap_or_default();
        let left = std::mem::replace(&mut self.here, next);
        if let Some(before) = self.granule.replace(granule) {
            self.places.insert(before, left);
        }
    }
}

fn tally(cell: &mut Cell, plan: &ViewPlan, record: &Record<'_>) {
    for (place, metric) in plan.metrics.iter().enumerate() {
        let counts = match metric {
            Metric::Count => true,
            Metric::CountOf(field) => record.values(*field).iter().any(|value| !value.is_empty()),
        };
        if counts {
            cell.add(place);
        }
    }
}

fn verdict(plan: &ViewPlan, record: &Record<'_>) -> Verdict {
    let Some(field) = plan.key else { return Verdict::Counts };
    let values = record.values(field);
    if values.iter().any(|value| matches!(value, Value::Composite)) {
        Verdict::Bad
    } else if values.is_empty() && !plan.keep_null {
        Verdict::Filtered
    } else {
        Verdict::Counts
    }
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

fn text<'r>(value: &'r Value<'_>) -> Cow<'r, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Int(number) => number.to_string().into(),
        Value::Float(number) => number.to_string().into(),
        Value::Bool(truth) => truth.to_string().into(),
        Value::Composite => Cow::Borrowed(""),
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
