//! The adapter's `run` over real sockets: against a small broker and a small snapshot
//! server that speak the wire as protocol.md has it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adapter;
mod broker;
mod datasource;
mod examples;
mod frames;
mod live;
mod messages;
mod outages;
mod secured;
mod snapshot;
