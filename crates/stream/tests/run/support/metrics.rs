//! Metrics, and that they add up.

/// Metrics in the text form.
pub(crate) struct Measured(pub(super) String);

impl Measured {
    /// The number under that name and these labels.
    pub(crate) fn of(&self, name: &str) -> i64 {
        self.find(name).unwrap_or_else(|| panic!("no {name} in\n{}", self.0))
    }

    pub(crate) fn find(&self, name: &str) -> Option<i64> {
        let whole = format!("oriel_stream_{name} ");
        self.0.lines().find_map(|line| line.strip_prefix(&whole)).map(|value| value.parse().unwrap())
    }

    /// The sum of all under that name whose labels hold this text.
    pub(crate) fn sum(&self, name: &str, label: &str) -> i64 {
        let begin = format!("oriel_stream_{name}{{");
        let lines = self.0.lines().filter(|line| line.starts_with(&begin) && line.contains(label));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap()).sum()
    }

    /// The records read are those of all fates, in the whole and in the views.
    pub(crate) fn adds_up(&self) {
        assert_eq!(self.of("records_read_total"), self.sum("records_total", "fate="), "{}", self.0);
        let decoded = self.sum("view_records_decoded_total", "view=");
        assert_eq!(decoded, self.sum("view_records_total", "fate="), "{}", self.0);
    }

    /// The whole identity of the accounts, once nothing is on its way.
    pub(crate) fn accounts(&self, views: &[&str]) {
        self.adds_up();
        let read = self.of("records_read_total");
        let bad = ["syntax", "time", "future", "oversize"];
        let bad: i64 = bad.iter().map(|why| self.sum("rejected_total", &format!("\"{why}\""))).sum();
        for view in views {
            let label = format!("view=\"{view}\"");
            assert_eq!(self.sum("view_records_decoded_total", &label), read - bad, "{}", self.0);
            assert_eq!(self.sum("view_records_total", &label), read - bad, "{}", self.0);
        }
    }
}
