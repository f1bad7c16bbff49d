//! What a snapshot server answers and publishes: results, their schema, the list of views.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One row of a result: column name to value, in the order of the schema.
pub type Row = Map<String, Value>;

/// The kind of a view decides how it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One row a window, ordered by `timestamp` (ms, the window's start).
    Series,
    /// The N largest of one window, largest first, with `label` and `rank`.
    Top,
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

/// A column's name and type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The key in every row.
    pub name: String,
    /// The type of its values; any of them may be null.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

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
}

/// The window of a view; for a top list also of the window that is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WindowMeta {
    /// Length in milliseconds.
    pub size: i64,
    /// Distance between the starts of windows in milliseconds; equals `size` when tumbling.
    pub slide: i64,
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

/// What belongs beside the rows and never into them.
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
    /// One entry a row: the index of the last pane that changed it.
    #[serde(default)]
    pub revision: Vec<u64>,
    /// One entry a row: how far its window has come.
    #[serde(default)]
    pub state: Vec<RowState>,
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
