//! One pane of a view, as it is published on `<topic>.<view>.panes`.

use serde::{Deserialize, Deserializer, Serialize};

use super::Row;

/// What the topic of a view's panes has after the topic of its rows.
pub const PANES: &str = ".panes";

/// Why a pane was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Timing {
    /// Before the watermark passed the window's end.
    Early,
    /// When it passed.
    OnTime,
    /// After that, for late records.
    Late,
    /// Anything a later version may send.
    #[serde(other)]
    Other,
}

/// The window of a pane, in epoch milliseconds; both ends are null for the global window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaneWindow {
    /// Its first millisecond.
    pub start: Option<i64>,
    /// Its end, exclusive.
    pub end: Option<i64>,
}

/// A value given earlier that no longer holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The start of the window that it was given for: the pane's own, or a session's that
    /// became part of it. Null for the global window.
    pub start: Option<i64>,
    /// The metrics as they were given.
    pub value: Row,
}

/// What a window gave at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pane {
    /// Counts the panes of this topic; a number left out is a pane lost.
    pub seq: u64,
    /// The window.
    pub window: PaneWindow,
    /// The key; null for the null key and for a view without keys.
    pub key: Option<String>,
    /// The value of the view's `per` field, which may be null; absent for a view without it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub per: Option<Option<String>>,
    /// Why it was given.
    pub timing: Timing,
    /// 0 for the first pane of its window and key.
    pub index: u64,
    /// No further pane can come for this window and key.
    pub is_last: bool,
    /// Each metric's value: a number, a string or null.
    pub value: Row,
    /// What this pane takes back; absent unless the view is retracting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Vec<Withdrawn>>,
    /// The starts of the sessions that became part of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<i64>,
    /// By how much a metric may be too high, where it was counted by Space-Saving.
    #[serde(default, skip_serializing_if = "Row::is_empty")]
    pub error: Row,
}

/// A field that is there, be it null; serde's default stands for one that is not.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}
