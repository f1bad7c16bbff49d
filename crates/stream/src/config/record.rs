//! `[record]`: how records are read.

use oriel_record::{Pointer, SchemaSpec, TimeFormat, TimeSpec};
use oriel_time::Span;

use super::fault::Report;
use super::section::{self, Section};
use super::view::check_name;
use super::{RecordConfig, SourceConfig};

/// How far behind the newest an event may come unless the file says otherwise.
const DISORDER: Span = Span::from_millis(5_000);
/// How long a source may be silent unless the file says otherwise.
const IDLE: Span = Span::from_millis(10_000);
/// How far ahead of the clock a live record may be unless the file says otherwise.
const FUTURE: Span = Span::from_millis(60_000);

/// Reads all there is, faulty or not, so that views can be held against it.
pub(super) fn read(
    record: &mut Section<'_>,
    source: Option<&SourceConfig>,
    report: &mut Report<'_>,
) -> RecordConfig {
    if let Some(format) = record.text("format", report)
        && format.value != "json"
    {
        report.later::<()>(&format!("`format` = {:?} (only \"json\")", format.value), format.at);
    }
    let time = record.require_section("time", report).and_then(|mut found| time(&mut found, report));
    let fields = record.section("fields", report).map(|mut found| fields(&mut found, report));
    let disorder = record.span("disorder", report).map_or(DISORDER, |found| found.value);
    let idle = record.span_or("idle", &["never"], report).unwrap_or(Some(IDLE));
    let future =
        record.span_or("future", &["never", "off"], report).unwrap_or_else(|| default_future(source));
    record.later(&["jump", "align", "derive", "where"], report);
    record.finish(report);
    let time = time.unwrap_or(TimeSpec { at: String::new(), format: TimeFormat::Rfc3339 });
    let schema = SchemaSpec { time, fields: fields.unwrap_or_default() };
    RecordConfig { schema, disorder, idle, future }
}

/// Made-up and stored records carry the times they carry; only a live source can be
/// ahead of the clock by a fault.
fn default_future(source: Option<&SourceConfig>) -> Option<Span> {
    let stored =
        matches!(source, Some(SourceConfig::Generator { .. } | SourceConfig::File { follow: false, .. }));
    if stored { None } else { Some(FUTURE) }
}

fn time(time: &mut Section<'_>, report: &mut Report<'_>) -> Option<TimeSpec> {
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

/// The fields; faulty ones too, so that what refers to them is not called unknown.
fn fields(fields: &mut Section<'_>, report: &mut Report<'_>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in fields.entries() {
        check_name("field", &name, report);
        let path = section::text(&name.value, value, report);
        if let Some(path) = &path
            && let Err(error) = path.value.parse::<Pointer>()
        {
            report.wrong::<()>(
                &name.value,
                &format!("{:?}", path.value),
                &error.to_string(),
                path.at.clone(),
            );
        }
        all.push((name.value, path.map(|path| path.value).unwrap_or_default()));
    }
    all
}
