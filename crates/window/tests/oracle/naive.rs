//! The rules word for word. Every window keeps a list of its records; nothing is
//! shared with the crate, nothing is clever, numbers are plain milliseconds.

use crate::host::{Epoch, Fates, Given, Input, Rules, Seen, Verdict, ViewRules, ViewSeen};
use std::collections::{BTreeMap, BTreeSet};

const BEGINNING: i64 = i64::MIN;
const END: i64 = i64::MAX;

/// The stream and its views after some epochs.
pub(crate) struct Naive {
    rules: Rules,
    partitions: Vec<Partition>,
    views: Vec<View>,
    watermark: i64,
    clock: Option<i64>,
}

#[derive(Clone, Default)]
struct Partition {
    times: Vec<i64>,
    silent: i64,
    ended: bool,
}

#[derive(Clone)]
struct View {
    rules: ViewRules,
    windows: BTreeMap<i64, Window>,
    horizon: i64,
}

#[derive(Clone, Default)]
struct Window {
    /// The keys of every record that it has counted.
    records: Vec<Vec<String>>,
    /// How many of them came before the present epoch.
    before: usize,
    /// What the last pane of a key showed, and how many panes it has had.
    shown: BTreeMap<String, (i64, u32)>,
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
        let view = |rules: &ViewRules| View { rules: *rules, windows: BTreeMap::new(), horizon: BEGINNING };
        Naive {
            rules: rules.clone(),
            partitions: vec![Partition::default(); rules.partitions],
            views: rules.views.iter().map(view).collect(),
            watermark: BEGINNING,
            clock: None,
        }
    }

    pub(crate) fn close(&mut self, epoch: &Epoch) -> Seen {
        let nothing = ViewSeen {
            fates: Fates::default(),
            late_windows: 0,
            horizon: BEGINNING,
            refused: 0,
            fires: Vec::new(),
            purged: BTreeSet::new(),
        };
        let mut seen = Seen {
            watermark: 0,
            panes: Vec::new(),
            all: Fates::default(),
            views: vec![nothing; self.views.len()],
        };
        for (_, input) in &epoch.inputs {
            self.judge(input, &mut seen);
        }
        let before = self.watermark;
        self.move_watermark(epoch);
        seen.watermark = self.watermark;
        let then = self.clock;
        let now = then.map_or(epoch.clock, |then| then.max(epoch.clock));
        self.clock = Some(now);
        for (place, view) in self.views.iter_mut().enumerate() {
            let due = view.rules.every.is_some_and(|every| a_multiple_passed(every, then, now));
            let panes = view.panes(place, before, self.watermark, due);
            seen.views[place].fires = panes.iter().map(|pane| pane.window).collect();
            seen.views[place].fires.dedup();
            seen.panes.extend(panes);
            seen.views[place].purged = view.purge(self.watermark);
            seen.views[place].horizon = view.horizon;
        }
        seen
    }

    /// By the watermark after the epoch before: it has not moved yet.
    fn judge(&mut self, input: &Input, seen: &mut Seen) {
        let Input::Record { partition, time, verdicts } = input else {
            return count(&mut seen.all, Fate::Bad);
        };
        self.partitions[*partition].times.push(*time);
        let mut best = Fate::Bad;
        for ((view, verdict), seen) in self.views.iter_mut().zip(verdicts).zip(&mut seen.views) {
            let fate = view.take(*time, verdict, self.watermark, seen);
            count(&mut seen.fates, fate);
            best = best.max(fate);
        }
        count(&mut seen.all, best);
    }

    fn move_watermark(&mut self, epoch: &Epoch) {
        for (partition, (silent, ended)) in self.partitions.iter_mut().zip(&epoch.partitions) {
            partition.silent = *silent;
            partition.ended = *ended;
        }
        let watermark = |p: &Partition| p.times.iter().max().map_or(BEGINNING, |t| t - self.rules.disorder);
        let running: Vec<&Partition> = self.partitions.iter().filter(|p| !p.ended).collect();
        let idle = |p: &Partition| self.rules.idle.is_some_and(|idle| p.silent >= idle);
        let holding = running.iter().filter(|p| !idle(p)).map(|p| watermark(p)).min();
        let furthest = running.iter().map(|p| watermark(p)).max();
        let stream = match (holding, furthest) {
            (Some(least), _) => least,
            (None, None) => END,
            (None, Some(BEGINNING)) => BEGINNING,
            // All that still run are idle. Of two as far ahead, the longer silence counts.
            (None, Some(furthest)) => {
                let silences = running.iter().filter(|p| watermark(p) == furthest).map(|p| p.silent);
                furthest + silences.max().unwrap_or(0)
            }
        };
        self.watermark = self.watermark.max(stream);
    }
}

