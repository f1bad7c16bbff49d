//! What Grafana asks. Unknown keys are ignored and most others may be missing: each
//! version of each plugin sends a slightly different request.

mod payload;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::cell;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::reduce::Room;

pub(crate) use payload::{Form, Payload};

/// The text that SimpleJSON's editor holds before a metric is chosen.
const PLACEHOLDER: &str = "select metric";
/// A panel with more queries than this is refused: each could choose every view.
const MAX_TARGETS: usize = 100;

/// More filters than this are refused: each may be an expression to compile.
const MAX_FILTERS: usize = 100;

/// The time a request is about, both ends included, in epoch milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Range {
    /// Its first millisecond.
    pub(crate) from: i64,
    /// Its last.
    pub(crate) to: i64,
}

impl Range {
    /// All of time: what a request without a range is about.
    pub(crate) const ALL: Range = Range { from: i64::MIN, to: i64::MAX };

    /// Whether a time lies in it.
    pub(crate) fn holds(self, time: i64) -> bool {
        (self.from..=self.to).contains(&time)
    }
}

/// One query of a panel.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Target {
    /// Echoed on each frame that answers it.
    pub(crate) ref_id: String,
    /// What it names, as it was sent.
    pub(crate) text: String,
    /// What it asks beside that.
    pub(crate) payload: Payload,
}

/// A whole `/query`.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Its targets, in order; hidden and empty ones are left out.
    pub(crate) targets: Vec<Target>,
    /// The time it is about.
    pub(crate) range: Range,
    /// How many points there is room for.
    pub(crate) room: Room,
    /// Its ad hoc filters.
    pub(crate) filters: Vec<Filter>,
}

/// Reads a body as a JSON object, whatever its Content-Type says. An empty one is `{}`.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Fault::Bad("the body is not a JSON object".to_owned())),
        Err(error) => Err(Fault::Bad(format!("the body is not JSON: {error}"))),
    }
}

impl Question {
    /// Reads the body of a `/query`.
    pub(crate) fn read(body: &[u8]) -> Result<Question, Fault> {
        let fields = object(body)?;
        if fields.is_empty() {
            return Err(Fault::Bad("the query has no body: range and targets are needed".to_owned()));
        }
        let targets = match fields.get("targets").and_then(Value::as_array) {
            Some(targets) if !targets.is_empty() => targets,
            _ => return Err(Fault::Bad("the query has no targets".to_owned())),
        };
        if targets.len() > MAX_TARGETS {
            return Err(Fault::Bad(format!(
                "{} targets are too many; {MAX_TARGETS} is the limit",
                targets.len()
            )));
        }
        Ok(Question {
            targets: targets.iter().filter_map(target).collect(),
            range: range(&fields)?,
            room: room(&fields),
            filters: filters(&fields)?,
        })
    }
}

/// `None` for what is not to be answered: hidden, empty, or not yet chosen.
fn target(item: &Value) -> Option<Target> {
    let hidden = item.get("hide").and_then(Value::as_bool) == Some(true);
    let text = cell::text(item.get("target")?)?;
    if hidden || text.trim().is_empty() || text == PLACEHOLDER {
        return None;
    }
    let ref_id = item.get("refId").and_then(cell::text).unwrap_or_default();
    Some(Target { ref_id, text, payload: Payload::read(item) })
}

/// The request's range; all of time where it has none.
pub(crate) fn range(fields: &Map<String, Value>) -> Result<Range, Fault> {
    let Some(range) = fields.get("range").filter(|range| !range.is_null()) else { return Ok(Range::ALL) };
    let end = |name: &str, open: i64| match range.get(name) {
        None | Some(Value::Null) => Ok(open),
        Some(value) => cell::time(value).ok_or_else(|| {
            Fault::Bad(format!("range.{name} is neither an ISO 8601 time nor epoch milliseconds"))
        }),
    };
    let range = Range { from: end("from", i64::MIN)?, to: end("to", i64::MAX)? };
    if range.from > range.to {
        return Err(Fault::Bad("range.from is after range.to".to_owned()));
    }
    Ok(range)
}

fn room(fields: &Map<String, Value>) -> Room {
    let positive = |name: &str| {
        let number = cell::number(fields.get(name)?)?;
        let whole = number.as_i64().or_else(|| cell::time(&Value::Number(number)))?;
        Some(whole.max(1))
    };
    Room {
        interval: positive("intervalMs").unwrap_or(Room::ALL.interval),
        points: positive("maxDataPoints").and_then(|n| usize::try_from(n).ok()).unwrap_or(Room::ALL.points),
    }
}

/// Grafana's own `filters`, and what older plugins sent as `adhocFilters`.
pub(crate) fn filters(fields: &Map<String, Value>) -> Result<Vec<Filter>, Fault> {
    let mut items: Vec<&Value> = Vec::new();
    for item in ["filters", "adhocFilters"].iter().filter_map(|name| fields.get(*name)?.as_array()).flatten()
    {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    if items.len() > MAX_FILTERS {
        return Err(Fault::Bad(format!("{} filters are too many; {MAX_FILTERS} is the limit", items.len())));
    }
    items.into_iter().map(|item| Filter::read(item).map_err(Fault::Bad)).collect()
}
