//! Who came, moved and left in a top list since the message before.

use oriel_protocol::view::Meta;
use oriel_snapshot::{Key, Row, values};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The list of the newest message, and how it moved.
#[derive(Default)]
pub(super) struct Moves {
    /// None before the first.
    list: Option<Vec<(Key, u64)>>,
    entered: Vec<bool>,
    previous_rank: Vec<Option<u64>>,
    left: Vec<Value>,
}

impl Moves {
    /// There is another list. The keys of one with `per` are pairs.
    pub(super) fn go_on(&mut self, rows: &[Row], ranks: &[u64], per: bool) {
        let now: Vec<(Key, u64)> =
            rows.iter().zip(ranks).map(|(row, rank)| (row.key.clone(), *rank)).collect();
        let Some(before) = self.list.replace(now) else { return };
        let mut were: HashMap<&Key, u64> = before.iter().map(|(key, rank)| (key, *rank)).collect();
        self.previous_rank = rows.iter().map(|row| were.remove(&row.key)).collect();
        self.entered = self.previous_rank.iter().map(Option::is_none).collect();
        let left = before.iter().filter(|(key, _)| were.contains_key(key));
        self.left = left.map(|(key, _)| name(key, per)).collect();
    }

    /// Says beside the rows how they moved; the same when the list is sent again.
    pub(super) fn tell(&self, meta: &mut Meta) {
        meta.entered.clone_from(&self.entered);
        meta.previous_rank.clone_from(&self.previous_rank);
        meta.left.clone_from(&self.left);
    }
}

fn name(key: &Key, per: bool) -> Value {
    match values(key, per) {
        (group, key) if per => json!({"per": group, "key": key}),
        (_, key) => key.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oriel_protocol::view::Kind;
    use oriel_snapshot::{State, pair};
    use oriel_time::EventTime;

    fn told(moves: &mut Moves, keys: &[Option<&str>], per: bool) -> Meta {
        let row = |key: &Option<&str>| Row {
            window: EventTime::from_millis(0),
            end: EventTime::from_millis(1),
            key: key.map(Into::into),
            outputs: Vec::new(),
            error: None,
            revision: 0,
            state: State::Open,
            inexact: false,
        };
        let rows: Vec<Row> = keys.iter().map(row).collect();
        let ranks: Vec<u64> = (0..rows.len() as u64).collect();
        let mut meta = Meta::new(Kind::Top, Vec::new());
        moves.go_on(&rows, &ranks, per);
        moves.tell(&mut meta);
        meta
    }

    #[test]
    fn the_first_list_says_nothing_and_each_further_one_what_moved() {
        let mut moves = Moves::default();
        let first = told(&mut moves, &[Some("a"), None, Some("b")], false);
        assert!(first.entered.is_empty() && first.previous_rank.is_empty() && first.left.is_empty());
        let second = told(&mut moves, &[Some("b"), Some("c"), Some("a")], false);
        assert_eq!(second.entered, [false, true, false]);
        assert_eq!(second.previous_rank, [Some(2), None, Some(0)]);
        assert_eq!(second.left, [Value::Null]);
        let third = told(&mut moves, &[], false);
        assert_eq!(third.left, ["b", "c", "a"]);
    }

    #[test]
    fn who_left_a_list_of_lists_is_named_with_its_list() {
        let mut moves = Moves::default();
        let (acme, none) = (pair(Some("acme"), Some("x")), pair(None, Some("y")));
        told(&mut moves, &[Some(&acme), Some(&none)], true);
        let meta = told(&mut moves, &[], true);
        assert_eq!(meta.left, [json!({"per":"acme","key":"x"}), json!({"per":null,"key":"y"})]);
    }
}
