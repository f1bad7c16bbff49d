//! Floats that stand for short decimals, as amounts of money do.

/// The billionths in one.
pub(crate) const NANOS: u32 = 1_000_000_000;

/// Powers of ten up to [`NANOS`], for the numbers of decimals.
const POWERS: [u32; 10] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, NANOS];

/// More than 15 digits, from which on two decimals may share a float.
const DIGITS: f64 = 1e15;

/// The whole part, rounded down, and the billionths above it of the one decimal of at
/// most 15 significant digits and 9 decimals whose nearest float this is, if there is
/// one. The float must not be a whole number.
pub(crate) fn split(float: f64) -> Option<(i64, u32)> {
    // The most decimals that leave at most 15 digits.
    let fits = |decimals: &usize| float.abs() * f64::from(POWERS[*decimals]) < DIGITS;
    let decimals = (0..POWERS.len()).rev().find(fits)?;
    let power = f64::from(POWERS[decimals]);
    // Off by less than half a unit, since the product is: 15 digits leave 3 bits of a float.
    let units = (float * power).round();
    // The quotient of two floats without error is the float nearest to that decimal.
    if units / power != float {
        return None;
    }
    // No whole number lies between the decimal and its nearest float.
    let whole = float.floor() as i64;
    let above = units as i64 - whole * i64::from(POWERS[decimals]);
    Some((whole, above as u32 * POWERS[9 - decimals]))
}

#[cfg(test)]
mod tests {
    use super::split;

    fn float(text: &str) -> f64 {
        text.parse().expect("a float")
    }

    #[test]
    fn a_decimal_of_15_digits_and_9_decimals_comes_apart_exactly() {
        let cases = [
            ("0.1", 0, 100_000_000),
            ("-0.1", -1, 900_000_000),
            ("0.000000001", 0, 1),
            ("-0.000000001", -1, 999_999_999),
            ("123.45", 123, 450_000_000),
            ("999999.999999999", 999_999, 999_999_999),
            ("-999999.999999999", -1_000_000, 1),
            ("1234567.12345678", 1_234_567, 123_456_780),
            ("99999999999999.9", 99_999_999_999_999, 900_000_000),
            ("-12345678901234.5", -12_345_678_901_235, 500_000_000),
        ];
        for (text, whole, nanos) in cases {
            assert_eq!(split(float(text)), Some((whole, nanos)), "{text}");
        }
    }

    #[test]
    fn a_longer_decimal_does_not() {
        let cases = [
            "0.0000000001",
            "0.1234567891",
            "0.30000000000000004",
            "1234567.123456789",
            "999999.9999999999",
            "123456789012345.6",
            "1234567890123456.5",
            "5e-324",
            "1e300",
        ];
        for text in cases {
            assert_eq!(split(float(text)), None, "{text}");
        }
    }
}
