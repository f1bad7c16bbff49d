//! The broker as its clients see it: a real `run` on a free port, real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod admin;
mod auth;
mod bad_frames;
mod events;
mod http;
mod interleaving;
mod liveness;
mod long_poll;
mod recovery;
mod shutdown;
mod slow;
mod subscriptions;
mod support;
mod tls;
mod websocket;
