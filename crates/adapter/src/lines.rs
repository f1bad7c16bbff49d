//! The lines of a series: its rows by what the key columns say of them.
//!
//! A view may have a thousand keys, and no chart can show as many lines. Where there are
//! too many, the largest are kept, by the sum of a metric over the rows asked for.

use std::collections::BTreeMap;

use crate::cell;
use crate::view::View;

/// What names a line: the text of each key column, in their order. Null is a key of its
/// own, other than the empty text.
pub(crate) type Name = Vec<Option<String>>;

/// The places of a line's rows, in the order of the rows.
pub(crate) type Places = Vec<usize>;

/// The lines of the rows at these places.
pub(crate) fn of(view: &View, places: impl IntoIterator<Item = usize>) -> BTreeMap<Name, Places> {
    let mut lines: BTreeMap<Name, Places> = BTreeMap::new();
    for place in places {
        let name = view.keys.iter().map(|key| cell::text(&view.rows[place][*key])).collect();
        lines.entry(name).or_default().push(place);
    }
    lines
}

/// The largest lines, at most so many, largest first; equals stand in the order of names.
pub(crate) fn largest(
    view: &View,
    lines: BTreeMap<Name, Places>,
    metric: Option<usize>,
    most: usize,
) -> Vec<(Name, Places)> {
    let value = |place: &usize| metric.and_then(|metric| view.rows[*place][metric].as_f64());
    let size = |places: &Places| places.iter().filter_map(value).sum::<f64>();
    let mut sized: Vec<_> = lines.into_iter().map(|line| (size(&line.1), line)).collect();
    sized.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    sized.truncate(most);
    sized.into_iter().map(|(_, line)| line).collect()
}

/// A key as people read it, where nothing would be to read.
pub(crate) fn told(key: Option<&str>) -> &str {
    match key {
        None => "(none)",
        Some("") => "(empty)",
        Some(key) => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel_time::ProcessingTime;
    use serde_json::json;

    #[test]
    fn the_largest_by_sum_are_kept_and_every_key_is_its_own() {
        let rows = json!([{"timestamp": 0, "k": null, "n": 1}, {"timestamp": 0, "k": "", "n": 2}, {"timestamp": 0, "k": "a", "n": 9},
            {"timestamp": 0, "k": "b", "n": null}, {"timestamp": 1, "k": "", "n": 8}, {"timestamp": 1, "k": "null", "n": 3}]);
        let view = View::from_message("t", &rows.to_string(), ProcessingTime::from_millis(0)).expect("rows");
        let lines = of(&view, 0..view.rows.len());
        assert_eq!(lines.len(), 5);
        let names = |most| -> Vec<(Name, usize)> {
            let kept = largest(&view, lines.clone(), view.column("n"), most);
            kept.into_iter().map(|(name, places)| (name, places.len())).collect()
        };
        let name = |key: &str| vec![Some(key.to_owned())];
        assert_eq!(names(2), [(name(""), 2), (name("a"), 1)]);
        assert_eq!(names(9)[3..], [(vec![None], 1), (name("b"), 1)]);
        assert_eq!((told(None), told(Some("")), told(Some("a"))), ("(none)", "(empty)", "a"));
    }
}
