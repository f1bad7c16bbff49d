//! The streaming application: a source of records, the engine, the snapshot server.
//!
//! The way through it: [`config`] reads one TOML file; [`source`] opens what it names and
//! `lookup` the tables; `plan` turns views into what the engine is told; [`run()`] starts
//! the engine, publishes what changed (`publish`, `render`) to the broker (`outbox`)
//! or as lines, and answers queries (`http`). Panes go out by `panes`; records that are not
//! counted go to `reject`.
//!
//! It never binds, reads a signal or exits: `main.rs` does.

pub mod cli;
pub mod config;
mod http;
mod lookup;
mod metrics;
mod outbox;
mod panes;
mod plan;
mod publish;
mod reject;
mod render;
mod run;
pub mod source;
mod wire;

pub use run::{Options, RunError, Summary, To, run};
