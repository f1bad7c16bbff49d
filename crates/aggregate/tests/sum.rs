//! Sums and averages: exact, and rounded once.

#[path = "support/given.rs"]
mod given;

use given::*;
use num_bigint::BigInt;
use oriel_aggregate::{Cell, Function, Number, Output};
use proptest::collection::vec;
use proptest::prelude::*;

/// The decimals of the smallest float: in units of its last one all numbers are whole.
const DECIMALS: usize = 1_074;

/// The number in those units by way of its text: the shortest one if it is short enough to
/// be the decimal that was meant, else every digit of the float.
fn units(number: Number) -> BigInt {
    let short = match number {
        Number::Int(value) => value.to_string(),
        Number::Float(value) => value.to_string(),
    };
    let digits = short.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit).count();
    let decimals = short.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let text = match number {
        Number::Float(value) if digits > 15 || decimals > 9 => float_text(value),
        _ => short,
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{decimals:0<DECIMALS$}").parse().expect("digits")
}

fn float_text(value: f64) -> String {
    format!("{value:.DECIMALS$}")
}

fn float_units(value: f64) -> BigInt {
    float_text(value).replace('.', "").parse().expect("digits")
}

/// The float is the nearest to that sum by that count: no farther than half way to its neighbours.
fn is_nearest(float: f64, sum: &BigInt, count: usize) -> bool {
    let twice = sum * 2;
    let half_way = |to: f64| (float_units(float) + float_units(to)) * count;
    half_way(float.next_down()) <= twice && twice <= half_way(float.next_up())
}

fn whole(sum: &BigInt) -> Option<BigInt> {
    let one = BigInt::from(10).pow(DECIMALS as u32);
    let whole = sum / &one;
    (&whole * one == *sum).then_some(whole)
}

/// It is no number between the smallest and the largest whole one of 64 bits.
fn is_beyond(sum: &BigInt) -> bool {
    let one = BigInt::from(10).pow(DECIMALS as u32);
    *sum > i64::MAX * &one || *sum < i64::MIN * &one
}

fn sum(numbers: &[Number]) -> Cell {
    fold_numbers(Function::Sum, numbers)
}

