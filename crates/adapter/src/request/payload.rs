//! What a target asks beside its name: form, metrics, reducer.

use serde_json::Value;

use crate::cell;
use crate::reduce::Reducer;
use crate::target::spellings;

/// The shape of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Form {
    /// What suits the view.
    #[default]
    Auto,
    /// Lines: one frame a metric.
    Series,
    /// Rows.
    Table,
}

/// A target's wishes.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Payload {
    /// The shape asked for.
    pub(crate) form: Form,
    /// The metrics asked for; all where none is named.
    pub(crate) metrics: Vec<String>,
    /// How points are reduced.
    pub(crate) reducer: Reducer,
    /// What could not be understood, for a notice.
    pub(crate) doubts: Vec<String>,
}

impl Payload {
    /// Reads `payload`; dashboards of old plugins have it as `data`, perhaps as text.
    /// Its `format` goes before the `type` that SimpleJSON puts on the target.
    pub(crate) fn read(target: &Value) -> Payload {
        let wishes = [target.get("payload"), target.get("data")];
        let wishes = wishes
            .into_iter()
            .flatten()
            .map(parsed)
            .find(|wish| wish.as_object().is_some_and(|o| !o.is_empty()));
        let wishes = wishes.unwrap_or_default();
        let mut payload = Payload::default();
        let format = wishes.get("format").or_else(|| target.get("type")).and_then(cell::text);
        payload.form(&format.unwrap_or_default());
        payload.metrics = wishes.get("metric").map(names).unwrap_or_default();
        payload.reducer(&wishes.get("reduce").and_then(cell::text).unwrap_or_default());
        payload
    }

    fn form(&mut self, name: &str) {
        self.form = match name.to_ascii_lowercase().as_str() {
            "" | "auto" => Form::Auto,
            "series" | "timeserie" | "timeseries" | "time_series" => Form::Series,
            "table" => Form::Table,
            _ => return self.doubts.push(format!("unknown format '{name}'; known: auto, series, table")),
        }
    }

    fn reducer(&mut self, name: &str) {
        match Reducer::named(&name.to_ascii_lowercase()) {
            Some(reducer) => self.reducer = reducer,
            None if name.is_empty() => {}
            None => {
                self.doubts.push(format!("unknown reduce '{name}'; known: max, min, mean, sum, first, last"))
            }
        }
    }
}

fn parsed(wish: &Value) -> Value {
    match wish {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    }
}

/// One name, several, or several in the regex form that a variable takes.
fn names(wish: &Value) -> Vec<String> {
    let texts = match wish {
        Value::Array(items) => items.iter().filter_map(cell::text).collect(),
        one => cell::text(one).into_iter().collect::<Vec<_>>(),
    };
    texts.iter().flat_map(|text| spellings(text)).filter(|name| !name.is_empty()).collect()
}
