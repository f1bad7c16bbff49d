//! Numbers: one form, one order.

#[path = "support/given.rs"]
mod given;

use given::numbers;
use oriel_aggregate::Number;
use proptest::prelude::*;
use std::cmp::Ordering;

fn int(value: i64) -> Option<Number> {
    Some(Number::Int(value))
}

fn float(value: f64) -> Option<Number> {
    Some(Number::Float(value))
}

#[test]
fn a_whole_number_within_64_bits_has_one_form() {
    assert_eq!(Number::from_f64(1.0), int(1));
    assert_eq!(Number::from_f64(-0.0), int(0));
    assert_eq!(Number::from_f64(-9_223_372_036_854_775_808.0), int(i64::MIN));
    assert_eq!(Number::from_f64(9_223_372_036_854_774_784.0), int(9_223_372_036_854_774_784));
    assert_eq!(Number::from_f64(9_223_372_036_854_775_808.0), float(9_223_372_036_854_775_808.0));
    assert_eq!(Number::from_f64(1e300), float(1e300));
    assert_eq!(Number::from_f64(0.5), float(0.5));
}

#[test]
fn what_is_no_finite_number_is_none() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Number::from_f64(value), None);
    }
}

#[test]
fn text_that_json_would_take_is_a_number() {
    let cases = [
        ("0", int(0)),
        ("-0", int(0)),
        ("-0.0", int(0)),
        ("1.0", int(1)),
        ("1e3", int(1_000)),
        ("25E-1", float(2.5)),
        ("1.5e+2", int(150)),
        ("007", int(7)),
        ("9007199254740993", int(9_007_199_254_740_993)),
        ("-9223372036854775808", int(i64::MIN)),
        ("9223372036854775808", float(9_223_372_036_854_775_808.0)),
        ("0.1", float(0.1)),
    ];
    for (text, number) in cases {
        assert_eq!(Number::parse(text), number, "{text}");
    }
}

#[test]
fn other_text_is_none() {
    let cases = [
        "", " ", " 1", "1 ", "+1", "--1", "-", ".5", "1.", "1.2.3", "1e", "e1", "1e+-2", "1e5.0", "0x10",
        "1_000", "inf", "-inf", "infinity", "NaN", "nan", "1e400", "१",
    ];
    for text in cases {
        assert_eq!(Number::parse(text), None, "{text}");
    }
}

#[test]
fn order_between_whole_numbers_and_floats_is_exact() {
    let ascending = [
        float(-1e300),
        int(i64::MIN),
        int(-9_007_199_254_740_993),
        float(-1.5),
        int(-1),
        float(-0.5),
        int(0),
        float(5e-324),
        int(1),
        float(1.000_000_000_000_000_2),
        int(2),
        float(4_503_599_627_370_495.5),
        int(4_503_599_627_370_496),
        int(i64::MAX - 1),
        int(i64::MAX),
        float(9_223_372_036_854_775_808.0),
    ];
    for (place, left) in ascending.iter().enumerate() {
        for (other, right) in ascending.iter().enumerate() {
            assert_eq!(left.cmp(right), place.cmp(&other), "{left:?} {right:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_is_total(a in numbers(), b in numbers(), c in numbers()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn a_float_comes_back_from_its_text(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        prop_assert_eq!(Number::parse(&format!("{value:e}")), Number::from_f64(value));
        let fraction = value.fract();
        prop_assert_eq!(Number::parse(&fraction.to_string()), Number::from_f64(fraction));
    }

    #[test]
    fn a_whole_number_comes_back_from_its_text(value in any::<i64>()) {
        prop_assert_eq!(Number::parse(&value.to_string()), Some(Number::from_i64(value)));
    }
}
