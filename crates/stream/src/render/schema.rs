//! The columns of a view.

use crate::config::{ViewConfig, ViewKind};
use oriel_aggregate::{Function, OutputType};
use oriel_protocol::view::{Column, ColumnType, Kind, ViewInfo};

/// The bound of a row that was counted by Space-Saving.
pub(super) const ERROR: &str = "error";

/// How a view appears on the wire.
pub(super) fn info(topic: &str, view: &ViewConfig) -> ViewInfo {
    let kind = match view.kind {
        ViewKind::Series { .. } => Kind::Series,
        ViewKind::Top { .. } => Kind::Top,
    };
    let mut schema = Vec::new();
    if kind == Kind::Series {
        schema.push(Column::new("timestamp", ColumnType::Long));
    }
    schema.extend(keys(view).map(|key| Column::new(key, ColumnType::String)));
    schema.extend(view.metrics().iter().map(|(name, metric)| column(name, metric.function)));
    if kind == Kind::Top {
        schema.extend([Column::new("label", ColumnType::String), Column::new("rank", ColumnType::Long)]);
    }
    ViewInfo { name: view.name.clone(), target: format!("{topic}.{}", view.name), kind, schema }
}

/// The columns that name a row.
pub(super) fn keys(view: &ViewConfig) -> impl Iterator<Item = &str> {
    view.per().into_iter().chain(view.by())
}

/// The column of bounds, which there is once a top list counts by Space-Saving.
pub(super) fn error(view: &ViewConfig) -> Option<Column> {
    let (_, ranking) = view.metrics().get(view.order())?;
    matches!(view.kind, ViewKind::Top { .. })
        .then(|| Column { error: None, ..column(ERROR, ranking.function) })
}

fn column(name: &str, function: Function) -> Column {
    let kind = match function.output_type() {
        OutputType::Long => ColumnType::Long,
        OutputType::Number => ColumnType::Double,
        // Whatever the records hold: readers look at the values.
        OutputType::Any => ColumnType::Other,
    };
    Column { error: function.error(), ..Column::new(name, kind) }
}
