//! Log lines, on standard error.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that chooses what is logged, as in `ORIEL_LOG=debug`.
const VARIABLE: &str = "ORIEL_LOG";

/// The variable that chooses how: `ORIEL_LOG_FORMAT=json` is for programs, one object a
/// line with the fields by name; anything else is for people.
const FORMAT: &str = "ORIEL_LOG_FORMAT";

/// Sets up logging to standard error. For `main` only, once.
#[allow(clippy::disallowed_methods, reason = "it is a part of main, for three of them")]
pub fn init() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(colour).with_target(false);
    let lines = lines.with_env_filter(filter);
    // A second call finds the first one's set-up in place.
    let _ = match std::env::var(FORMAT) {
        Ok(format) if format.eq_ignore_ascii_case("json") => lines.json().flatten_event(true).try_init(),
        _ => lines.try_init(),
    };
}
