//! Builders, strategies and wait-until for the tests.

mod skip;
mod until;

pub use skip::skip;
pub use until::until;