fn floats(values: &[f64]) -> Vec<Number> {
    values.iter().copied().map(number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sum_is_the_nearest_to_the_exact_one(numbers in vec(numbers(), 1..30)) {
        let exact: BigInt = numbers.iter().copied().map(units).sum();
        let cell = sum(&numbers);
        match cell.output(0) {
            Output::Long(value) => prop_assert_eq!(whole(&exact), Some(value.into())),
            Output::Double(value) => {
                prop_assert!(is_nearest(value, &exact, 1));
                prop_assert!(cell.inexact() || whole(&exact).is_none() && !is_beyond(&exact));
            }
            Output::Overflow => prop_assert!(is_beyond(&exact)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn an_average_is_the_nearest_to_the_exact_one(numbers in vec(numbers(), 1..30)) {
        let exact: BigInt = numbers.iter().copied().map(units).sum();
        let Output::Double(value) = fold_numbers(Function::Average, &numbers).output(0) else { panic!("no number") };
        prop_assert!(is_nearest(value, &exact, numbers.len()));
    }

    #[test]
    fn order_is_by_the_exact_value(a in vec(numbers(), 1..6), b in vec(numbers(), 1..6)) {
        let exact = |numbers: &[Number]| numbers.iter().copied().map(units).sum::<BigInt>();
        prop_assert_eq!(sum(&a).order(&sum(&b), 0), exact(&a).cmp(&exact(&b)));
        let averages = (fold_numbers(Function::Average, &a), fold_numbers(Function::Average, &b));
        let by_average = (exact(&a) * b.len()).cmp(&(exact(&b) * a.len()));
        prop_assert_eq!(averages.0.order(&averages.1, 0), by_average);
    }

    #[test]
    fn retract_gives_back_what_was_merged_in(a in vec(numbers(), 0..20), b in vec(numbers(), 0..20)) {
        let functions = [Function::Count, Function::Sum, Function::Average];
        let cell = |numbers: &[Number]| {
            let mut cell = Cell::zero(&functions);
            for number in numbers {
                (0..functions.len()).for_each(|metric| cell.take(metric, time(0), Given::Number(*number).scalar()));
            }
            cell
        };
        let mut both = merged(cell(&a), &cell(&b));
        prop_assert!(both.retract(&cell(&b)));
        prop_assert_eq!(bytes(&both), bytes(&cell(&a)));
    }
}

#[test]
fn the_largest_number_and_one_and_minus_one_is_the_largest_at_any_split() {
    let numbers = [i64::MAX, 1, -1].map(Number::from_i64);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let numbers = order.map(|place| numbers[place]);
        for split in 0..=3 {
            let (left, right) = numbers.split_at(split);
            assert_eq!(merged(sum(left), &sum(right)).output(0), Output::Long(i64::MAX));
        }
    }
}

#[test]
fn a_million_amounts_in_cents_sum_to_the_cent_at_any_split() {
    let cents: Vec<i64> = Dice(7).take(1_000_000).map(|die| (die * 2e6) as i64 - 500_000).collect();
    let amounts: Vec<Number> = cents.iter().map(|cents| number(*cents as f64 / 100.0)).collect();
    let total = cents.iter().sum::<i64>() as f64 / 100.0;
    let expected = bytes(&sum(&amounts));
    for parts in [1, 2, 3, 7, 1_000] {
        let mut cell = Cell::zero(&[Function::Sum]);
        amounts.chunks(amounts.len().div_ceil(parts)).for_each(|part| cell.merge(&sum(part)));
        assert_eq!(cell.output(0), Output::Double(total));
        assert_eq!(bytes(&cell), expected);
        assert!(!cell.inexact());
    }
}

#[test]
fn cents_that_make_a_whole_amount_are_whole() {
    assert_eq!(sum(&floats(&[0.1, 0.2])).output(0), Output::Double(0.3));
    assert_eq!(sum(&floats(&[0.1, 0.2, 0.7])).output(0), Output::Long(1));
    assert_eq!(sum(&floats(&[-0.1, -0.2])).output(0), Output::Double(-0.3));
    assert_eq!(sum(&floats(&[0.000_000_001, -0.000_000_001])).output(0), Output::Long(0));
}

#[test]
fn a_whole_sum_beyond_the_range_overflows_and_comes_back() {
    let mut cell = sum(&[Number::from_i64(i64::MAX), Number::from_i64(1)]);
    assert_eq!(cell.output(0), Output::Overflow);
    assert!(cell.order(&sum(&[Number::from_i64(i64::MAX)]), 0).is_gt());
    cell.merge(&sum(&[number(-1.0)]));
    assert_eq!(cell.output(0), Output::Long(i64::MAX));
    assert_eq!(sum(&[Number::from_i64(i64::MIN), Number::from_i64(-1)]).output(0), Output::Overflow);
}

#[test]
fn a_sum_with_cents_beyond_the_range_overflows_and_comes_back() {
    let ends = [(i64::MAX, 0.01), (i64::MIN, -0.01)];
    for (end, beyond) in ends {
        let mut cell = sum(&[Number::from_i64(end), number(beyond)]);
        assert_eq!(cell.output(0), Output::Overflow, "{end}");
        assert!(!cell.inexact());
        cell.merge(&sum(&[number(-2.0 * beyond)]));
        assert_eq!(cell.output(0), Output::Double(end as f64), "{end}");
        cell.merge(&sum(&[number(beyond)]));
        assert_eq!(cell.output(0), Output::Long(end), "{end}");
        // With a number that is no exact decimal it is a float, as far as those go.
        cell.merge(&sum(&[number(1e300)]));
        assert_eq!(cell.output(0), Output::Double(1e300), "{end}");
    }
}

#[test]
fn a_sum_that_no_float_reaches_overflows_and_comes_back() {
    let mut cell = sum(&floats(&[f64::MAX, f64::MAX]));
    assert_eq!(cell.output(0), Output::Overflow);
    cell.merge(&sum(&floats(&[-f64::MAX])));
    assert_eq!(cell.output(0), Output::Double(f64::MAX));
    let average = fold_numbers(Function::Average, &floats(&[f64::MAX, f64::MAX]));
    assert_eq!(average.output(0), Output::Double(f64::MAX));
}

#[test]
fn exact_and_inexact_numbers_sum_without_loss() {
    let mut cell = sum(&floats(&[1e100, 0.01, 1.0, -1e100]));
    assert_eq!(cell.output(0), Output::Double(1.01));
    assert!(cell.inexact());
    assert!(cell.retract(&sum(&floats(&[1e100, -1e100]))));
    assert_eq!(cell.output(0), Output::Double(1.01));
    assert!(!cell.inexact());
    assert_eq!(
        sum(&floats(&[0.1 + 0.2, -0.3])).output(0),
        Output::Double((0.1 + 0.2) - 0.3 - 1.110_223_024_625_156_5e-17)
    );
    assert_eq!(sum(&floats(&[5e-324, 5e-324])).output(0), Output::Double(1e-323));
}

#[test]
fn a_sum_is_negative_while_it_holds_a_number_below_zero() {
    let mut cell = sum(&floats(&[5.0, -0.5]));
    assert!(cell.negative(0));
    assert!(cell.retract(&sum(&floats(&[-0.5]))));
    assert!(!cell.negative(0));
    assert!(!Cell::zero(&[Function::Count]).negative(0));
}

#[test]
fn the_sum_of_nothing_is_below_every_sum() {
    for function in [Function::Sum, Function::Average] {
        let nothing = Cell::zero(&[function]);
        assert_eq!(nothing.output(0), Output::Null);
        assert!(nothing.order(&fold_numbers(function, &[Number::from_i64(i64::MIN)]), 0).is_lt());
        assert!(nothing.order(&nothing, 0).is_eq());
    }
}

#[test]
fn a_cell_with_a_metric_that_cannot_retract_stays_as_it_is() {
    let mut cell = Cell::zero(&[Function::Count, Function::Max]);
    cell.add(0);
    let before = cell.clone();
    assert!(!cell.retract(&before));
    assert_eq!(cell, before);
}
