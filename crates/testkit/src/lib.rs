//! Builders, strategies and wait-until for the tests.

mod skip;

pub use skip::skip;
