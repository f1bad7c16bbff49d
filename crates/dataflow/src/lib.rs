//! The engine: pure cores as operators on timely dataflow.
//!
//! The only room that knows timely, and it never knows tokio. [`Engine::start`] gets
//! sources and a specification; readers feed chunks of raw records, workers fold, exchange
//! and apply them epoch by epoch (`graph` shows the dataflow on one screen), and
//! [`Engine::read`] answers queries after exactly one epoch.
//!
//! What it must never do: let the number of workers, or the time at which a thread ran,
//! show in a result.

mod engine;
mod feed;
mod fold;
mod graph;
mod panes;
mod reject;
mod room;
mod shard;
mod shards;
pub mod source;
mod spec;
mod totals;

pub use engine::{Engine, Fault};
pub use panes::Panes;
pub use reject::{Missed, Reason, Rejected, Rejects};
pub use shard::ViewSize;
pub use shards::{Reading, Stand};
pub use spec::{EngineSpec, EpochRules, Metric, ViewPlan};
pub use totals::Totals;
