//! Aggregates that merge in any order to the same bytes.
