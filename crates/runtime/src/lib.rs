//! What every server needs and no server is about: exit codes, faults of settings, the
//! address to listen on, who may connect, logs, named tasks, shutdown, metrics, HTTP
//! serving, TLS.
//!
//! A program's `main` reads its flags ([`exit::parse`], [`listen::ListenArgs`]),
//! starts the [`logs`], [binds](listen::bind), turns [signals](shutdown::signals)
//! into a [`shutdown::Shutdown`] and hands all that to its library's
//! `run(listener, config, shutdown)`. The library builds a router, guards it with
//! [`access`] ([`cross`] tells the browsers of allowed pages), adds the [`admin`] routes and
//! gives it to [`serve`].
//!
//! Nothing here knows what any of the programs does.

pub mod access;
pub mod admin;
pub mod answer;
pub mod backoff;
pub mod cross;
pub mod exit;
pub mod faults;
pub mod files;
pub mod listen;
pub mod logs;
pub mod metrics;
pub mod page;
pub mod serve;
pub mod shutdown;
pub mod size;
pub mod task;
pub mod tls;
