//! The line above a table: which windows, when they fire, what they hold.

use crate::host::plain::{Firing, Mode, Rules, ViewRules, Windows};
use oriel_time::Span;

const VIEW: ViewRules = ViewRules {
    windows: Windows::Global,
    lateness: 0,
    early: Firing { every: None, records: None },
    late: Firing { every: None, records: None },
    unchanged: false,
    mode: Mode::Accumulating,
    cap: None,
};

/// Rules are separated by commas.
pub(super) fn parse(text: &str) -> Rules {
    let mut view = VIEW;
    let mut rules =
        Rules { disorder: 0, idle: None, jump: None, align: None, partitions: 1, views: Vec::new() };
    for rule in text.split(", ") {
        let words: Vec<&str> = rule.split(' ').collect();
        match words[..] {
            ["disorder", disorder] => rules.disorder = span(disorder),
            ["idle", idle] => rules.idle = Some(span(idle)),
            ["jump", jump] => rules.jump = Some(span(jump)),
            ["align", align] => rules.align = Some(span(align)),
            ["partitions", n] => rules.partitions = n.parse().expect(n),
            _ => of_view(&words, &mut view),
        }
    }
    rules.views.push(view);
    rules
}

fn of_view(rule: &[&str], view: &mut ViewRules) {
    match rule {
        ["global"] => view.windows = Windows::Global,
        ["tumbling", size] => view.windows = aligned(size, size, "0s"),
        ["tumbling", size, "offset", offset] => view.windows = aligned(size, size, offset),
        ["sliding", size, slide] => view.windows = aligned(size, slide, "0s"),
        ["sliding", size, slide, "offset", offset] => view.windows = aligned(size, slide, offset),
        ["sessions", gap] => view.windows = Windows::Sessions { gap: span(gap) },
        ["lateness", lateness] => view.lateness = span(lateness),
        ["early", "every", rest @ ..] => firing(rest, &mut view.early),
        ["late", "every", rest @ ..] => firing(rest, &mut view.late),
        ["unchanged"] => view.unchanged = true,
        ["discarding"] => view.mode = Mode::Discarding,
        ["retracting"] => view.mode = Mode::Retracting,
        _ => panic!("no such rule: {rule:?}"),
    }
}

fn firing(rule: &[&str], firing: &mut Firing) {
    match rule {
        [n, "records"] => firing.records = Some(n.parse().expect(n)),
        [every] => firing.every = Some(span(every)),
        _ => panic!("no such trigger: {rule:?}"),
    }
}

fn aligned(size: &str, slide: &str, offset: &str) -> Windows {
    Windows::Aligned { size: span(size), slide: span(slide), offset: span(offset) }
}

fn span(text: &str) -> i64 {
    match text.strip_prefix('-') {
        Some(text) => -span(text),
        None => text.parse::<Span>().expect(text).millis(),
    }
}
