//! The rules word for word. Every window keeps a list of its records; nothing is
//! shared with the crate, nothing is clever, numbers are plain milliseconds.

mod aligned;
mod partitions;
mod sessions;

use crate::host::plain::{self, Epoch, Fates, Given, Input, Rules, Seen, Value, Verdict, ViewRules};
use crate::host::plain::{ViewSeen, Windows};
use aligned::Aligned;
use partitions::Partitions;
use sessions::Sessions;

pub(crate) use aligned::windows;
pub(crate) use sessions::united;

pub(crate) const BEGINNING: i64 = i64::MIN;
pub(crate) const END: i64 = i64::MAX;

/// The stream and its views after some epochs.
pub(crate) struct Naive {
    rules: Rules,
    partitions: Partitions,
    views: Vec<View>,
    clock: Option<i64>,
}

#[derive(Clone)]
struct View {
    rules: ViewRules,
    kind: Kind,
    /// The times of records counted in the present epoch, by partition.
    counted: Vec<(usize, i64)>,
    horizon: i64,
}

#[derive(Clone)]
enum Kind {
    Aligned(Aligned),
    Sessions(Sessions),
}

/// A record, or its time and value only.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) time: i64,
    pub(crate) value: usize,
}

/// The end of an epoch, for one view.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) before: i64,
    pub(crate) watermark: i64,
    pub(crate) early_due: bool,
    pub(crate) late_due: bool,
}

/// What one view made of a record; the best that any view made is the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Bad,
    Filtered,
    Late,
    Counted,
}

impl Naive {
    pub(crate) fn new(rules: &Rules) -> Self {
        let kind = |rules: &ViewRules| match rules.windows {
            Windows::Sessions { gap } => Kind::Sessions(Sessions::new(gap)),
            _ => Kind::Aligned(Aligned::default()),
        };
        let view = |rules: &ViewRules| View {
            rules: *rules,
            kind: kind(rules),
            counted: Vec::new(),
            horizon: BEGINNING,
        };
        Naive {
            rules: rules.clone(),
            partitions: Partitions::new(rules.partitions),
            views: rules.views.iter().map(view).collect(),
            clock: None,
        }
    }

    pub(crate) fn close(&mut self, epoch: &Epoch) -> Seen {
        let before = self.partitions.watermark;
        let mut all = Fates::default();
        let mut views = vec![ViewSeen::default(); self.views.len()];
        for (_, input) in &epoch.inputs {
            self.judge(input, before, &mut all, &mut views);
        }
        let moving = self.partitions.close(epoch, &self.rules);
        let watermark = self.partitions.watermark;
        let then = self.clock;
        let now = then.map_or(epoch.clock, |then| then.max(epoch.clock));
        self.clock = Some(now);
        let mut panes = Vec::new();
        for (place, view) in self.views.iter_mut().enumerate() {
            let due = |every: Option<i64>| every.is_some_and(|every| a_multiple_passed(every, then, now));
            let (early_due, late_due) = (due(view.rules.early.every), due(view.rules.late.every));
            let end = End { before, watermark, early_due, late_due };
            panes.extend(view.close(place, &end, &mut views[place]));
            let counted = std::mem::take(&mut view.counted);
            let moved = counted.into_iter().filter(|counted| moving.contains(counted));
            view.horizon = moved.map(|(_, time)| time).fold(view.horizon, i64::max);
            views[place].horizon = view.horizon;
        }
        let partitions = self.partitions.stands(&self.rules);
        Seen { watermark, partitions, panes, all, views }
    }

    /// By the watermark after the epoch before.
    fn judge(&mut self, input: &Input, before: i64, all: &mut Fates, seen: &mut [ViewSeen]) {
        let Input::Record { partition, time, value, verdicts } = input else {
            return count(all, Fate::Bad);
        };
        let record = Taken { time: *time, value: *value };
        let mut best = Fate::Bad;
        for ((view, verdict), seen) in self.views.iter_mut().zip(verdicts).zip(seen) {
            let fate = view.take(&record, verdict, before, seen);
            if fate == Fate::Counted {
                view.counted.push((*partition, *time));
            }
            count(&mut seen.fates, fate);
            best = best.max(fate);
        }
        count(all, best);
    }
}

impl View {
    fn take(&mut self, record: &Taken, verdict: &Verdict, before: i64, seen: &mut ViewSeen) -> Fate {
        let keys = match verdict {
            Verdict::Bad => return Fate::Bad,
            Verdict::Filtered => return Fate::Filtered,
            Verdict::Keys(keys) => keys,
        };
        let taken = match &mut self.kind {
            Kind::Aligned(aligned) => aligned.take(&self.rules, record, keys, before, &mut seen.late_windows),
            Kind::Sessions(sessions) => sessions.take(&self.rules, record, keys, before),
        };
        if taken { Fate::Counted } else { Fate::Late }
    }

    fn close(&mut self, view: usize, end: &End, seen: &mut ViewSeen) -> Vec<Given> {
        let mut panes = match &mut self.kind {
            Kind::Sessions(sessions) => sessions.close(&self.rules, end),
            Kind::Aligned(aligned) => {
                let panes = aligned.close(&self.rules, end);
                seen.fires = panes.iter().map(|pane| pane.window).collect();
                seen.fires.dedup();
                seen.forgotten = aligned.purge(&self.rules, end.watermark);
                panes
            }
        };
        panes.sort_by(|a, b| (a.window, &a.key).cmp(&(b.window, &b.key)));
        panes.iter_mut().for_each(|pane| pane.view = view);
        panes
    }
}

/// Why a window fires, and whether all its keys are shown, or only those that changed.
pub(crate) fn fires(
    rules: &ViewRules,
    end: &End,
    window_end: i64,
    (early_reached, late_reached): (bool, bool),
    changed: bool,
) -> Option<(&'static str, bool)> {
    let all = rules.unchanged;
    if window_end > end.watermark {
        return ((end.early_due || early_reached) && (changed || all)).then_some(("EARLY", all));
    }
    if window_end > end.before {
        return Some(("ON_TIME", true));
    }
    let by_default = rules.late.every.is_none() && rules.late.records.is_none();
    let due = if by_default { changed } else { end.late_due || late_reached };
    if due && (changed || all) {
        return Some(("LATE", all));
    }
    (changed && purged(rules, window_end, end.watermark)).then_some(("LATE", false))
}

pub(crate) fn purged(rules: &ViewRules, window_end: i64, watermark: i64) -> bool {
    window_end.saturating_add(rules.lateness) <= watermark
}

/// Some records as a cell.
pub(crate) fn fold<'r>(records: impl IntoIterator<Item = &'r Taken>) -> Value {
    let mut cell = plain::zero();
    records.into_iter().for_each(|record| plain::add(&mut cell, record.time, record.value));
    plain::value(&cell)
}

/// At the first epoch's end no multiple has passed yet.
fn a_multiple_passed(every: i64, then: Option<i64>, now: i64) -> bool {
    then.is_some_and(|then| (then + 1..=now).any(|time| time % every == 0))
}

fn count(fates: &mut Fates, fate: Fate) {
    fates.read += 1;
    *match fate {
        Fate::Bad => &mut fates.bad,
        Fate::Filtered => &mut fates.filtered,
        Fate::Late => &mut fates.late,
        Fate::Counted => &mut fates.counted,
    } += 1;
}
