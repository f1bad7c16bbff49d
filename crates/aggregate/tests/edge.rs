//! First, last, smallest and largest.

#[path = "support/given.rs"]
mod given;

use given::*;
use oriel_aggregate::{Cell, Function, Number, Output, Scalar};
use proptest::collection::vec;
use proptest::prelude::*;

fn cell(function: Function, records: &[(i64, Scalar<'_>)]) -> Cell {
    let mut cell = Cell::zero(&[function]);
    records.iter().for_each(|(millis, value)| cell.take(0, time(*millis), *value));
    cell
}

fn int(value: i64) -> Scalar<'static> {
    Scalar::Number(Number::from_i64(value))
}

fn text(text: &str) -> Output {
    Output::Text(text.into())
}

#[test]
fn first_and_last_go_by_event_time() {
    let records = [(5, Scalar::Text("b")), (-7, Scalar::Text("z")), (9, Scalar::Text("a"))];
    assert_eq!(cell(Function::First, &records).output(0), text("z"));
    assert_eq!(cell(Function::Last, &records).output(0), text("a"));
}

#[test]
fn of_records_at_the_same_time_the_larger_value_counts() {
    let ascending = [
        Scalar::Bool(false),
        Scalar::Bool(true),
        int(-1),
        Scalar::Number(number(-0.5)),
        int(2),
        int(10),
        Scalar::Text(""),
        Scalar::Text("10"),
        Scalar::Text("2"),
        Scalar::Text("z"),
        Scalar::Text("ü"),
    ];
    for pair in ascending.windows(2) {
        for function in [Function::First, Function::Last] {
            let larger = cell(function, &[(0, pair[1])]);
            assert_eq!(cell(function, &[(0, pair[0]), (0, pair[1])]), larger);
            assert_eq!(cell(function, &[(0, pair[1]), (0, pair[0])]), larger);
            assert!(larger.order(&cell(function, &[(0, pair[0])]), 0).is_gt());
        }
    }
}

#[test]
fn every_type_is_shown_as_it_came() {
    let cases = [
        (Scalar::Bool(true), Output::Bool(true)),
        (int(3), Output::Long(3)),
        (Scalar::Number(number(0.5)), Output::Double(0.5)),
        (Scalar::Text("3"), text("3")),
    ];
    for (value, output) in cases {
        assert_eq!(cell(Function::First, &[(0, value)]).output(0), output);
    }
}

#[test]
fn nothing_ranks_below_everything() {
    for function in [Function::First, Function::Last, Function::Min, Function::Max, Function::Quantile(0.5)] {
        let least = cell(function, &[(0, Scalar::Number(number(-f64::MAX)))]);
        assert!(Cell::zero(&[function]).order(&least, 0).is_lt(), "{function:?}");
    }
    let least = cell(Function::First, &[(0, Scalar::Bool(false))]);
    assert!(Cell::zero(&[Function::First]).order(&least, 0).is_lt());
}

#[test]
fn a_number_in_text_is_smaller_and_larger_as_a_number() {
    let records = [(0, Scalar::Text("9")), (0, Scalar::Text("10")), (0, int(11))];
    assert_eq!(cell(Function::Min, &records).output(0), Output::Long(9));
    assert_eq!(cell(Function::Max, &records).output(0), Output::Long(11));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn smallest_and_largest_are_those_of_all(numbers in vec(numbers(), 1..20)) {
        let output = |number: Option<&Number>| number.map(|number| Output::from(*number));
        prop_assert_eq!(Some(fold_numbers(Function::Min, &numbers).output(0)), output(numbers.iter().min()));
        prop_assert_eq!(Some(fold_numbers(Function::Max, &numbers).output(0)), output(numbers.iter().max()));
    }

    #[test]
    fn first_and_last_are_those_of_all(records in vec(((-2..3_i64), values()), 1..20)) {
        let given: Vec<_> = records.iter().map(|(time, value)| (*time, value.scalar())).collect();
        let first = given.iter().max_by_key(|(time, value)| (-time, *value)).copied();
        let last = given.iter().max_by_key(|(time, value)| (*time, *value)).copied();
        let only = |function, record: Option<_>| cell(function, &record.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(cell(Function::First, &given), only(Function::First, first));
        prop_assert_eq!(cell(Function::Last, &given), only(Function::Last, last));
    }
}
