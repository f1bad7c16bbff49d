//! One frame of an answer, and the remarks that it carries.

use serde_json::{Map, Value, json};

/// A remark that Grafana shows in a panel's corner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Notice {
    severity: &'static str,
    text: String,
}

impl Notice {
    /// Something to know.
    pub(crate) fn info(text: String) -> Notice {
        Notice { severity: "info", text }
    }

    /// Something to act on.
    pub(crate) fn warning(text: String) -> Notice {
        Notice { severity: "warning", text }
    }
}

/// One frame of an answer.
pub(crate) struct Frame {
    /// The target's, echoed.
    pub(crate) ref_id: String,
    /// Remarks on it.
    pub(crate) notices: Vec<Notice>,
    /// What Grafana keeps for whoever looks.
    pub(crate) custom: Map<String, Value>,
    body: Map<String, Value>,
}

impl Frame {
    /// A frame that only carries notices.
    pub(crate) fn empty(name: &str) -> Frame {
        Frame::new(object(json!({"target": name, "datapoints": []})), Map::new())
    }

    /// A frame with that body and that `meta.custom`.
    pub(crate) fn new(body: Map<String, Value>, custom: Map<String, Value>) -> Frame {
        Frame { ref_id: String::new(), notices: Vec::new(), custom, body }
    }

    /// The frame as it is sent.
    pub(crate) fn into_json(self) -> Value {
        let mut body = self.body;
        let mut meta = Map::new();
        if !self.custom.is_empty() {
            meta.insert("custom".to_owned(), Value::Object(self.custom));
        }
        if !self.notices.is_empty() {
            let notices = self.notices.iter().map(|n| json!({"severity": n.severity, "text": n.text}));
            meta.insert("notices".to_owned(), notices.collect());
        }
        body.insert("refId".to_owned(), self.ref_id.into());
        if !meta.is_empty() {
            body.insert("meta".to_owned(), Value::Object(meta));
        }
        Value::Object(body)
    }
}

/// The fields of an object; none of anything else.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