impl View {
    fn take(&mut self, time: i64, verdict: &Verdict, watermark: i64, seen: &mut ViewSeen) -> Fate {
        let keys = match verdict {
            Verdict::Bad => return Fate::Bad,
            Verdict::Filtered => return Fate::Filtered,
            Verdict::Keys(keys) => keys,
        };
        let ViewRules { size, lateness, .. } = self.rules;
        let (purged, alive): (Vec<i64>, Vec<i64>) =
            windows(&self.rules, time).into_iter().partition(|start| start + size + lateness <= watermark);
        if alive.is_empty() {
            seen.refused += keys.len() as i64;
            return Fate::Late;
        }
        seen.late_windows += purged.len() as u64;
        self.horizon = self.horizon.max(time);
        for start in alive {
            self.windows.entry(start).or_default().records.push(keys.clone());
        }
        Fate::Counted
    }

    fn panes(&mut self, view: usize, before: i64, watermark: i64, due: bool) -> Vec<Given> {
        let mut panes = Vec::new();
        for (start, window) in &mut self.windows {
            let end = start + self.rules.size;
            let (timing, wanted) = if end > watermark {
                ("EARLY", due || window.reached(self.rules.records))
            } else if end > before {
                ("ON_TIME", true)
            } else {
                ("LATE", true)
            };
            window.before = window.records.len();
            if !wanted {
                continue;
            }
            for key in window.keys() {
                let value = window.count(&key);
                let (shown, index) = window.shown.get(&key).copied().unwrap_or((0, 0));
                if timing == "ON_TIME" || value != shown {
                    window.shown.insert(key.clone(), (value, index + 1));
                    let last = end + self.rules.lateness <= watermark;
                    panes.push(Given { view, window: *start, key, timing, index, last, value });
                }
            }
        }
        panes
    }

    fn purge(&mut self, watermark: i64) -> BTreeSet<i64> {
        let ViewRules { size, lateness, .. } = self.rules;
        let gone =
            self.windows.keys().copied().filter(|start| start + size + lateness <= watermark).collect();
        for start in &gone {
            let window = self.windows.remove(start).expect("it was just there");
            for key in window.keys() {
                assert_eq!(window.shown.get(&key).map(|s| s.0), Some(window.count(&key)), "all was shown");
            }
        }
        gone
    }
}

impl Window {
    fn keys(&self) -> BTreeSet<String> {
        self.records.iter().flatten().cloned().collect()
    }

    fn count(&self, key: &String) -> i64 {
        self.records.iter().filter(|keys| keys.contains(key)).count() as i64
    }

    /// In this epoch a record came whose number is a multiple of n.
    fn reached(&self, n: Option<u64>) -> bool {
        let Some(n) = n else { return false };
        (self.before + 1..=self.records.len()).any(|number| (number as u64).is_multiple_of(n))
    }
}

/// The starts of all windows that hold the time, earliest first.
pub(crate) fn windows(rules: &ViewRules, time: i64) -> Vec<i64> {
    (time - rules.size + 1..=time).filter(|start| start % rules.slide == 0).collect()
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
