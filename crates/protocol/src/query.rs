//! What a viewer asks a snapshot server: `schemaQuery` and `dataQuery`.
//!
//! The server never guesses: an unknown key, a wrong type or a bad id is an error that
//! says what was found and what would be right.

use crate::view::Column;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The longest id that a query may have.
const MAX_ID: usize = 64;
/// The longest lease, in publication intervals.
const MAX_COUNTDOWN: u64 = 7_200;

/// A query, checked as far as that is possible without knowing the views.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// Names the query; results carry it.
    pub id: String,
    /// The view asked for; may be left out where there is only one.
    pub view: Option<String>,
    /// What is asked.
    pub ask: Ask,
}

/// What a query asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    /// The columns.
    Schema,
    /// The rows.
    Data {
        /// The columns wanted; all if empty.
        fields: Vec<String>,
        /// Only windows that overlap `[from, to)`, in epoch milliseconds.
        range: Option<(i64, i64)>,
        /// For how many publication intervals the answer is to be renewed; once if absent.
        countdown: Option<u32>,
    },
}

/// Why a query was not answered; serialises as the answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename = "error")]
pub struct QueryError {
    /// The query's id, as far as it could be read.
    pub id: Option<String>,
    /// For programs: `badQuery`, `badId`, `unknownView`, `unknownField`, `unsupported`,
    /// `tooLarge`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl QueryError {
    /// An error answer to the query with that id.
    pub fn new(id: Option<&str>, code: &'static str, message: String) -> Self {
        QueryError { id: id.map(str::to_owned), code, message }
    }
}

/// Reads a query: a JSON object, or a JSON string that holds one.
///
/// # Errors
/// When it is not exactly as the protocol says; the error is the answer to send.
pub fn parse(bytes: &[u8]) -> Result<Query, QueryError> {
    let bad = |message: String| QueryError::new(None, "badQuery", message);
    let mut value: Value =
        serde_json::from_slice(bytes).map_err(|error| bad(format!("a query is a JSON object: {error}")))?;
    if let Value::String(text) = &value {
        value =
            serde_json::from_str(text).map_err(|error| bad(format!("a query is a JSON object: {error}")))?;
    }
    let Value::Object(object) = value else { return Err(bad("a query is a JSON object".into())) };
    let id = id(&object)?;
    let ask = read(&object, &id).map_err(|(code, message)| QueryError::new(Some(&id), code, message))?;
    Ok(Query { id, ..ask })
}

/// The answer to a schema query: one schema a view.
pub fn schema_result(id: &str, views: &[(&str, &[Column])]) -> Value {
    let schema = |(view, columns): &(&str, &[Column])| json!({"schemaType": "snapshot", "schemaVersion": "1.0", "schemaKeys": {"view": view}, "values": columns});
    json!({"id": id, "type": "schemaResult", "data": views.iter().map(schema).collect::<Vec<_>>()})
}

type Fault = (&'static str, String);

fn id(object: &Map<String, Value>) -> Result<String, QueryError> {
    let given = object.get("id").and_then(Value::as_str);
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    match given {
        Some(id)
            if id.len() <= MAX_ID && !id.is_empty() && !id.starts_with('_') && id.bytes().all(letter) =>
        {
            Ok(id.to_owned())
        }
        _ => {
            let rule = "`id` must be 1 to 64 of A-Z a-z 0-9 _ - and not start with _";
            Err(QueryError::new(None, "badId", rule.into()))
        }
    }
}

fn read(object: &Map<String, Value>, id: &str) -> Result<Query, Fault> {
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let (view, ask) = match kind {
        "schemaQuery" => {
            known(object, &["id", "type", "context", "countdown"], "a schemaQuery")?;
            let context = object_in(object, "context")?;
            known(&context, &["keys", "schemaKeys"], "`context`")?;
            (view(&context)?, Ask::Schema)
        }
        "dataQuery" => {
            known(object, &["id", "type", "countdown", "data", "incompleteResultOK"], "a dataQuery")?;
            let data = object_in(object, "data")?;
            known(&data, &["schemaKeys", "fields", "time"], "`data`")?;
            let countdown = countdown(object)?;
            (view(&data)?, Ask::Data { fields: fields(&data)?, range: range(&data)?, countdown })
        }
        other => return bad(format!("`type` is {other:?}; known: schemaQuery, dataQuery")),
    };
    Ok(Query { id: id.to_owned(), view, ask })
}

fn known(object: &Map<String, Value>, keys: &[&str], place: &str) -> Result<(), Fault> {
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => bad(format!("unknown key {key:?} in {place}; known: {}", keys.join(", "))),
        None => Ok(()),
    }
}

