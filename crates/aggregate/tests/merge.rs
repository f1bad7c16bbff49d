//! Merging: in any order, by any tree, to the same bytes.

#[path = "support/given.rs"]
mod given;

use given::*;
use oriel_aggregate::{Cell, Function, Number, Output, Scalar};
use oriel_time::EventTime;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Every function there is, some twice: a view may ask for that.
const METRICS: [Function; 12] = [
    Function::Count,
    Function::Count,
    Function::Sum,
    Function::Min,
    Function::Max,
    Function::Average,
    Function::First,
    Function::Last,
    Function::Distinct,
    Function::Quantile(0.5),
    Function::Quantile(1.0),
    Function::Sum,
];

/// The metrics that a record goes to, its time and its value.
type Record = (Vec<usize>, EventTime, Given);

fn cell(records: &[Record]) -> Cell {
    let mut cell = Cell::zero(&METRICS);
    for (metrics, time, value) in records {
        metrics.iter().for_each(|metric| cell.take(*metric, *time, value.scalar()));
    }
    cell
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let metrics = subsequence((0..METRICS.len()).collect::<Vec<_>>(), 0..=METRICS.len());
    vec((metrics, (-3..4_i64).prop_map(time), values()), 0..40)
}

/// More than is counted exactly, and wider than the bins reach.
fn many() -> impl Strategy<Value = Vec<Number>> {
    let wide = (any::<bool>(), -290.0..290.0_f64)
        .prop_map(|(sign, exponent)| number(10_f64.powf(exponent) * if sign { 1.0 } else { -1.0 }));
    vec(prop_oneof![1 => numbers(), 4 => wide], 900..1_300)
}

fn parts(records: usize) -> impl Strategy<Value = (usize, Vec<usize>, Vec<(usize, usize)>)> {
    (1..9_usize, vec(any::<usize>(), records), vec(any::<(usize, usize)>(), 1..9))
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
        prop_assert_eq!(bytes(&merged(a.clone(), &zero)), bytes(&a));
        prop_assert_eq!(bytes(&merged(zero, &a)), bytes(&a));
    }

    #[test]
    fn every_tree_of_merges_gives_the_bytes_of_one_fold(
        records in records(),
        (parts, split, choices) in parts(40),
    ) {
        let mut cells = vec![Cell::zero(&METRICS); parts];
        for (record, part) in records.iter().zip(&split) {
            cells[part % parts].merge(&cell(std::slice::from_ref(record)));
        }
        let tree = merge_by_tree(cells, &choices);
        let fold = cell(&records);
        prop_assert_eq!(bytes(&tree), bytes(&fold));
        prop_assert_eq!(tree.bytes(), fold.bytes());
        prop_assert_eq!(outputs(&tree), outputs(&fold));
    }

    #[test]
    fn order_is_the_same_from_both_sides(a in records(), b in records()) {
        let (a, b) = (cell(&a), cell(&b));
        for metric in 0..METRICS.len() {
            prop_assert_eq!(a.order(&b, metric), b.order(&a, metric).reverse());
            prop_assert!(a.order(&a, metric).is_eq());
        }
    }

    #[test]
    fn a_cell_comes_back_from_its_bytes(records in records()) {
        let cell = cell(&records);
        let back = serde_json::from_slice::<Cell>(&bytes(&cell)).expect("its own bytes");
        prop_assert_eq!(bytes(&back), bytes(&cell));
        prop_assert_eq!(back, cell);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sketches_past_their_limits_give_the_bytes_of_one_fold_by_every_tree(
        numbers in many(),
        (parts, split, choices) in parts(1_300),
    ) {
        for function in [Function::Distinct, Function::Quantile(0.3)] {
            let mut cells = vec![Cell::zero(&[function]); parts];
            for (number, part) in numbers.iter().zip(&split) {
                cells[part % parts].take(0, time(0), Scalar::Number(*number));
            }
            let tree = merge_by_tree(cells, &choices);
            let fold = fold_numbers(function, &numbers);
            prop_assert_eq!(bytes(&tree), bytes(&fold));
            prop_assert_eq!(outputs(&tree), outputs(&fold));
            prop_assert_eq!(serde_json::from_slice::<Cell>(&bytes(&fold)).expect("its own bytes"), fold);
        }
    }
}

#[test]
fn a_cell_is_two_words() {
    assert_eq!(size_of::<Cell>(), 16);
}

#[test]
fn nothing_shows_nought_where_it_counts_and_null_elsewhere() {
    let shown = outputs(&Cell::zero(&METRICS));
    for (function, output) in METRICS.iter().zip(shown) {
        let counts = matches!(function, Function::Count | Function::Distinct);
        assert_eq!(output, if counts { Output::Long(0) } else { Output::Null }, "{function:?}");
    }
    assert_eq!(outputs(&Cell::zero(&[])), []);
}

#[test]
fn a_count_is_of_its_own_metric_and_ignores_the_value() {
    let mut cell = Cell::zero(&[Function::Count; 3]);
    cell.add(0);
    cell.add(0);
    cell.take(2, time(0), Scalar::Text("no number"));
    assert_eq!(outputs(&cell), [Output::Long(2), Output::Long(0), Output::Long(1)]);
}

#[test]
fn a_count_beyond_the_range_is_an_overflow_and_ranks_first() {
    let mut cell = Cell::zero(&[Function::Count]);
    cell.add(0);
    for _ in 0..62 {
        cell = merged(cell.clone(), &cell);
    }
    assert_eq!(cell.output(0), Output::Long(1 << 62));
    let twice = merged(cell.clone(), &cell);
    assert_eq!(twice.output(0), Output::Overflow);
    assert!(twice.order(&cell, 0).is_gt());
}

#[test]
fn a_value_that_is_no_number_leaves_metrics_of_numbers_as_they_are() {
    for function in METRICS.into_iter().filter(|function| function.needs_number()) {
        let cell = fold(function, [Scalar::Text("one"), Scalar::Bool(true)]);
        assert_eq!(cell, Cell::zero(&[function]), "{function:?}");
        let text = fold(function, [Scalar::Text("1.5")]);
        assert_eq!(text, fold_numbers(function, &[number(1.5)]), "{function:?}");
    }
}

#[test]
fn memory_is_that_of_the_states_on_the_heap() {
    assert_eq!(Cell::zero(&[Function::Count]).bytes(), 0);
    assert_eq!(Cell::zero(&[Function::Count; 3]).bytes(), 16 + 3 * 16);
    let few = fold_numbers(Function::Distinct, &[number(1.0), number(2.0)]).bytes();
    assert_eq!(few - Cell::zero(&[Function::Distinct]).bytes(), 2 * 8);
    let text = fold(Function::First, [Scalar::Text("12345678")]).bytes();
    assert_eq!(text - Cell::zero(&[Function::First]).bytes(), 2 * 8 + 8);
    let exact = fold_numbers(Function::Sum, &[number(0.1)]).bytes();
    assert_eq!(exact, Cell::zero(&[Function::Sum]).bytes());
    assert!(fold_numbers(Function::Sum, &[number(0.1), number(0.1 + 0.2)]).bytes() > exact);
}
