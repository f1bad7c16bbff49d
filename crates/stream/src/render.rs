//! Answers of the engine to rows on the wire.

use crate::config::{ViewConfig, ViewKind};
use oriel_aggregate::Output;
use oriel_dataflow::Stand;
use oriel_protocol::view as wire;
use oriel_protocol::view::{Column, DataResult, DataResultTag, Kind, Meta, RowState, ViewInfo, WindowMeta};
use oriel_snapshot::{self as snapshot, Answer, Counting, State};
use oriel_time::EventTime;
use oriel_window::Windowing;
use serde_json::Value;

mod schema;

/// What every result of one view shares.
#[derive(Clone, Debug)]
pub(crate) struct Renderer {
    info: ViewInfo,
    place: usize,
    window: Windowing,
    run: u64,
    /// The columns that name a row.
    keys: Vec<String>,
    per: bool,
    /// The metric that ranks, if it is not the first.
    ranked_by: Option<String>,
    ascending: bool,
    error: Option<Column>,
}

impl Renderer {
    /// For the view at that place, in the run of that number.
    pub(crate) fn new(topic: &str, place: usize, view: &ViewConfig, run: u64) -> Self {
        let ranked_by = view.metrics().get(view.order()).filter(|_| view.order() > 0);
        Renderer {
            info: schema::info(topic, view),
            place,
            window: view.window,
            run,
            keys: schema::keys(view).map(str::to_owned).collect(),
            per: view.per().is_some(),
            ranked_by: ranked_by.map(|(name, _)| name.clone()),
            ascending: matches!(view.kind, ViewKind::Top { bottom: true, .. }),
            error: schema::error(view),
        }
    }

    /// How the view appears in lists.
    pub(crate) fn info(&self) -> &ViewInfo {
        &self.info
    }

