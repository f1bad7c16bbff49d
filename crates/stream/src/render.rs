//! Answers of the engine to rows on the wire.

use crate::config::{ViewConfig, Window};
use oriel_aggregate::Output;
use oriel_dataflow::Stand;
use oriel_protocol::view::{DataResult, DataResultTag, Kind, Meta, Row, RowState, ViewInfo, WindowMeta};
use oriel_snapshot::{self as snapshot, Answer, State};
use oriel_time::{EventTime, Span};
use serde_json::Value;

/// What every result of one view shares.
#[derive(Clone, Debug)]
pub(crate) struct Renderer {
    info: ViewInfo,
    size: Span,
    slide: Span,
    run: u64,
}

impl Renderer {
    /// For one view in the run of that number.
    pub(crate) fn new(info: ViewInfo, view: &ViewConfig, run: u64) -> Self {
        let (size, slide) = match view.window {
            Window::Aligned { size, slide, .. } => (size, slide),
            Window::Global | Window::Session { .. } => (Span::ZERO, Span::ZERO),
        };
        Renderer { info, size, slide, run }
    }

    /// How the view appears in lists.
    pub(crate) fn info(&self) -> &ViewInfo {
        &self.info
    }

    /// The result that answers `id` with the named columns, all if there are none.
    pub(crate) fn result(&self, id: &str, answer: &Answer, stand: &Stand, fields: &[String]) -> DataResult {
        let wanted = |name: &str| fields.is_empty() || fields.iter().any(|field| field == name);
        let schema = self.info.schema.iter().filter(|column| wanted(&column.name)).cloned().collect();
        let row = |(rank, row): (usize, &snapshot::Row)| -> Row {
            let values = self.values(rank, row);
            let names = self.info.schema.iter().map(|column| column.name.clone());
            names.zip(values).filter(|(name, _)| wanted(name)).collect()
        };
        let meta = Meta {
            window: Some(self.window(answer)),
            watermark: watermark(stand.watermark),
            as_of: stand.epoch,
            run: self.run,
            revision: answer.rows.iter().map(|row| u64::from(row.revision)).collect(),
            state: answer.rows.iter().map(|row| state(row.state)).collect(),
            ..Meta::new(self.info.kind, schema)
        };
        DataResult {
            id: id.to_owned(),
            tag: DataResultTag::DataResult,
            data: answer.rows.iter().enumerate().map(row).collect(),
            countdown: None,
            meta: Some(meta),
        }
    }

    /// A row's values in the order of the schema.
    fn values(&self, rank: usize, row: &snapshot::Row) -> Vec<Value> {
        let outputs = row.outputs.iter().map(|output| match output {
            Output::Long(value) => Value::from(*value),
            Output::Double(value) => Value::from(*value),
            Output::Text(text) => Value::from(&**text),
            Output::Bool(value) => Value::from(*value),
            Output::Null | Output::Overflow => Value::Null,
        });
        let mut values = match self.info.kind {
            Kind::Series => vec![Value::from(row.window.millis())],
            Kind::Top | Kind::Other => vec![row.key.as_deref().map_or(Value::Null, Value::from)],
        };
        values.extend(outputs);
        if self.info.kind == Kind::Top {
            values.extend([Value::from(rank.to_string()), Value::from(rank)]);
        }
        values
    }

    fn window(&self, answer: &Answer) -> WindowMeta {
        let shown = answer.window;
        WindowMeta {
            size: Some(self.size.millis()),
            slide: Some(self.slide.millis()),
            start: shown.map(|(start, _)| start.millis()),
            end: shown.map(|(start, _)| start.add(self.size).millis()),
            state: shown.map(|(_, how)| state(how)),
            ..WindowMeta::default()
        }
    }
}

/// The ends of time are no numbers that a viewer could use.
fn watermark(time: EventTime) -> Option<i64> {
    (time > EventTime::BEGINNING).then_some(time.min(EventTime::LAST).millis())
}

fn state(state: State) -> RowState {
    match state {
        State::Open => RowState::Open,
        State::Closed => RowState::Closed,
        State::Final => RowState::Final,
    }
}
