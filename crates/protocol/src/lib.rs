//! Every message on the wire, and the only home of its serde.
//!
//! [`pubsub`] is what clients and the broker say to each other; [`query`] is what a
//! viewer asks a snapshot server; [`view`] is what a snapshot server answers and
//! publishes. Nothing here does any IO.

pub mod pubsub;
pub mod query;
pub mod view;
