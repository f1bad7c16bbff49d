//! Starts the three programs on ephemeral ports, for the end-to-end tests.

pub mod accounting;
pub mod executables;
pub mod processes;
pub mod programs;
pub mod tweets;
