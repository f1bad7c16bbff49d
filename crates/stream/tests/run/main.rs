//! The library's `run`: sources to results, over files and without a broker.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(clippy::disallowed_methods, reason = "a test starts what it tests")]

mod broker;
mod joined;
mod lists;
mod measured;
mod panes;
mod records;
mod series;
mod support;
