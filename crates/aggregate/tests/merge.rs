//! Merging: in any order, by any tree, to the same bytes.

use oriel_aggregate::{Aggregate, Cell, Count, Function, Output};
use proptest::collection::vec;
use proptest::prelude::*;

/// Every function there is, some twice: a view may ask for that.
const METRICS: [Function; 3] = [Function::Count, Function::Count, Function::Count];

/// Which metrics a record is counted in.
type Record = Vec<usize>;

fn cell(records: &[Record]) -> Cell {
    let mut cell = Cell::zero(&METRICS);
    for metric in records.iter().flatten() {
        cell.add(*metric);
    }
    cell
}

fn merged(mut left: Cell, right: &Cell) -> Cell {
    left.merge(right);
    left
}

fn bytes(cell: &Cell) -> Vec<u8> {
    serde_json::to_vec(cell).expect("a cell is plain data")
}

fn outputs(cell: &Cell) -> Vec<Output> {
    cell.outputs().collect()
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    vec(proptest::sample::subsequence(vec![0, 1, 2], 0..=3), 0..40)
}

/// Two of the parts, chosen anew at each step, become one until one is left.
fn merge_by_tree(mut parts: Vec<Cell>, choices: &[(usize, usize)]) -> Cell {
    for (left, right) in choices.iter().cycle() {
        if parts.len() == 1 {
            break;
        }
        let taken = parts.swap_remove(left % parts.len());
        let place = right % parts.len();
        parts[place].merge(&taken);
    }
    parts.remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merge_is_commutative(a in records(), b in records()) {
        let (a, b) = (cell(&a), cell(&b));
        prop_assert_eq!(bytes(&merged(a.clone(), &b)), bytes(&merged(b, &a)));
    }

    #[test]
    fn merge_is_associative(a in records(), b in records(), c in records()) {
        let (a, b, c) = (cell(&a), cell(&b), cell(&c));
        let left = merged(merged(a.clone(), &b), &c);
        prop_assert_eq!(bytes(&left), bytes(&merged(a, &merged(b, &c))));
    }

    #[test]
    fn zero_is_neutral(a in records()) {
        let a = cell(&a);
        let zero = Cell::zero(&METRICS);
        prop_assert_eq!(&merged(a.clone(), &zero), &a);
        prop_assert_eq!(&merged(zero, &a), &a);
    }

    #[test]
    fn every_tree_of_merges_gives_the_bytes_of_one_fold(
        records in records(),
        parts in 1..9_usize,
        split in vec(any::<usize>(), 40),
        choices in vec(any::<(usize, usize)>(), 1..9),
    ) {
        let mut cells = vec![Cell::zero(&METRICS); parts];
        for (record, part) in records.iter().zip(&split) {
            cells[part % parts].merge(&cell(std::slice::from_ref(record)));
        }
        let tree = merge_by_tree(cells, &choices);
        let fold = cell(&records);
        prop_assert_eq!(bytes(&tree), bytes(&fold));
        prop_assert_eq!(outputs(&tree), outputs(&fold));
    }

    #[test]
    fn outputs_are_the_numbers_of_records_in_each_metric(records in records()) {
        let of = |metric| records.iter().filter(|record| record.contains(&metric)).count();
        let expected: Vec<Output> = (0..3).map(|metric| Output::Long(of(metric) as i64)).collect();
        let cell = cell(&records);
        prop_assert_eq!(outputs(&cell), expected);
        prop_assert_eq!(cell.weight(), of(0) as i64);
    }

    #[test]
    fn a_count_gives_back_what_was_merged_in(a in 0..1_000, b in 0..1_000) {
        let count = |n| {
            let mut count = Count::zero();
            (0..n).for_each(|_| count.add());
            count
        };
        let mut both = count(a);
        both.merge(&count(b));
        prop_assert!(both.retract(&count(b)));
        prop_assert_eq!(both, count(a));
    }

    #[test]
    fn a_cell_comes_back_from_its_bytes(records in records()) {
        let cell = cell(&records);
        prop_assert_eq!(serde_json::from_slice::<Cell>(&bytes(&cell)).expect("its own bytes"), cell);
    }
}

#[test]
fn a_count_of_nothing_is_nought() {
    assert_eq!(outputs(&Cell::zero(&METRICS)), [Output::Long(0); 3]);
    assert_eq!(outputs(&Cell::zero(&[])), []);
}

#[test]
fn an_output_beyond_the_range_is_null_and_ranks_last() {
    let mut cell = cell(&[vec![0]]);
    let doublings = 62;
    for _ in 0..doublings {
        cell = merged(cell.clone(), &cell);
    }
    assert_eq!(outputs(&cell)[0], Output::Long(1 << doublings));
    cell = merged(cell.clone(), &cell);
    assert_eq!(outputs(&cell), [Output::Null, Output::Long(0), Output::Long(0)]);
    assert_eq!(cell.weight(), i64::MIN);
}

#[test]
fn a_cell_without_metrics_ranks_last() {
    assert_eq!(Cell::zero(&[]).weight(), i64::MIN);
}
