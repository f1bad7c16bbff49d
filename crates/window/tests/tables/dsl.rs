//! Tables as tests: one line an epoch, `input | watermark after | what comes out`.
//!
//! Times are seconds. Input, separated by blanks:
//!
//! - `9` a record, `9/rust` with a key, `9/go+rust` with two, `9/-` filtered, `9/!` bad
//!   in the view, `p1:9` from partition 1 (else 0), `broken` never a record
//! - `at=5` the clock, which stays so
//! - `silent=10` and `p1:silent=10` caught up for so long at this epoch's end
//! - `end` all partitions have ended, `p1:end` one has
//!
//! Output, one a line, so that an epoch may go on with lines whose first two columns are
//! empty: `[0,10) rust LATE #2 = 3, last`, `too late 1`, `filtered 1`, `bad 1`,
//! `missed 1` (windows that a counted record came too late for).

use crate::host::{Epoch, Given, Host, Input, Rules, Seen, Verdict, ViewRules};
use oriel_time::Span;

/// Runs the table's input and compares what comes out with the whole table.
pub(crate) fn check(rules: &str, table: &str) {
    let rules = parse_rules(rules);
    let expected: Vec<[String; 3]> =
        table.lines().filter(|line| !line.trim().is_empty()).map(columns).collect();
    for (workers, shards) in [(1, 1), (3, 2)] {
        let mut host = Host::new(&rules, workers, shards);
        let mut state = Epochs { clock: 0, ended: vec![false; rules.partitions] };
        let mut actual = Vec::new();
        for [input, watermark, _] in &expected {
            if watermark.is_empty() {
                continue;
            }
            let (_, _, seen) = host.close(&state.parse(input));
            assert!(watermark != "end" || host.is_empty(), "the stream has ended, state has not");
            lines(input, &rules, &seen, &mut actual);
        }
        let (expected, actual) = (text(&expected), text(&actual));
        assert!(
            expected == actual,
            "with {workers} workers, {rules:?}\nexpected:\n{expected}\nfound:\n{actual}"
        );
    }
}

/// What the epochs before have set.
struct Epochs {
    clock: i64,
    ended: Vec<bool>,
}

impl Epochs {
    fn parse(&mut self, input: &str) -> Epoch {
        let mut inputs = Vec::new();
        let mut silent = vec![0; self.ended.len()];
        for (number, word) in input.split_whitespace().enumerate() {
            let (partition, what) = match word.strip_prefix('p').and_then(|rest| rest.split_once(':')) {
                Some((partition, what)) => (partition.parse().expect("a partition"), what),
                None => (0, word),
            };
            if let Some(at) = what.strip_prefix("at=") {
                self.clock = millis(at);
            } else if let Some(span) = what.strip_prefix("silent=") {
                silent[partition] = millis(span);
            } else if word == "end" {
                self.ended.fill(true);
            } else if what == "end" {
                self.ended[partition] = true;
            } else if what == "broken" {
                inputs.push((number, Input::Broken));
            } else {
                inputs.push((number, record(partition, what)));
            }
        }
        let partitions = silent.into_iter().zip(self.ended.iter().copied()).collect();
        Epoch { inputs, clock: self.clock, partitions }
    }
}

fn record(partition: usize, what: &str) -> Input {
    let (time, keys) = what.split_once('/').unwrap_or((what, ""));
    let verdict = match keys {
        "-" => Verdict::Filtered,
        "!" => Verdict::Bad,
        keys => Verdict::Keys(keys.split('+').map(str::to_owned).collect()),
    };
    Input::Record { partition, time: millis(time), verdicts: vec![verdict] }
}

fn parse_rules(text: &str) -> Rules {
    let span = |text: &str| text.parse::<Span>().expect(text).millis();
    let mut view = ViewRules { size: 0, slide: 0, lateness: 0, every: None, records: None };
    let mut rules = Rules { disorder: 0, idle: None, partitions: 1, views: Vec::new() };
    for rule in text.split(", ") {
        match rule.split(' ').collect::<Vec<_>>()[..] {
            ["tumbling", size] => (view.size, view.slide) = (span(size), span(size)),
            ["sliding", size, slide] => (view.size, view.slide) = (span(size), span(slide)),
            ["lateness", lateness] => view.lateness = span(lateness),
            ["every", n, "records"] => view.records = Some(n.parse().expect(n)),
            ["every", every] => view.every = Some(span(every)),
            ["disorder", disorder] => rules.disorder = span(disorder),
            ["idle", idle] => rules.idle = Some(span(idle)),
            ["partitions", n] => rules.partitions = n.parse().expect(n),
            _ => panic!("no such rule: {rule}"),
        }
    }
    rules.views.push(view);
    rules
}

/// The lines of one epoch as a table has them.
fn lines(input: &str, rules: &Rules, seen: &Seen, to: &mut Vec<[String; 3]>) {
    let size = rules.views[0].size;
    let mut out: Vec<String> = seen.panes.iter().map(|pane| shown(pane, size)).collect();
    let view = &seen.views[0];
    let counts = [
        ("too late", view.fates.late),
        ("filtered", view.fates.filtered),
        ("bad", seen.all.bad),
        ("missed", view.late_windows),
    ];
    out.extend(counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")));
    let mut out = out.into_iter();
    to.push([input.to_owned(), time(seen.watermark), out.next().unwrap_or_default()]);
    to.extend(out.map(|line| [String::new(), String::new(), line]));
}

fn shown(pane: &Given, size: i64) -> String {
    let Given { window, timing, index, value, .. } = pane;
    let (start, end) = (time(*window), time(window + size));
    let key = if pane.key.is_empty() { String::new() } else { format!("{} ", pane.key) };
    let last = if pane.last { ", last" } else { "" };
    format!("[{start},{end}) {key}{timing} #{index} = {value}{last}")
}

fn columns(line: &str) -> [String; 3] {
    let mut columns = line.split('|').map(|column| column.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut next = || columns.next().unwrap_or_else(|| panic!("three columns: {line}"));
    [next(), next(), next()]
}

fn text(rows: &[[String; 3]]) -> String {
    let line = |[input, watermark, out]: &[String; 3]| format!("{input:>24} | {watermark:>9} | {out}\n");
    rows.iter().map(line).collect()
}

fn time(millis: i64) -> String {
    match millis {
        i64::MIN => "beginning".to_owned(),
        i64::MAX => "end".to_owned(),
        millis => (millis as f64 / 1_000.0).to_string(),
    }
}

fn millis(seconds: &str) -> i64 {
    (seconds.parse::<f64>().expect(seconds) * 1_000.0).round() as i64
}
