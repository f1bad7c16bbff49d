//! A view as the adapter holds it: typed columns, coerced rows, what belongs beside them.

mod message;
#[cfg(test)]
mod tests;

use oriel_protocol::view::{RowState, WindowMeta};
use oriel_time::ProcessingTime;
use serde_json::{Map, Value};

use crate::cell::FieldType;

/// The column that holds a window's start in the rows of a series.
pub(crate) const TIMESTAMP: &str = "timestamp";
/// The column in which the original's demo keeps a row's rank, as a string.
pub(crate) const LABEL: &str = "label";
/// The column that holds a row's rank as a number.
pub(crate) const RANK: &str = "rank";

/// How a view is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Lines over time.
    Series,
    /// The largest of one window, largest first.
    Top,
    /// Rows, as they are.
    Table,
}

impl Kind {
    /// The kind's name in answers and on the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Series => "series",
            Kind::Top => "top",
            Kind::Table => "table",
        }
    }
}

/// A column's name and type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    /// The key it has in the message's rows.
    pub(crate) name: String,
    /// What its values are.
    pub(crate) kind: FieldType,
}

/// One row: a value a column, each of its column's type or null.
pub(crate) type Cells = Vec<Value>;

/// The newest result of one view.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct View {
    /// The topic it is published on; what Grafana calls the target.
    pub(crate) target: String,
    /// How it is drawn.
    pub(crate) kind: Kind,
    /// Its columns, in order.
    pub(crate) columns: Vec<Column>,
    /// Its rows; those of a series ascend in time.
    pub(crate) rows: Vec<Cells>,
    /// How far each row's window has come; empty where the message did not say.
    pub(crate) states: Vec<RowState>,
    /// Its window.
    pub(crate) window: Option<WindowMeta>,
    /// The stream's watermark, in epoch milliseconds.
    pub(crate) watermark: Option<i64>,
    /// The epoch after which the result holds.
    pub(crate) as_of: Option<u64>,
    /// When it was received.
    pub(crate) received: ProcessingTime,
    /// The size of the message it came in.
    pub(crate) bytes: usize,
}

impl View {
    /// Reads a published message. `None` if it is neither a `dataResult` nor an array
    /// of rows, so that commands and other traffic on a broker are never drawn.
    pub(crate) fn from_message(target: &str, raw: &str, received: ProcessingTime) -> Option<View> {
        message::read(target, raw, received)
    }

    /// Where the rows' time is, if they have one.
    pub(crate) fn time_column(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.kind == FieldType::Time)
    }

    /// The place of a column, by name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns that are measured: numbers, without the rank of a top list.
    pub(crate) fn metrics(&self) -> Vec<usize> {
        let ranked = self.kind == Kind::Top;
        self.places(|column| column.kind == FieldType::Number && !(ranked && column.name == RANK))
    }

    /// The columns that name a row: texts, without the label of a top list.
    pub(crate) fn keys(&self) -> Vec<usize> {
        self.places(|column| column.kind == FieldType::Text && column.name != LABEL)
    }

    /// Whether a row's window may still grow.
    pub(crate) fn is_open(&self, row: usize) -> bool {
        match self.states.get(row) {
            Some(state) => *state == RowState::Open,
            None => self.window.as_ref().and_then(|window| window.state) == Some(RowState::Open),
        }
    }

    fn places(&self, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| wanted(&self.columns[*at])).collect()
    }
}

/// The window as the wire has it.
pub(crate) fn window_json(window: &WindowMeta) -> Value {
    serde_json::to_value(window).unwrap_or_else(|_| Value::Object(Map::new()))
}
