//! Builders, strategies and wait-until for the tests.
