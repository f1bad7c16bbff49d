//! The wall clock, and how times are told to people.

use std::time::SystemTime;

use oriel_time::ProcessingTime;

/// The present.
pub(crate) fn now() -> ProcessingTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    ProcessingTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// `2026-11-22 12:03:04 UTC`; the number itself where no calendar reaches.
pub(crate) fn told(millis: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(millis) {
        Some(time) => time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => format!("{millis} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(told(1_493_619_720_000), "2017-05-01 06:22:00 UTC");
        assert_eq!(told(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(told(i64::MAX), format!("{} ms", i64::MAX));
    }
}
