//! From plain values to those of the crate, and back.

use crate::host::plain::{
    self, Epoch, Fates, Firing, Given, Mode, Rules, Seen, Stand, ViewRules, ViewSeen, Windows,
};
use oriel_time::{ProcessingTime, Span};
use oriel_window::{
    Accumulation, Cut, Life, Pane, PartitionCut, PartitionStand, Summary, Tally, Timing, Trigger,
    ViewSummary, ViewTiming, WatermarkRules, Windowing,
};

pub(crate) fn cut(epoch: &Epoch) -> Cut {
    let partition =
        |&(silent, ended): &(i64, bool)| PartitionCut { caught_up: Span::from_millis(silent), ended };
    Cut {
        processing: ProcessingTime::from_millis(epoch.clock),
        partitions: epoch.partitions.iter().map(partition).collect(),
    }
}

pub(crate) fn watermarks(rules: &Rules) -> WatermarkRules {
    WatermarkRules {
        disorder: Span::from_millis(rules.disorder),
        idle: rules.idle.map(Span::from_millis),
        jump: rules.jump.map(Span::from_millis),
        align: rules.align.map(Span::from_millis),
    }
}

pub(crate) fn timing(rules: &ViewRules) -> ViewTiming {
    let span = Span::from_millis;
    let trigger =
        |firing: Firing| Trigger { every: firing.every.map(Span::from_millis), records: firing.records };
    ViewTiming {
        windowing: match rules.windows {
            Windows::Global => Windowing::Global,
            Windows::Aligned { size, slide, offset } => {
                Windowing::sliding(span(size), span(slide)).offset(span(offset))
            }
            Windows::Sessions { gap } => Windowing::Session { gap: span(gap) },
        },
        lateness: span(rules.lateness),
        early: trigger(rules.early),
        late: trigger(rules.late),
        unchanged: rules.unchanged,
        accumulation: match rules.mode {
            Mode::Accumulating => Accumulation::Accumulating,
            Mode::Discarding => Accumulation::Discarding,
            Mode::Retracting => Accumulation::Retracting,
        },
    }
}

pub(crate) fn seen(summary: &Summary) -> Seen {
    let view = |view: &ViewSummary| ViewSeen {
        fates: fates(&view.tally),
        late_windows: view.late_windows,
        horizon: view.horizon.millis(),
        fires: view.fires.iter().map(|fire| fire.window.millis()).collect(),
        forgotten: Vec::new(),
    };
    Seen {
        watermark: summary.watermark.millis(),
        partitions: summary.partitions.iter().map(stand).collect(),
        panes: Vec::new(),
        all: fates(&summary.tally),
        views: summary.views.iter().map(view).collect(),
    }
}

fn fates(tally: &Tally) -> Fates {
    Fates {
        read: tally.read,
        counted: tally.counted,
        filtered: tally.filtered,
        late: tally.late,
        bad: tally.bad,
    }
}

fn stand(stand: &PartitionStand) -> Stand {
    Stand {
        life: match stand.life {
            Life::Waiting => "waiting",
            Life::Active => "active",
            Life::Idle => "idle",
            Life::Ended => "ended",
        },
        watermark: stand.watermark.millis(),
        largest: stand.largest.millis(),
        holds: stand.holds,
        ahead: stand.ahead,
    }
}

pub(crate) fn given(view: usize, pane: &Pane<String>) -> Given {
    Given {
        view,
        window: pane.window.millis(),
        end: pane.end.millis(),
        key: pane.key.clone(),
        timing: match pane.timing {
            Timing::Early => "EARLY",
            Timing::OnTime => "ON_TIME",
            Timing::Late => "LATE",
        },
        index: pane.index,
        last: pane.is_last,
        total: plain::value(&pane.total),
        delta: pane.aside.as_ref().and_then(|aside| aside.delta.as_ref()).map(plain::value),
        withdrawn: pane.withdrawn().iter().map(|(at, cell)| (at.millis(), plain::value(cell))).collect(),
        merged: pane.merged().iter().map(|at| at.millis()).collect(),
    }
}
