//! Sketches keep to the error that they state.

#[path = "support/given.rs"]
mod given;

use given::*;
use oriel_aggregate::{Cell, Function, Number, Output, OutputType, Scalar};

const MILLION: usize = 1_000_000;

fn distinct(cell: &Cell) -> f64 {
    match cell.output(0) {
        Output::Long(value) => value as f64,
        other => panic!("no count: {other:?}"),
    }
}

/// So many different whole numbers, each twice.
fn numbered(count: usize, start: usize) -> Cell {
    let numbers = (start..start + count).map(|value| Scalar::Number(Number::from_i64(value as i64)));
    fold(Function::Distinct, numbers.clone().chain(numbers))
}

#[test]
fn distinct_is_exact_up_to_1024_values() {
    for count in [0, 1, 2, 100, 1_023, 1_024] {
        assert_eq!(distinct(&numbered(count, 0)), count as f64);
    }
    assert!(distinct(&numbered(1_025, 0)) > 1_024.0);
}

#[test]
fn distinct_is_within_its_error_from_there_to_a_million() {
    for count in [1_025, 1_500, 3_000, 10_000, 30_000, 40_000, 50_000, 80_000, 200_000, MILLION] {
        let error = distinct(&numbered(count, 0)) / count as f64 - 1.0;
        assert!(error.abs() < 0.025, "{count}: {error}");
    }
}

#[test]
fn the_standard_error_of_distinct_is_what_it_states() {
    for count in [1_100, 2_000, 5_000, 20_000, 45_000, 70_000] {
        let square = |run: usize| (distinct(&numbered(count, run * MILLION)) / count as f64 - 1.0).powi(2);
        let error = ((0..40).map(square).sum::<f64>() / 40.0).sqrt();
        assert!(error < 0.0081 * 1.25, "{count}: {error}");
    }
}

#[test]
fn distinct_is_within_its_error_for_a_million_texts_and_floats() {
    let texts: Vec<String> = (0..MILLION).map(|value| format!("user-{value}@example.org")).collect();
    let floats: Vec<Number> = Dice(3).take(MILLION).map(number).collect();
    for cell in [
        fold(Function::Distinct, texts.iter().map(|text| Scalar::Text(text))),
        fold_numbers(Function::Distinct, &floats),
    ] {
        let error = distinct(&cell) / MILLION as f64 - 1.0;
        assert!(error.abs() < 0.025, "{error}");
    }
}

#[test]
fn large_and_small_counts_of_distinct_merge_to_the_bytes_of_one_fold() {
    // Both sides past the limit, one, and neither; with values in common.
    let sizes = [3_000, 500, 1_024, 5_000, 1, 1_025];
    let parts: Vec<Cell> = sizes.iter().enumerate().map(|(part, size)| numbered(*size, part * 700)).collect();
    let all = (0..sizes.len()).flat_map(|part| part * 700..part * 700 + sizes[part]);
    let fold = fold(Function::Distinct, all.map(|value| Scalar::Number(Number::from_i64(value as i64))));
    for choices in [[(0, 0)], [(1, 2)], [(3, 1)], [(5, 4)]] {
        let tree = merge_by_tree(parts.clone(), &choices);
        assert_eq!(bytes(&tree), bytes(&fold));
        assert_eq!(tree.output(0), fold.output(0));
        assert_eq!(
            serde_json::from_slice::<Cell>(&bytes(&tree)).expect("its own bytes").output(0),
            fold.output(0)
        );
    }
}

#[test]
fn bytes_that_are_no_cell_are_refused() {
    let cell = String::from_utf8(bytes(&numbered(2_000, 0))).expect("JSON");
    assert!(serde_json::from_str::<Cell>(&cell.replacen('[', "[0,", 1)).is_err());
    let (before, after) = cell.split_once(',').expect("many registers");
    let first = before.rfind('[').expect("a list") + 1;
    assert!(serde_json::from_str::<Cell>(&format!("{}39,{after}", &before[..first])).is_err());
}

#[test]
fn a_number_is_one_value_however_written_and_its_text_is_another() {
    let values = [
        Scalar::Number(Number::from_i64(1)),
        Scalar::Number(number(1.0)),
        Scalar::Text("1"),
        Scalar::Text("1.0"),
        Scalar::Bool(true),
        Scalar::Bool(false),
        Scalar::Text("\u{1}"),
        Scalar::Text(""),
    ];
    assert_eq!(fold(Function::Distinct, values).output(0), Output::Long(7));
}

