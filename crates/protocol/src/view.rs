//! What a snapshot server answers and publishes: results, their schema, the list of views,
//! and beside the rows of each view its panes and the stream's watermarks.
//!
//! Everything that was added to the original's messages is optional and absent where it says
//! nothing. A value that a later version may send is read as `Other`, so that an older reader
//! still reads the rest.

mod meta;
mod pane;
#[cfg(test)]
mod tests;
mod watermarks;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use meta::{Counting, Meta, Order, RowState, WindowMeta};
pub use pane::{PANES, Pane, PaneWindow, Timing, Withdrawn};
pub use watermarks::{Partition, PartitionState, WATERMARK, Watermarks};

/// One row of a result: column name to value, in the order of the schema.
pub type Row = Map<String, Value>;

/// The kind of a view decides how it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One row a window, ordered by `timestamp` (ms, the window's start).
    Series,
    /// The N largest (or smallest) of one window, with `label` and `rank`.
    Top,
    /// Anything a later version may send: rows, to be drawn as they are.
    #[serde(other)]
    Other,
}

/// The type of a column, by the names of the original's wire format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A 64-bit whole number.
    Long,
    /// A 64-bit floating-point number.
    Double,
    /// Anything a later version may send: passed on as it is.
    #[serde(other)]
    Other,
}

/// A column's name and type, and how exact it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The key in every row.
    pub name: String,
    /// The type of its values; any of them may be null.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The error that a sketch states, in words; absent where the values are exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Column {
    /// A column of exact values.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Column { name: name.into(), kind, error: None }
    }
}

/// The type tag of a [`DataResult`]; a message with another one does not parse as it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum DataResultTag {
    /// The only value.
    #[default]
    #[serde(rename = "dataResult")]
    DataResult,
}

/// Rows of one view: what is published on `<topic>.<view>` and what answers a `dataQuery`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataResult {
    /// The query's id, or the view's name where nobody asked.
    pub id: String,
    /// Always `dataResult`.
    #[serde(rename = "type")]
    pub tag: DataResultTag,
    /// The rows.
    pub data: Vec<Row>,
    /// What is left of the lease; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countdown: Option<u32>,
    /// What belongs beside the rows; absent from the original's messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// One view in the answer to `GET /views`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ViewInfo {
    /// The view's name in the configuration.
    pub name: String,
    /// The topic its results appear on: `<topic>.<name>`.
    pub target: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Its columns, in order.
    pub schema: Vec<Column>,
}

/// The answer to `GET /views` of a snapshot server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Views {
    /// The stream's topic.
    pub topic: String,
    /// Its views, in the order of the configuration.
    pub views: Vec<ViewInfo>,
}
