//! Where a record's time is and how it is written.

use oriel_record::{Pointer, TimeFormat, TimeSpec};

use crate::config::fault::Report;
use crate::config::section::Section;

pub(super) fn read(time: &mut Section<'_>, report: &mut Report<'_>) -> Option<TimeSpec> {
    let at = time.require_text("at", report);
    let unit = time.word("unit", &["s", "ms", "us", "ns"], report);
    let pattern = time.text("format", report);
    time.finish(report);
    if let (Some(_), Some(pattern)) = (unit, &pattern) {
        report.fault::<()>(
            "`time` has both `unit` and `format`; allowed: one of them".into(),
            pattern.at.clone(),
        );
    }
    let format = match (unit, pattern) {
        (Some("s"), _) => TimeFormat::Seconds,
        (Some("ms"), _) => TimeFormat::Millis,
        (Some("us"), _) => TimeFormat::Micros,
        (Some(_), _) => TimeFormat::Nanos,
        (None, None) => TimeFormat::Rfc3339,
        (None, Some(pattern)) => {
            let format = TimeFormat::Pattern(pattern.value);
            if let Err(error) = format.check() {
                report.fault::<()>(format!("`format`: {error}"), pattern.at);
            }
            format
        }
    };
    let at = at?;
    match at.value.parse::<Pointer>() {
        Err(error) => report.wrong("at", &format!("{:?}", at.value), &error.to_string(), at.at),
        Ok(pointer) if pointer.is_list() => {
            report.wrong("at", &format!("{:?}", at.value), "a path without `*`: a record has one time", at.at)
        }
        Ok(_) => Some(TimeSpec { at: at.value, format }),
    }
}
