//! Where records come from: each module is one type of `[source]`.
//!
//! A source gives batches of raw lines to its reader thread. The line splitter is
//! shared; nothing here looks into a record.

use std::sync::Arc;
use std::time::Duration;

use oriel_dataflow::source::{Source, SourceError};
use oriel_time::Clock;

use crate::config::SourceConfig;

mod file;
mod generator;
mod lines;
mod stdin;

/// A longer line is no record but an oversize. Tweets have a few KiB.
pub const MAX_RECORD: usize = 1 << 20;

/// So much of an oversize line is kept for the bad output.
pub const OVERSIZE_HEAD: usize = 1 << 10;

/// A source with nothing to give looks again, or lets its thread look around, so often.
const WAIT: Duration = Duration::from_millis(20);

/// How much is read at once: enough that system calls cost nothing, few enough to stay
/// in the cache until it is decoded.
const CHUNK: usize = 512 << 10;

/// Opens the source's partitions; whatever cannot be read is told now.
///
/// # Errors
/// When a file cannot be opened or a glob matches none; the message names it.
pub fn open(config: &SourceConfig, clock: Arc<dyn Clock>) -> Result<Vec<Box<dyn Source>>, SourceError> {
    let source: Box<dyn Source> = match config {
        SourceConfig::Generator { rate, count, seed, start } => {
            Box::new(generator::Generator::new(*rate, *count, *seed, *start, clock))
        }
        SourceConfig::File { paths, follow, parallel } => {
            return file::open(file::expand(paths, *follow)?, *follow, *parallel);
        }
        SourceConfig::Stdin => Box::new(stdin::Stdin::open()?),
    };
    Ok(vec![source])
}
