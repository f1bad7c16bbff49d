//! Event times as records write them.

use std::str::FromStr;

use chrono::format::{Item, Parsed, StrftimeItems};
use oriel_time::EventTime;

mod rfc3339;

pub(crate) use rfc3339::Minute;

/// Where a record's event time is and how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeSpec {
    /// The JSON Pointer of it.
    pub at: String,
    /// How it is written.
    pub format: TimeFormat,
}

/// How an event time is written. The epoch formats take numbers and numeric strings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TimeFormat {
    /// `2017-05-01T12:00:00.123Z`, with any offset and number of decimals.
    Rfc3339,
    /// Seconds since the Unix epoch.
    Seconds,
    /// Milliseconds since the Unix epoch.
    Millis,
    /// Microseconds since the Unix epoch.
    Micros,
    /// Nanoseconds since the Unix epoch.
    Nanos,
    /// A `strftime` pattern as chrono reads it. Without an offset it is UTC, without
    /// a time of day midnight.
    Pattern(String),
}

impl TimeFormat {
    /// Whether the format makes sense; only a pattern can fail to.
    ///
    /// # Errors
    /// When the pattern holds an unknown specifier.
    pub fn check(&self) -> Result<(), PatternError> {
        TimeParser::compile(self).map(|_| ())
    }
}

/// A pattern with an unknown specifier.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no strftime pattern, as in \"%a %b %d %H:%M:%S %z %Y\"")]
pub struct PatternError(String);

/// A compiled [`TimeFormat`].
#[derive(Debug)]
pub(crate) enum TimeParser {
    Rfc3339,
    /// So many microseconds to the unit, or so many units to the microsecond.
    Epoch {
        micros: i128,
        per_micro: i128,
    },
    Pattern(Vec<Item<'static>>),
}

impl TimeParser {
    pub(crate) fn compile(format: &TimeFormat) -> Result<TimeParser, PatternError> {
        let epoch = |micros, per_micro| Ok(TimeParser::Epoch { micros, per_micro });
        match format {
            TimeFormat::Rfc3339 => Ok(TimeParser::Rfc3339),
            TimeFormat::Seconds => epoch(1_000_000, 1),
            TimeFormat::Millis => epoch(1_000, 1),
            TimeFormat::Micros => epoch(1, 1),
            TimeFormat::Nanos => epoch(1, 1_000),
            TimeFormat::Pattern(text) => match StrftimeItems::new(text).parse_to_owned() {
                Ok(items) => Ok(TimeParser::Pattern(items)),
                Err(_) => Err(PatternError(text.clone())),
            },
        }
    }

    /// The time in a string.
    pub(crate) fn text(&self, text: &str, last: &mut Minute) -> Option<EventTime> {
        match self {
            TimeParser::Rfc3339 => EventTime::valid(rfc3339::millis(text, last)?),
            TimeParser::Epoch { .. } => match i64::from_str(text) {
                Ok(whole) => self.int(whole),
                Err(_) => self.float(decimal(text)?),
            },
            TimeParser::Pattern(items) => EventTime::valid(pattern(text, items)?),
        }
    }

    /// The time in a whole number.
    pub(crate) fn int(&self, value: i64) -> Option<EventTime> {
        let TimeParser::Epoch { micros, per_micro } = self else { return None };
        from_micros((i128::from(value) * micros).div_euclid(*per_micro))
    }

    /// The time in any other number: to the microsecond, then down to the millisecond.
    pub(crate) fn float(&self, value: f64) -> Option<EventTime> {
        let TimeParser::Epoch { micros, per_micro } = self else { return None };
        let micros = value * (*micros as f64) / (*per_micro as f64);
        if micros.is_finite() { from_micros(micros.round() as i128) } else { None }
    }
}

fn from_micros(micros: i128) -> Option<EventTime> {
    EventTime::valid(micros.div_euclid(1_000).try_into().ok()?)
}

/// A decimal number; not the `inf` and `nan` that Rust would read too.
fn decimal(text: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if text.bytes().all(plain) { text.parse().ok() } else { None }
}

fn pattern(text: &str, items: &[Item<'static>]) -> Option<i64> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
    if parsed.offset().is_some() {
        return Some(parsed.to_datetime().ok()?.timestamp_millis());
    }
    let time = parsed.to_naive_datetime_with_offset(0);
    let time = time.ok().or_else(|| parsed.to_naive_date().ok()?.and_hms_opt(0, 0, 0))?;
    Some(time.and_utc().timestamp_millis())
}