/// A million numbers of each kind.
fn distributions() -> Vec<(&'static str, Vec<f64>)> {
    let even = || Dice(11);
    let of = |number: fn(f64) -> f64| even().take(MILLION).map(number).collect::<Vec<f64>>();
    let bell = |seed| Dice(seed).take(12 * MILLION).collect::<Vec<_>>();
    vec![
        ("even", of(|die| die * 100.0)),
        ("around zero", of(|die| die * 2.0 - 1.0)),
        ("negative", of(|die| -1e6 * die - 1.0)),
        ("exponential", of(|die| -(1.0 - die).ln())),
        ("pareto", of(|die| (1.0 - die).powf(-1.0 / 1.1))),
        ("bell", bell(5).chunks(12).map(|dice| dice.iter().sum::<f64>() - 6.0).collect()),
        ("seventeen decades", of(|die| 10_f64.powf(die * 16.9 - 8.0))),
        ("many zeros", of(|die| if die < 0.4 { 0.0 } else { die - 0.7 })),
        ("small whole numbers", of(|die| (die * 10.0).floor())),
        ("one value", of(|_| 0.1)),
        ("tiny", of(|die| 1e-300 * (die + 1e-3))),
        ("huge", of(|die| 1e308 * die)),
    ]
}

#[test]
fn quantiles_are_within_their_error_on_a_million_numbers() {
    for (name, mut values) in distributions() {
        let numbers: Vec<Number> = values.iter().copied().map(number).collect();
        values.sort_by(f64::total_cmp);
        for q in [0.000_1, 0.1, 0.5, 0.9, 0.999] {
            let truth = values[(q * (MILLION - 1) as f64) as usize];
            let cell = fold_numbers(Function::Quantile(q), &numbers);
            let Output::Double(shown) = cell.output(0) else { panic!("no number") };
            assert!((shown - truth).abs() <= 0.01 * truth.abs(), "{name} {q}: {shown} for {truth}");
        }
    }
}

#[test]
fn the_ends_and_a_single_number_are_exact() {
    let shown = |q, numbers: &[Number]| fold_numbers(Function::Quantile(q), numbers).output(0);
    for tenths in 1..1_000 {
        let end = f64::from(tenths) / 10.0;
        let numbers = [0.0, -end, end].map(number);
        assert_eq!(shown(0.0, &numbers), Output::Double(-end));
        assert_eq!(shown(1.0, &numbers), Output::Double(end));
    }
    assert_eq!(shown(0.5, &[number(3.7)]), Output::Double(3.7));
    assert_eq!(shown(0.5, &[Number::from_i64(5); 3]), Output::Double(5.0));
}

#[test]
fn numbers_beyond_the_range_stay_on_their_side_of_zero_and_the_rest_within_the_error() {
    let values = [-1e-30, -1e-20, 0.0, 1e-25, 1e-20, 7.0, 1e10];
    let numbers = values.map(number);
    let shown = |place: usize| {
        let q = place as f64 / (values.len() - 1) as f64;
        match fold_numbers(Function::Quantile(q), &numbers).output(0) {
            Output::Double(value) => value,
            other => panic!("no number: {other:?}"),
        }
    };
    assert!((-1e-6..0.0).contains(&shown(1)));
    assert_eq!(shown(2), 0.0);
    assert!((1e-25..1e-6).contains(&shown(3)));
    assert!((shown(5) - 7.0).abs() <= 0.07);
}

#[test]
fn a_sketch_of_any_numbers_is_bounded() {
    let bytes = |count| {
        let values = Dice(1).zip(Dice(2)).take(count);
        let wide = values.map(|(sign, die)| number((sign - 0.5).signum() * 10_f64.powf(die * 600.0 - 300.0)));
        fold_numbers(Function::Quantile(0.5), &wide.collect::<Vec<_>>()).bytes()
    };
    assert!(bytes(300_000) <= 2 * 2_048 * 16 + 100);
    assert!(bytes(100) < 100 * 16 + 100);
    assert!(numbered(100_000, 0).bytes() < 16_384 + 100);
}

#[test]
fn sketches_state_their_error_and_the_rest_has_none() {
    for function in [Function::Distinct, Function::Quantile(0.5)] {
        assert!(function.error().is_some_and(|error| error.contains('%')), "{function:?}");
    }
    for function in [Function::Count, Function::Sum, Function::Average, Function::First] {
        assert_eq!(function.error(), None);
    }
    assert_eq!(Function::Distinct.output_type(), OutputType::Long);
    assert_eq!(Function::Sum.output_type(), OutputType::Number);
    assert_eq!(Function::Last.output_type(), OutputType::Any);
}
