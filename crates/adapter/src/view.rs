//! A view as the adapter holds it: typed columns, coerced rows, what belongs beside them.

mod columns;
mod message;
#[cfg(test)]
mod tests;

use oriel_protocol::view::{Counting, RowState, WindowMeta};
use oriel_time::ProcessingTime;
use serde_json::{Map, Value};

use crate::cell::FieldType;

/// The column that holds a window's start in the rows of a series.
pub(crate) const TIMESTAMP: &str = "timestamp";
/// The column in which the original's demo keeps a row's rank, as a string.
pub(crate) const LABEL: &str = "label";
/// The column that holds a row's rank as a number.
pub(crate) const RANK: &str = "rank";
/// The column in which a list that counts by Space-Saving states each row's bound.
pub(crate) const ERROR: &str = "error";
/// The column that is given to rows whose message says where each one's window ends.
pub(crate) const END: &str = "end";
/// The key that stands for all keys beyond a cap.
pub(crate) const OTHER: &str = "__other__";

/// How a view is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Lines over time.
    Series,
    /// The largest (or smallest) of one window.
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

/// A column's name and type, and how exact it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    /// The key it has in the message's rows.
    pub(crate) name: String,
    /// What its values are.
    pub(crate) kind: FieldType,
    /// The error that its sketch states.
    pub(crate) error: Option<String>,
}

/// One row: a value a column, each of its column's type or null.
pub(crate) type Cells = Vec<Value>;

/// What a message says beside a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Beside {
    /// How far its window has come.
    pub(crate) state: Option<RowState>,
    /// It holds a sum that could not be kept exact.
    pub(crate) inexact: bool,
    /// The message before did not have it.
    pub(crate) entered: bool,
    /// Its rank in the message before.
    pub(crate) previous_rank: Option<u64>,
}

/// The newest result of one view.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct View {
    /// The topic it is published on; what Grafana calls the target.
    pub(crate) target: String,
    /// How it is drawn.
    pub(crate) kind: Kind,
    /// Its columns, in order.
    pub(crate) columns: Vec<Column>,
    /// The places of the columns that name a row; those of a series name its lines.
    pub(crate) keys: Vec<usize>,
    /// Its rows; those of a series ascend in time.
    pub(crate) rows: Vec<Cells>,
    /// What is said beside each row.
    pub(crate) beside: Vec<Beside>,
    /// How its values were counted, if it has keys and the message says so.
    pub(crate) counting: Option<Counting>,
    /// A list that is smallest first.
    pub(crate) ascending: bool,
    /// The metric that ranks a list, where the message names it.
    pub(crate) ranked_by: Option<usize>,
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

    /// Where the ends of sessions are.
    pub(crate) fn end_column(&self) -> Option<usize> {
        self.column(END).filter(|at| self.columns[*at].kind == FieldType::Time)
    }

    /// Where a list states by how much its values may be too high.
    pub(crate) fn bound_column(&self) -> Option<usize> {
        self.column(ERROR).filter(|_| self.kind == Kind::Top && self.counting == Some(Counting::SpaceSaving))
    }

    /// The columns that are measured: what is neither a time, nor names a row, nor says
    /// where it stands in a list. Most are numbers.
    pub(crate) fn metrics(&self) -> Vec<usize> {
        let ranked = self.kind == Kind::Top;
        let bound = self.bound_column();
        let measured = |at: &usize| {
            let measures = match self.columns[*at].kind {
                FieldType::Number => !(ranked && self.columns[*at].name == RANK) && bound != Some(*at),
                FieldType::Text => self.columns[*at].name != LABEL,
                FieldType::Time | FieldType::Boolean => false,
            };
            measures && !self.keys.contains(at)
        };
        (0..self.columns.len()).filter(measured).collect()
    }

    /// Those that are numbers, and so can be drawn.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let mut metrics = self.metrics();
        metrics.retain(|at| self.columns[*at].kind == FieldType::Number);
        metrics
    }

    /// Whether a row's window may still grow.
    pub(crate) fn is_open(&self, row: usize) -> bool {
        let told = self.beside[row].state.or(self.window.as_ref().and_then(|window| window.state));
        told == Some(RowState::Open)
    }

    /// Whether all rows are of the one window over all of time.
    pub(crate) fn is_global(&self) -> bool {
        self.window.as_ref().is_some_and(|window| window.global)
    }
}

/// The window as the wire has it.
pub(crate) fn window_json(window: &WindowMeta) -> Value {
    serde_json::to_value(window).unwrap_or_else(|_| Value::Object(Map::new()))
}
