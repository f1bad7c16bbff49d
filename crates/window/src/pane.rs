//! What a window shows when it fires.

use oriel_aggregate::Cell;
use oriel_time::EventTime;
use serde::{Deserialize, Serialize};

/// Why a pane was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Timing {
    /// Before the watermark passed the window's end.
    Early,
    /// When it did.
    OnTime,
    /// For records after that.
    Late,
}

/// What one (window, key) shows when its window fires.
#[derive(Clone, PartialEq, Debug)]
pub struct Pane<K> {
    /// The window's start.
    pub window: EventTime,
    /// The window's end, which is not part of it.
    pub end: EventTime,
    /// The key.
    pub key: K,
    /// Why it was given.
    pub timing: Timing,
    /// 0, 1, 2 ... for each (window, key).
    pub index: u32,
    /// No pane can come after.
    pub is_last: bool,
    /// All that the window has counted, whatever the mode: what a row holds.
    pub total: Cell,
    /// What most panes do not have.
    pub aside: Option<Box<Aside>>,
}

/// What only some panes have.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Aside {
    /// When discarding, what came since the last pane.
    pub delta: Option<Cell>,
    /// When retracting, the values that this pane takes back, by the starts of the
    /// windows that showed them: its own, and those of sessions that it absorbed.
    pub withdrawn: Vec<(EventTime, Cell)>,
    /// The starts of sessions that had shown something and are part of this one now.
    pub merged: Vec<EventTime>,
    /// By how much the total may be too large, where keys were let go.
    pub error: Option<Cell>,
}

impl Aside {
    /// Nothing, unless there is something.
    pub(crate) fn boxed(self) -> Option<Box<Aside>> {
        (self != Aside::default()).then(|| Box::new(self))
    }
}

impl<K> Pane<K> {
    /// What the pane holds in the view's mode.
    pub fn value(&self) -> &Cell {
        self.aside.as_ref().and_then(|aside| aside.delta.as_ref()).unwrap_or(&self.total)
    }

    /// The values that it takes back.
    pub fn withdrawn(&self) -> &[(EventTime, Cell)] {
        self.aside.as_ref().map_or(&[], |aside| &aside.withdrawn)
    }

    /// The sessions that it absorbed.
    pub fn merged(&self) -> &[EventTime] {
        self.aside.as_ref().map_or(&[], |aside| &aside.merged)
    }

    /// By how much the total may be too large.
    pub fn error(&self) -> Option<&Cell> {
        self.aside.as_ref().and_then(|aside| aside.error.as_ref())
    }
}
