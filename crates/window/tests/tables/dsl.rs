//! Tables as tests: one line an epoch, `input | watermark after | what comes out`.
//!
//! Times are seconds. Input, separated by blanks:
//!
//! - `9` a record, `9/rust` with a key, `9/go+rust` with two, `9/-` filtered, `9/!` bad
//!   in the view, `p1:9` from partition 1 (else 0), `broken` never a record
//! - `at=5` the clock, which stays so
//! - `silent=10` and `p1:silent=10` caught up for so long since the last record
//! - `end` all partitions have ended, `p1:end` one has
//!
//! Output, one a line, so that an epoch may go on with lines whose first two columns are
//! empty: panes, and the counts `too late 1`, `filtered 1`, `bad 1`, `missed 1` (windows
//! that a counted record came too late for), and `p1 ahead`. A pane is
//! `[0,10) rust LATE #2 = 3` with the whole value; then what there is of
//!
//! - `+1` what came since the last pane, when discarding
//! - `-2` the last value withdrawn, `-4 of 20` that of a session that it absorbed
//! - `merges 20` the sessions that it absorbed
//! - `last` none can come after

mod rules;
mod shown;

use crate::host::Host;
use crate::host::plain::{Epoch, Input, Rules, Verdict};

/// Runs the table's input and compares what comes out with the whole table.
pub(crate) fn check(rules: &str, table: &str) {
    let rules = rules::parse(rules);
    let expected: Vec<[String; 3]> =
        table.lines().filter(|line| !line.trim().is_empty()).map(columns).collect();
    for (workers, shards) in [(1, 1), (3, 2)] {
        let actual = run(&rules, &expected, workers, shards);
        let (expected, actual) = (text(&expected), text(&actual));
        assert!(
            expected == actual,
            "with {workers} workers, {rules:?}\nexpected:\n{expected}\nfound:\n{actual}"
        );
    }
}

fn run(rules: &Rules, table: &[[String; 3]], workers: usize, shards: usize) -> Vec<[String; 3]> {
    let mut host = Host::new(rules, workers, shards);
    let mut state = Epochs { clock: 0, partitions: vec![(0, false); rules.partitions] };
    let mut actual = Vec::new();
    for [input, watermark, _] in table.iter().filter(|[_, watermark, _]| !watermark.is_empty()) {
        let (_, _, seen) = host.close(&state.parse(input));
        assert!(watermark != "end" || host.is_empty(), "the stream has ended, state has not");
        shown::lines(input, &seen, &mut actual);
    }
    actual
}

/// What the epochs before have set.
struct Epochs {
    clock: i64,
    /// Silent for so long, and whether they have ended.
    partitions: Vec<(i64, bool)>,
}

impl Epochs {
    fn parse(&mut self, input: &str) -> Epoch {
        let mut inputs = Vec::new();
        for (number, word) in input.split_whitespace().enumerate() {
            let (partition, what) = match word.strip_prefix('p').and_then(|rest| rest.split_once(':')) {
                Some((partition, what)) => (Some(partition.parse().expect("a partition")), what),
                None => (None, word),
            };
            let least = partition.map_or(0, |partition: usize| partition + 1);
            self.partitions.resize(self.partitions.len().max(least), (0, false));
            inputs.extend(self.take(partition, what).map(|input| (number, input)));
        }
        Epoch { inputs, clock: self.clock, partitions: self.partitions.clone() }
    }

    fn take(&mut self, partition: Option<usize>, what: &str) -> Option<Input> {
        let named = match partition {
            Some(partition) => &mut self.partitions[partition..=partition],
            None => &mut self.partitions[..],
        };
        if let Some(at) = what.strip_prefix("at=") {
            self.clock = millis(at);
        } else if let Some(span) = what.strip_prefix("silent=") {
            named.iter_mut().for_each(|partition| partition.0 = millis(span));
        } else if what == "end" {
            named.iter_mut().for_each(|partition| partition.1 = true);
        } else if what == "broken" {
            return Some(Input::Broken);
        } else {
            named[0].0 = 0;
            return Some(record(partition.unwrap_or(0), what));
        }
        None
    }
}

fn record(partition: usize, what: &str) -> Input {
    let (time, keys) = what.split_once('/').unwrap_or((what, ""));
    let verdict = match keys {
        "-" => Verdict::Filtered,
        "!" => Verdict::Bad,
        keys => Verdict::Keys(keys.split('+').map(str::to_owned).collect()),
    };
    Input::Record { partition, time: millis(time), value: 0, verdicts: vec![verdict] }
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

fn millis(seconds: &str) -> i64 {
    (seconds.parse::<f64>().expect(seconds) * 1_000.0).round() as i64
}
