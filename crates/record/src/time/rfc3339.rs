//! RFC 3339: the usual shapes by hand, the rest by chrono.

use chrono::DateTime;

/// The minute that was last read, and the seconds before it since the Unix epoch: in a
/// stream most times lie in the minute of the one before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minute {
    text: [u8; MINUTE],
    seconds: i64,
}

/// The length of `YYYY-MM-DDThh:mm:`.
const MINUTE: usize = 17;

/// Milliseconds since the Unix epoch; finer decimals round down.
pub(super) fn millis(text: &str, last: &mut Minute) -> Option<i64> {
    usual(text.as_bytes(), last).or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis()))
}

/// `YYYY-MM-DDThh:mm:ss`, decimals if any, then `Z` or an offset. `None` for whatever
/// else, be it good (a leap second, a small `t`) or bad.
fn usual(text: &[u8], last: &mut Minute) -> Option<i64> {
    let (head, tail) = text.split_first_chunk::<MINUTE>()?;
    if *head != last.text {
        *last = Minute { text: *head, seconds: minute(head)? };
    }
    let (second, tail) = tail.split_first_chunk::<2>()?;
    let second = two(second[0], second[1]).filter(|second| *second < 60)?;
    let (fraction, tail) = decimals(tail)?;
    Some((last.seconds + second - offset(tail)?) * 1_000 + fraction)
}

/// Seconds since the Unix epoch of the minute that `head` names.
fn minute(head: &[u8; MINUTE]) -> Option<i64> {
    let marks = (head[4], head[7], head[10], head[13], head[16]);
    if marks != (b'-', b'-', b'T', b':', b':') {
        return None;
    }
    let year = two(head[0], head[1])? * 100 + two(head[2], head[3])?;
    let (month, day) = (two(head[5], head[6])?, two(head[8], head[9])?);
    let (hour, minute) = (two(head[11], head[12])?, two(head[14], head[15])?);
    let in_range = (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60;
    if !in_range || day > days_in_month(year, month) {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens < 10 && ones < 10 { Some(i64::from(tens) * 10 + i64::from(ones)) } else { None }
}

/// Milliseconds of the decimals, and what comes after them.
fn decimals(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else { return Some((0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, tail) = rest.split_at(count);
    let digit = |place: usize| digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
    if count == 0 { None } else { Some((digit(0) * 100 + digit(1) * 10 + digit(2), tail)) }
}

/// Seconds east of Greenwich.
fn offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            let seconds = hours * 3_600 + minutes * 60;
            let fits = hours < 24 && minutes < 60;
            if fits { Some(if sign == b'-' { -seconds } else { seconds }) } else { None }
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, counted in years that begin in March, so that the leap
/// day is a year's last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chrono(text: &str) -> Option<i64> {
        Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis())
    }

    #[test]
    fn shapes_at_the_edges_are_read_as_chrono_reads_them() {
        let edges = [
            "0000-02-29T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2016-12-31T23:59:60Z",
            "2017-05-01t12:00:00z",
            "2017-05-01 12:00:00Z",
            "2017-05-01T24:00:00Z",
            "2017-05-01T12:00:00",
            "2017-05-01T12:00:00.Z",
            "2017-05-01T12:00:00.1",
            "2017-05-01T12:00:00+23:59",
            "2017-05-01T12:00:00-00:00",
            "2017-05-01T12:00:00+24:00",
            "2017-05-01T12:00:00+0100",
            "2017-05-01T12:00:00+01:60",
            "2017-05-01T12:00:00.12345678901Z",
            "",
            "é",
        ];
        let mut last = Minute::default();
        edges.iter().for_each(|text| assert_eq!(millis(text, &mut last), chrono(text), "{text}"));
    }

    #[test]
    fn the_usual_shape_does_not_need_chrono() {
        let mut last = Minute::default();
        for (text, millis) in [
            ("2017-05-01T12:00:00.123Z", 1_493_640_000_123),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2017-05-01T14:00:00+02:00", 1_493_640_000_000),
            ("2017-05-01T14:00:59Z", 1_493_647_259_000),
        ] {
            assert_eq!(usual(text.as_bytes(), &mut last), Some(millis), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_shape_is_read_as_chrono_reads_it(
            (year, month, day) in (0..10_000u32, 0..14u32, 0..33u32),
            (hour, minute, second) in (0..26u32, 0..62u32, 0..62u32),
            fraction in "(\\.[0-9]{0,12})?",
            zone in "Z|[+-][0-2][0-9]:[0-6][0-9]|",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            let mut last = Minute::default();
            prop_assert_eq!(millis(&text, &mut last), chrono(&text), "{}", text);
            prop_assert_eq!(millis(&text, &mut last), chrono(&text), "{} again", text);
        }

        #[test]
        fn every_second_of_the_valid_years_survives(
            seconds in -62_135_596_800i64..253_402_300_800,
            nanos in 0..1_000_000_000u32,
        ) {
            let time = DateTime::from_timestamp(seconds, nanos).expect("in range");
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
            let mut last = Minute::default();
            prop_assert_eq!(usual(b"2017-05-01T12:00:00Z", &mut last), Some(1_493_640_000_000));
            prop_assert_eq!(usual(text.as_bytes(), &mut last), Some(time.timestamp_millis()));
        }
    }
}
