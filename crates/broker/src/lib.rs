//! The broker: pub/sub over WebSocket and HTTP that remembers each topic's last value.
//!
//! What it decides is decided in `oriel_topics`, without a socket. Here are the
//! sockets: [`run()`] serves until it is told to stop; the `hub` is the one state
//! machine that all connections share; an `outbox` is what one of them has still to
//! be sent; a `session` is what is done on one WebSocket, a [`socket`], and `events` an
//! event stream; `http` are the other routes; [`auth`] says who may do what. `assets` are the client and the page that
//! browsers get, `admin` is what the page shows.
//!
//! A publication is written once, and its bytes go into every subscriber's outbox.
//! Nobody waits for a socket while holding a lock, so a slow subscriber harms only
//! itself.

mod admin;
mod assets;
pub mod auth;
pub mod cli;
mod config;
mod events;
mod frames;
mod http;
mod hub;
mod inlet;
mod metrics;
mod outbox;
mod pace;
pub mod receiving;
mod run;
pub mod security;
mod session;
pub mod settings;
pub mod socket;
mod upgrade;
mod wire;

pub use config::{Config, TlsFiles};
pub use run::{RunError, run, run_with};
