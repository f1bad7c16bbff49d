//! `[output]` and `[engine]`: the side files, and how the engine works.

use std::path::{Path, PathBuf};

use oriel_runtime::size::Size;
use oriel_time::Span;

use super::fault::Report;
use super::files::Files;
use super::section::{MAX_WHOLE, Section};
use super::value::{Raw, show, whole};

/// Files for the records that were not counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OutputConfig {
    /// Bad records.
    pub bad: Option<PathBuf>,
    /// Records that came too late.
    pub late: Option<PathBuf>,
}

/// How the engine works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineConfig {
    /// An epoch is cut after so much time.
    pub epoch_every: Span,
    /// An epoch is cut after so many records.
    pub epoch_records: u64,
    /// At most so many epochs are incomplete.
    pub in_flight: usize,
    /// Parts of the state, a power of two of at most 256.
    pub shards: usize,
    /// Bytes that the state may take; `None` is without a limit.
    pub memory: Option<u64>,
}

/// Short enough that results seem immediate, long enough that cutting costs nothing.
const EPOCH_EVERY: Span = Span::from_millis(20);
/// What one worker decodes in about the same time.
const EPOCH_RECORDS: u64 = 65_536;
/// One epoch is read, one decoded, one applied, and one waits.
const IN_FLIGHT: u64 = 4;
/// More would only be memory.
const MAX_IN_FLIGHT: u64 = 64;
/// The state's parts, dealt to the workers.
const SHARDS: u64 = 256;
/// With less, the shards alone would use the budget up.
const MIN_MEMORY: u64 = 16 << 20;

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            epoch_every: EPOCH_EVERY,
            epoch_records: EPOCH_RECORDS,
            in_flight: IN_FLIGHT as usize,
            shards: SHARDS as usize,
            memory: None,
        }
    }
}

/// The files for records that were not counted.
pub(super) fn output(
    root: &mut Section<'_>,
    base: &Path,
    files: &mut Files,
    report: &mut Report<'_>,
) -> OutputConfig {
    let Some(mut output) = root.section("output", report) else { return OutputConfig::default() };
    let mut path = |key: &str| -> Option<PathBuf> {
        let found = output.path(key, report)?;
        let path = base.join(found.value);
        files.write(format!("`{key}` of [output]"), &path, found.at, report)?;
        Some(path)
    };
    let config = OutputConfig { bad: path("bad"), late: path("late") };
    output.finish(report);
    config
}

pub(super) fn read(root: &mut Section<'_>, report: &mut Report<'_>) -> EngineConfig {
    let mut config = EngineConfig::default();
    let Some(mut engine) = root.section("engine", report) else { return config };
    if let Some(mut epoch) = engine.section("epoch", report) {
        config.epoch_every = epoch.positive_span("every", report).unwrap_or(EPOCH_EVERY);
        config.epoch_records = epoch.whole("records", 1..MAX_WHOLE, report).unwrap_or(EPOCH_RECORDS);
        epoch.finish(report);
    }
    config.in_flight = engine.whole("in_flight", 1..MAX_IN_FLIGHT + 1, report).unwrap_or(IN_FLIGHT) as usize;
    if let Some(value) = engine.raw("shards") {
        let shards = engine.whole("shards", 1..SHARDS + 1, report).unwrap_or(SHARDS);
        if !shards.is_power_of_two() {
            let allowed = "a power of two from 1 to 256";
            report.wrong::<()>("shards", &show(value.get_ref()), allowed, value.span());
        }
        config.shards = shards as usize;
    }
    config.memory = engine.raw("memory").and_then(|value| memory(value, report));
    engine.finish(report);
    config
}

/// A number of bytes, or a text with a unit.
fn memory(value: &Raw<'_>, report: &mut Report<'_>) -> Option<u64> {
    let size = |text: &str| text.parse::<Size>().ok().map(Size::count);
    let bytes = whole(value.get_ref()).or_else(|| size(value.get_ref().as_str()?));
    let bytes = bytes.filter(|bytes| (MIN_MEMORY..=MAX_WHOLE).contains(bytes));
    bytes.or_else(|| {
        let allowed = "at least 16MiB: a whole number of bytes, or with a unit (KB, MB, GB, KiB, MiB, GiB), such as \"256MB\" or \"1GiB\"";
        report.wrong("memory", &show(value.get_ref()), allowed, value.span())
    })
}
