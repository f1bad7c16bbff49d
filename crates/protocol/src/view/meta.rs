//! What stands beside the rows of a result.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Column, Kind};

/// How far a row's window has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowState {
    /// The watermark is before the window's end: the value will grow.
    Open,
    /// The watermark passed the end; late records may still correct it.
    Closed,
    /// Nothing will change it any more.
    Final,
    /// Anything a later version may send.
    #[serde(other)]
    Other,
}

/// How the values of a view with keys were counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counting {
    /// Every key has its own value.
    Exact,
    /// By Space-Saving: a value may be too high by at most the row's `error`.
    SpaceSaving,
    /// There were more keys than the view may hold: further ones are in `__other__`.
    Capped,
    /// Anything a later version may send.
    #[serde(other)]
    Other,
}

/// The order of a top list that is not largest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Anything a later version may send.
    #[serde(other)]
    Other,
}

/// The window of a view; for a top list also of the window that is shown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct WindowMeta {
    /// Length in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Distance between the starts of windows in milliseconds; equals `size` when tumbling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<i64>,
    /// The quiet that ends a session, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<i64>,
    /// One window over all of time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub global: bool,
    /// Start of the window shown, in epoch milliseconds (top lists only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// End of the window shown, exclusive (top lists only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// How far the window shown has come (top lists only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RowState>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What belongs beside the rows and never into them. A list has one entry a row, or none
/// where it would say nothing; only `left` has a length of its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Meta {
    /// How the rows are meant to be drawn.
    pub kind: Kind,
    /// The columns, in order.
    pub schema: Vec<Column>,
    /// The view's window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowMeta>,
    /// The stream's watermark in epoch milliseconds; null before the first record.
    #[serde(default)]
    pub watermark: Option<i64>,
    /// The epoch after which this result holds.
    #[serde(default, rename = "asOf")]
    pub as_of: u64,
    /// Names this run of the server; another number means that it was restarted.
    #[serde(default)]
    pub run: u64,
    /// The index of the last pane that changed the row.
    #[serde(default)]
    pub revision: Vec<u64>,
    /// How far the row's window has come.
    #[serde(default)]
    pub state: Vec<RowState>,
    /// How the values were counted; absent from views without keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting: Option<Counting>,
    /// Whether the row was not in the message published before (top lists).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<bool>,
    /// The row's rank in the message published before (top lists).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_rank: Vec<Option<u64>>,
    /// The keys that were in the message published before and no longer are: each a string
    /// or null; for a view with `per` each a `{"per": .., "key": ..}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Value>,
    /// Whether the row holds a sum that could not be kept exact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inexact: Vec<bool>,
    /// The end of the row's window, exclusive, in epoch milliseconds (sessions).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<i64>,
    /// The order of a top list; absent where it is largest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// The columns that name a row: `by`, after `per` where the view has it. A reader takes
    /// all columns of text where it is absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The metric that ranks a top list; the first where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranked_by: Option<String>,
}

impl Meta {
    /// Says how rows are drawn and what their columns are, and nothing else yet.
    pub fn new(kind: Kind, schema: Vec<Column>) -> Self {
        Meta {
            kind,
            schema,
            window: None,
            watermark: None,
            as_of: 0,
            run: 0,
            revision: Vec::new(),
            state: Vec::new(),
            counting: None,
            entered: Vec::new(),
            previous_rank: Vec::new(),
            left: Vec::new(),
            inexact: Vec::new(),
            end: Vec::new(),
            order: None,
            keys: Vec::new(),
            ranked_by: None,
        }
    }
}
