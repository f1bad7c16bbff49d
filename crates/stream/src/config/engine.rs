//! `[output]` and `[engine]`: the side files, and how the engine works.

use std::path::{Path, PathBuf};

use oriel_time::Span;

use super::fault::Report;
use super::section::{MAX_WHOLE, Section, show};
use super::{EngineConfig, OutputConfig};

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

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            epoch_every: EPOCH_EVERY,
            epoch_records: EPOCH_RECORDS,
            in_flight: IN_FLIGHT as usize,
            shards: SHARDS as usize,
        }
    }
}

/// The files for records that were not counted.
pub(super) fn output(root: &mut Section<'_>, base: &Path, report: &mut Report<'_>) -> OutputConfig {
    let Some(mut output) = root.section("output", report) else { return OutputConfig::default() };
    let mut path = |key: &str| -> Option<PathBuf> {
        let found = output.text(key, report)?;
        if found.value.is_empty() {
            return report.wrong(key, "empty", "a path", found.at);
        }
        Some(base.join(found.value))
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
    engine.later(&["memory"], report);
    engine.finish(report);
    config
}
