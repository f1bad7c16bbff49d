//! The engine: pure cores as operators on timely dataflow.

pub mod source;
