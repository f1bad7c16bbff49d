//! How a run ended.

use oriel_dataflow::{Fault, Totals};
use oriel_runtime::exit;
use std::fmt;

/// Why a run ended otherwise than by finishing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not start.
    #[error("{0}")]
    Start(String),
    /// The input could not be read.
    #[error("{0}")]
    Input(String),
    /// The input could not be read to its end; what came before is counted.
    #[error("{message}\n{summary}")]
    Broken {
        /// What is wrong with it.
        message: String,
        /// What the run did until then.
        summary: Box<Summary>,
    },
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl RunError {
    /// The code to exit with.
    pub fn code(&self) -> u8 {
        match self {
            RunError::Start(_) => exit::START,
            RunError::Input(_) | RunError::Broken { .. } => exit::INPUT,
            RunError::Internal(_) => exit::SOFTWARE,
        }
    }
}

impl From<Fault> for RunError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Source(message) => RunError::Input(message),
            Fault::Internal(message) => RunError::Internal(message),
        }
    }
}

/// What a run did.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// What became of all records.
    pub totals: Totals,
    /// How long it took.
    pub seconds: f64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.totals.tally;
        write!(f, "records in={} counted={} filtered={}", tally.read, tally.counted, tally.filtered)?;
        write!(f, " late={} bad={}", tally.late, tally.bad)?;
        let rate = tally.read as f64 / self.seconds.max(f64::EPSILON);
        write!(f, " seconds={:.3} rate={rate:.0}", self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_exit_code() {
        let code = |fault: Fault| RunError::from(fault).code();
        assert_eq!(code(Fault::Source("x.ndjson: gone".into())), 66);
        assert_eq!(code(Fault::Internal("a worker panicked".into())), 70);
        assert_eq!(RunError::Start("no".into()).code(), 1);
    }
}
