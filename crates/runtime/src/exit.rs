//! Exit codes, and the command line.

use clap::Parser;
use clap::error::ErrorKind;
use std::process::ExitCode;

/// All went well.
pub const OK: u8 = 0;
/// Could not start, for example because a port is busy.
pub const START: u8 = 1;
/// The command line or the configuration is wrong.
pub const USAGE: u8 = 64;
/// An input cannot be read.
pub const INPUT: u8 = 66;
/// A fault of ours.
pub const SOFTWARE: u8 = 70;

/// Parses the command line; prints help, the version or what is wrong with it.
///
/// # Errors
/// The code to exit with: 0 after help and version, 64 after anything else.
pub fn parse<P: Parser>() -> Result<P, ExitCode> {
    P::try_parse().map_err(|error| usage(&error))
}

/// Prints help, the version or what is wrong with the command line, and gives the code to
/// exit with: 0 after help and version, 64 after anything else.
pub fn usage(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nobody is left to tell when the terminal is gone.
    let _ = error.print();
    ExitCode::from(if asked { OK } else { USAGE })
}
