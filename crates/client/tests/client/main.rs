//! The client over real sockets: against the broker itself, and against servers that
//! behave badly.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod closing;
mod dialling;
mod guarded;
mod resuming;
mod support;
