//! A length of time, written `500ms`, `20s`, `1m`, `2h`, `7d`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A length of time in whole milliseconds. Never negative when parsed.
///
/// ```
/// use oriel_time::Span;
/// assert_eq!("1m".parse::<Span>().unwrap().millis(), 60_000);
/// assert_eq!(Span::from_millis(90_000).to_string(), "90s");
/// assert!("1 fortnight".parse::<Span>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Span(i64);

const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// One second.
    pub const SECOND: Span = Span(1_000);
    /// One hour.
    pub const HOUR: Span = Span(3_600_000);

    /// A span of that many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Span(millis)
    }

    /// The span in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The sum of two spans, at most the longest there is.
    #[must_use]
    pub const fn plus(self, other: Span) -> Self {
        Span(self.0.saturating_add(other.0))
    }

    /// The same length for the standard library.
    pub const fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(if self.0 < 0 { 0 } else { self.0.unsigned_abs() })
    }
}

/// Why a text is not a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseSpanError;

impl fmt::Display for ParseSpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span is a whole number and a unit: 500ms, 20s, 1m, 2h or 7d")
    }
}

impl std::error::Error for ParseSpanError {}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: i64 = number.parse().map_err(|_| ParseSpanError)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(ParseSpanError)?;
        number.checked_mul(*size).map(Span).ok_or(ParseSpanError)
    }
}

impl fmt::Display for Span {
    /// The largest unit that divides it, as a user would write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, size): &&(&str, i64)| self.0 != 0 && self.0 % size == 0;
        let (name, size) = UNITS.iter().find(fits).unwrap_or(&("s", 1_000));
        write!(f, "{}{name}", self.0 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_parses_and_prints_back() {
        for text in ["1ms", "999ms", "20s", "1m", "36h", "7d", "0s"] {
            assert_eq!(text.parse::<Span>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_span_is_refused() {
        for text in ["", "1", "m", "-1s", "1.5s", "1 s", "99999999999999999999s", "9223372036854775807d"] {
            assert_eq!(text.parse::<Span>(), Err(ParseSpanError), "{text}");
        }
    }

    #[test]
    fn the_largest_span_parses_and_the_next_does_not() {
        assert_eq!("9223372036854775807ms".parse(), Ok(Span::from_millis(i64::MAX)));
        assert_eq!("9223372036854775808ms".parse::<Span>(), Err(ParseSpanError));
    }

    #[test]
    fn a_span_prints_in_the_largest_unit_that_divides_it() {
        let spans =
            [(1_500, "1500ms"), (90_000, "90s"), (120_000, "2m"), (7_200_000, "2h"), (-60_000, "-1m")];
        for (millis, text) in spans {
            assert_eq!(Span::from_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn a_sum_is_at_most_the_longest_span() {
        assert_eq!(Span::SECOND.plus(Span::HOUR).millis(), 3_601_000);
        assert_eq!(Span::from_millis(i64::MAX).plus(Span::SECOND).millis(), i64::MAX);
    }

    #[test]
    fn the_standard_library_has_no_negative_span() {
        assert_eq!(Span::SECOND.std(), std::time::Duration::from_secs(1));
        assert_eq!(Span::from_millis(-1).std(), std::time::Duration::ZERO);
    }
}
