//! No record is lost without a trace: what a stream's metrics say adds up.

use oriel_dataflow::Totals;
use oriel_window::Tally;

/// Asks a stream for its metrics: the records read are those of all fates, in each view too,
/// and each view got all but those that never became a record.
///
/// # Panics
/// When that is not so, or there is no answer.
pub async fn holds(stream: &str) {
    let answer = reqwest::get(format!("{stream}/metrics")).await.expect("an answer");
    let text = answer.text().await.expect("a text");
    let metrics = Metrics(&text);
    let read = metrics.sum("records_read_total", "");
    assert_eq!(read, metrics.sum("records_total", ""), "{text}");
    let reasons = ["syntax", "time", "future", "oversize"];
    let bad: u64 =
        reasons.iter().map(|reason| metrics.sum("rejected_total", &format!("reason=\"{reason}\""))).sum();
    let views: Vec<&str> = metrics.labels("view_records_decoded_total").collect();
    assert!(!views.is_empty(), "{text}");
    for view in views {
        assert_eq!(metrics.sum("view_records_decoded_total", view), read - bad, "{view} in\n{text}");
        assert_eq!(metrics.sum("view_records_total", view), read - bad, "{view} in\n{text}");
    }
}

/// The same of what a run gave at its end.
///
/// # Panics
/// When it does not add up.
pub fn adds_up(totals: &Totals) {
    let sum = |tally: &Tally| tally.counted + tally.filtered + tally.late + tally.bad;
    assert_eq!(totals.tally.read, sum(&totals.tally), "{totals:?}");
    for view in &totals.views {
        assert_eq!(view.read, sum(view), "{totals:?}");
    }
}

struct Metrics<'t>(&'t str);

impl<'t> Metrics<'t> {
    /// Labels and value of each line of that name.
    fn lines(&self, name: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let name = format!("oriel_stream_{name}");
        self.0.lines().filter_map(move |line| {
            let (labels, value) = line.strip_prefix(&name)?.rsplit_once(' ')?;
            (labels.is_empty() || labels.starts_with('{')).then_some((labels, value))
        })
    }

    fn labels(&self, name: &str) -> impl Iterator<Item = &'t str> {
        self.lines(name).map(|(labels, _)| labels.trim_matches(['{', '}']))
    }

    /// The sum of those whose labels hold the text.
    fn sum(&self, name: &str, label: &str) -> u64 {
        let lines = self.lines(name).filter(|(labels, _)| labels.contains(label));
        lines.map(|(_, value)| value.parse::<u64>().expect("a whole number")).sum()
    }
}
