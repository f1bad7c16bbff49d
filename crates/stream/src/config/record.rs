//! `[record]`: how records are read, and what is derived from them.

use oriel_record::{Pointer, SchemaSpec, TimeFormat, TimeSpec};
use oriel_time::Span;

use super::fault::{Report, later};
use super::fields::{Fields, check_name};
use super::section::Section;
use super::{SourceConfig, expression, value};

mod time;

/// How far behind the newest an event may come unless the file says otherwise.
const DISORDER: Span = Span::from_millis(5_000);
/// How long a source may be silent unless the file says otherwise.
const IDLE: Span = Span::from_millis(10_000);
/// How far ahead of the clock a live record may be unless the file says otherwise.
const FUTURE: Span = Span::from_millis(60_000);
/// How far a stored record may be ahead of all before it unless the file says otherwise:
/// a longer gap in a file is rarer than a wrong time.
const JUMP: Span = Span::HOUR;
/// How far a partition may run ahead unless the file says otherwise: enough to read on
/// while another is slow, few enough windows to keep open.
const ALIGN: Span = Span::from_millis(600_000);

/// How records are read.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordConfig {
    /// Where the time and the fields are.
    pub schema: SchemaSpec,
    /// Further fields, each a name and an expression over the fields before it.
    pub derive: Vec<(String, String)>,
    /// How far behind the newest event time an event may come.
    pub disorder: Span,
    /// A source that is silent for so long holds no window open; `None` is never.
    pub idle: Option<Span>,
    /// Records further ahead of the clock are bad; `None` is off.
    pub future: Option<Span>,
    /// Records further ahead of their partition do not move its watermark; `None` is off.
    pub jump: Option<Span>,
    /// A partition further ahead of the stream's watermark waits.
    pub align: Span,
}

/// The declared fields and their paths; faulty ones too, so that what refers to them is
/// not called unknown. Nothing where they cannot be read at all.
pub(super) fn fields(record: &mut Section<'_>, report: &mut Report<'_>) -> Option<Vec<(String, String)>> {
    let Some(mut fields) = record.section("fields", report) else {
        return if record.raw("fields").is_none() { Some(Vec::new()) } else { None };
    };
    let mut all = Vec::new();
    for (name, value) in fields.entries() {
        check_name("field", &name, report);
        let path = value::text(&name.value, value, report);
        if let Some(path) = &path
            && let Err(error) = path.value.parse::<Pointer>()
        {
            let found = format!("{:?}", path.value);
            report.wrong::<()>(&name.value, &found, &error.to_string(), path.at.clone());
        }
        all.push((name.value, path.map(|path| path.value).unwrap_or_default()));
    }
    Some(all)
}

/// What views may name of those.
pub(super) fn names(paths: &[(String, String)]) -> Fields {
    let mut fields = Fields::default();
    for (name, path) in paths {
        fields.add(name, path.parse::<Pointer>().is_ok_and(|pointer| pointer.is_list()));
    }
    fields
}

/// Everything else. Reads all there is, faulty or not, so that views can be held against it.
pub(super) fn read(
    record: &mut Section<'_>,
    source: Option<&SourceConfig>,
    paths: Vec<(String, String)>,
    fields: &mut Fields,
    report: &mut Report<'_>,
) -> RecordConfig {
    if let Some(format) = record.text("format", report)
        && format.value != "json"
    {
        later::<()>(&format!("`format` = {:?} (only \"json\")", format.value), format.at, report);
    }
    let time = record.require_section("time", report).and_then(|mut found| time::read(&mut found, report));
    let time = time.unwrap_or(TimeSpec { at: String::new(), format: TimeFormat::Rfc3339 });
    let (generated, stored) = match source {
        Some(SourceConfig::Generator { .. }) => (true, false),
        Some(SourceConfig::File { follow, .. }) => (false, !follow),
        _ => (false, false),
    };
    // Made-up and stored records carry the times they carry; only a live source can be
    // ahead of the clock by a fault.
    let future = (!generated && !stored).then_some(FUTURE);
    let config = RecordConfig {
        schema: SchemaSpec { time, fields: paths, computed: Vec::new() },
        derive: derive(record, fields, report),
        disorder: record.span("disorder", report).map_or(DISORDER, |found| found.value),
        idle: record.span_or("idle", &["never"], report).unwrap_or(Some(IDLE)),
        future: record.span_or("future", &["never", "off"], report).unwrap_or(future),
        jump: record.span_or("jump", &["off"], report).unwrap_or(stored.then_some(JUMP)),
        align: record.positive_span("align", report).unwrap_or(ALIGN),
    };
    record.refuse(&["where"], "belongs into a view: [view.NAME] where = \"...\"", report);
    record.finish(report);
    config
}

/// Fields made of fields. One may use those before it.
fn derive(record: &mut Section<'_>, fields: &mut Fields, report: &mut Report<'_>) -> Vec<(String, String)> {
    let Some(mut derive) = record.section("derive", report) else { return Vec::new() };
    let mut all = Vec::new();
    for (name, value) in derive.entries() {
        check_name("field", &name, report);
        fields.check_free("field", &name, report);
        let text = value::text(&name.value, value, report);
        let list =
            text.as_ref().is_some_and(|text| expression::compile(&name.value, text, fields, false, report));
        fields.add(&name.value, list);
        all.push((name.value, text.map(|text| text.value).unwrap_or_default()));
    }
    all
}
