//! Windows, watermarks, triggers and panes over event time.
//!
//! The stream is worked in epochs, and everything is decided at an epoch's end.
//! Two state machines share the work; neither knows a clock, a thread or a file:
//!
//! - The [`Leader`] takes one [`Report`] of an epoch (what all workers saw of it),
//!   moves the watermark and decides for every view which windows fire. Its [`Summary`]
//!   is the only thing that the rest of the system acts on.
//! - A [`Store`] holds the cells of one view's keys. It takes an epoch's partial
//!   cells, fires the windows that a summary names (sessions by the same rules, key by
//!   key) and gives their [`Pane`]s.
//!
//! Sliding windows share slices of the slide's length, so a record is folded once
//! however many windows it belongs to (the panes of Li et al., "No pane, no gain",
//! SIGMOD Record 34(1), 2005).
//!
//! ```
//! use oriel_time::{EventTime, Span};
//! use oriel_window::Windowing;
//! let sliding = Windowing::sliding(Span::from_millis(60), Span::from_millis(30));
//! let slice = sliding.slice(EventTime::from_millis(-1));
//! assert_eq!(slice, EventTime::from_millis(-30));
//! let starts: Vec<i64> = sliding.windows_of(slice).map(EventTime::millis).collect();
//! assert_eq!(starts, [-60, -30]);
//! ```

mod assign;
mod epoch;
mod footprint;
mod leader;
mod pane;
mod store;
mod trigger;
mod view;
mod watermark;

pub use assign::Windowing;
pub use epoch::{
    Cut, Fate, Fire, Life, PartitionCut, PartitionStand, Report, Spread, Summary, Tally, ViewReport,
    ViewSummary,
};
pub use footprint::{Footprint, repack, table_bytes};
pub use leader::{Leader, LeaderSpec};
pub use pane::{Aside, Pane, Timing};
pub use store::{Key, Place, Size, Store, Stretch};
pub use view::{Accumulation, Trigger, ViewTiming};
pub use watermark::WatermarkRules;