    /// Every column that its rows may have.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.info.schema.iter().chain(&self.error)
    }

    /// The keys of its rows are pairs.
    pub(crate) fn per(&self) -> bool {
        self.per
    }

    /// The result that answers `id` with the named columns, all if there are none.
    pub(crate) fn result(&self, id: &str, answer: &Answer, stand: &Stand, fields: &[String]) -> DataResult {
        let bounded = answer.counting == Counting::SpaceSaving;
        let wanted = |name: &str| fields.is_empty() || fields.iter().any(|field| field == name);
        let columns = self.info.schema.iter().chain(self.error.as_ref().filter(|_| bounded));
        let ranks = self.ranks(&answer.rows);
        let row = |(rank, row): (u64, &snapshot::Row)| -> wire::Row {
            let values = self.values(rank, row, stand);
            let names = columns.clone().map(|column| column.name.clone());
            names.zip(values).filter(|(name, _)| wanted(name)).collect()
        };
        let data = ranks.into_iter().zip(&answer.rows).map(row).collect();
        let schema = columns.clone().filter(|column| wanted(&column.name)).cloned().collect();
        let meta = Some(self.meta(answer, stand, schema));
        DataResult { id: id.to_owned(), tag: DataResultTag::DataResult, data, countdown: None, meta }
    }

    /// The rank of each row; from 0 within each group of a view with `per`.
    pub(crate) fn ranks(&self, rows: &[snapshot::Row]) -> Vec<u64> {
        let mut ranks = Vec::with_capacity(rows.len());
        let mut next = 0;
        for (nth, row) in rows.iter().enumerate() {
            let group = snapshot::values(&row.key, self.per).0;
            if nth > 0 && snapshot::values(&rows[nth - 1].key, self.per).0 != group {
                next = 0;
            }
            ranks.push(next);
            next += 1;
        }
        ranks
    }

    fn meta(&self, answer: &Answer, stand: &Stand, schema: Vec<Column>) -> Meta {
        let inexact = answer.rows.iter().any(|row| row.inexact);
        let session = matches!(self.window, Windowing::Session { .. });
        Meta {
            window: Some(self.window(answer)),
            watermark: watermark(stand.watermark),
            as_of: stand.epoch,
            run: self.run,
            revision: answer.rows.iter().map(|row| u64::from(row.revision)).collect(),
            state: answer.rows.iter().map(|row| state(row.state)).collect(),
            counting: (!self.keys.is_empty()).then_some(counting(answer.counting)),
            inexact: answer.rows.iter().filter(|_| inexact).map(|row| row.inexact).collect(),
            end: answer.rows.iter().filter(|_| session).map(|row| row.end.millis()).collect(),
            order: self.ascending.then_some(wire::Order::Ascending),
            keys: self.keys.clone(),
            ranked_by: self.ranked_by.clone(),
            ..Meta::new(self.info.kind, schema)
        }
    }

    /// A row's values in the order of the columns.
    fn values(&self, rank: u64, row: &snapshot::Row, stand: &Stand) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.info.schema.len() + 1);
        if self.info.kind == Kind::Series {
            values.push(self.timestamp(row, stand));
        }
        let (per, key) = snapshot::values(&row.key, self.per);
        let keys = self.per.then_some(per).into_iter().chain((!self.keys.is_empty()).then_some(key));
        values.extend(keys.map(Value::from));
        values.extend(row.outputs.iter().map(value));
        if self.info.kind == Kind::Top {
            values.extend([Value::from(rank.to_string()), Value::from(rank)]);
            values.push(row.error.as_ref().map_or(Value::from(0), value));
        }
        values
    }

    /// The window's start; the one that holds all of time is dated by what it counted last.
    fn timestamp(&self, row: &snapshot::Row, stand: &Stand) -> Value {
        let horizon = || stand.horizons.get(self.place).copied().and_then(watermark);
        match self.window {
            Windowing::Global => horizon().into(),
            Windowing::Aligned { .. } | Windowing::Session { .. } => row.window.millis().into(),
        }
    }

    fn window(&self, answer: &Answer) -> WindowMeta {
        let mut meta =
            WindowMeta { state: answer.window.map(|(_, how)| state(how)), ..WindowMeta::default() };
        match self.window {
            Windowing::Global => meta.global = true,
            Windowing::Session { gap } => meta.gap = Some(gap.millis()),
            Windowing::Aligned { size, slide, .. } => {
                let end = |(start, _): (EventTime, State)| start.add(size).millis();
                (meta.size, meta.slide) = (Some(size.millis()), Some(slide.millis()));
                meta.start = answer.window.map(|(start, _)| start.millis());
                meta.end = answer.window.map(end);
            }
        }
        meta
    }
}

/// A metric's value; null where there is none, or none that fits.
pub(crate) fn value(output: &Output) -> Value {
    match output {
        Output::Null | Output::Overflow => Value::Null,
        Output::Long(value) => Value::from(*value),
        Output::Double(value) => Value::from(*value),
        Output::Text(text) => Value::from(&**text),
        Output::Bool(truth) => Value::from(*truth),
    }
}

/// The ends of time are no numbers that a viewer could use.
pub(crate) fn watermark(time: EventTime) -> Option<i64> {
    (time > EventTime::BEGINNING).then_some(time.min(EventTime::LAST).millis())
}

/// The bound of a window; the one that holds all of time has none.
pub(crate) fn bound(time: EventTime) -> Option<i64> {
    (time != EventTime::BEGINNING && time != EventTime::END).then_some(time.millis())
}

fn state(state: State) -> RowState {
    match state {
        State::Open => RowState::Open,
        State::Closed => RowState::Closed,
        State::Final => RowState::Final,
    }
}

fn counting(counting: Counting) -> wire::Counting {
    match counting {
        Counting::Exact => wire::Counting::Exact,
        Counting::SpaceSaving => wire::Counting::SpaceSaving,
        Counting::Capped => wire::Counting::Capped,
    }
}