fn object_in(object: &Map<String, Value>, key: &str) -> Result<Map<String, Value>, Fault> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(inner)) => Ok(inner.clone()),
        Some(_) => bad(format!("`{key}` must be an object")),
    }
}

fn view(object: &Map<String, Value>) -> Result<Option<String>, Fault> {
    let keys = object_in(object, "schemaKeys")?;
    known(&keys, &["view"], "`schemaKeys`")?;
    match keys.get("view") {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(_) => bad("`schemaKeys.view` must be a string".into()),
    }
}

fn fields(data: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let name = |value: &Value| value.as_str().map(str::to_owned);
    match data.get("fields") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(names)) => match names.iter().map(name).collect() {
            Some(names) => Ok(names),
            None => bad("`fields` must be an array of strings".into()),
        },
        Some(_) => bad("`fields` must be an array of strings".into()),
    }
}

fn range(data: &Map<String, Value>) -> Result<Option<(i64, i64)>, Fault> {
    let time = object_in(data, "time")?;
    known(&time, &["from", "to"], "`time` of a snapshot")?;
    let at = |key| match time.get(key) {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(millis) => Ok(Some(millis)),
            None => bad(format!("`time.{key}` must be epoch milliseconds")),
        },
    };
    match (at("from")?, at("to")?) {
        (None, None) => Ok(None),
        (from, to) => match (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX)) {
            (from, to) if from <= to => Ok(Some((from, to))),
            (from, to) => bad(format!("`time.from` {from} is after `time.to` {to}")),
        },
    }
}

fn countdown(object: &Map<String, Value>) -> Result<Option<u32>, Fault> {
    match object.get("countdown") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(count @ 1..=MAX_COUNTDOWN) => Ok(u32::try_from(count).ok()),
            _ => bad(format!("`countdown` must be 1 to {MAX_COUNTDOWN}")),
        },
    }
}

fn bad<T>(message: String) -> Result<T, Fault> {
    Err(("badQuery", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(fields: &[&str]) -> Ask {
        Ask::Data { fields: fields.iter().map(|f| (*f).to_owned()).collect(), range: None, countdown: None }
    }

    #[test]
    fn the_queries_of_the_protocol_parse() {
        let query = parse(br#"{"id":"q2","type":"dataQuery","data":{"schemaKeys":{"view":"topHashtags"},"fields":["hashtag","count"]}}"#);
        let query = query.expect("a good query");
        assert_eq!(query.view.as_deref(), Some("topHashtags"));
        assert_eq!(query.ask, data(&["hashtag", "count"]));
        let schema = parse(br#"{"id":"q1","type":"schemaQuery"}"#).expect("a good query");
        assert_eq!((schema.id.as_str(), schema.view, schema.ask), ("q1", None, Ask::Schema));
    }

    #[test]
    fn a_query_may_come_as_a_string() {
        assert!(parse(br#""{\"id\":\"q1\",\"type\":\"schemaQuery\"}""#).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_is_guessed() {
        for (query, code, says) in [
            (r#"["#, "badQuery", "JSON object"),
            (r#"[]"#, "badQuery", "JSON object"),
            (r#"{"type":"schemaQuery"}"#, "badId", "`id`"),
            (r#"{"id":"_x","type":"schemaQuery"}"#, "badId", "`id`"),
            (r#"{"id":"a","type":"query"}"#, "badQuery", "dataQuery"),
            (r#"{"id":"a","type":"dataQuery","datas":{}}"#, "badQuery", "\"datas\""),
            (r#"{"id":"a","type":"dataQuery","data":{"fields":"x"}}"#, "badQuery", "`fields`"),
            (r#"{"id":"a","type":"dataQuery","countdown":0}"#, "badQuery", "7200"),
            (r#"{"id":"a","type":"dataQuery","data":{"time":{"from":2,"to":1}}}"#, "badQuery", "after"),
            (r#"{"id":"a","type":"dataQuery","data":{"schemaKeys":{"v":1}}}"#, "badQuery", "\"v\""),
        ] {
            let error = parse(query.as_bytes()).expect_err(query);
            assert_eq!(error.code, code, "{query}");
            assert!(error.message.contains(says), "{query}: {}", error.message);
        }
    }

    #[test]
    fn an_error_is_its_own_answer() {
        let error = QueryError::new(Some("q"), "unknownView", "no".into());
        let text = serde_json::to_value(error).expect("serialises");
        assert_eq!(text, json!({"type":"error","id":"q","code":"unknownView","message":"no"}));
    }
}
