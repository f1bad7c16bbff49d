//! Messages as the stream publishes them, and as the 2017 original did.

use serde_json::{Value, json};

pub(crate) const START: i64 = 1_493_619_720_000;
pub(crate) const MINUTE: i64 = 60_000;
/// A hashtag that is markup where it is not treated as text.
pub(crate) const MARKUP: &str = "<img src=x onerror=\"document.title='x'\">";

/// Two closed windows and an open one.
pub(crate) fn stats(newest: u64) -> Value {
    let row = |n: i64, total: u64| json!({"timestamp": START + n * MINUTE, "total": total, "withHashtag": 3, "withURL": null});
    json!({"id": "tweetStats", "type": "dataResult", "data": [row(0, 12), row(1, 20), row(2, newest)], "countdown": 1,
        "meta": {"kind": "series",
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "total", "type": "long"},
                {"name": "withHashtag", "type": "long"}, {"name": "withURL", "type": "long"}],
            "window": {"size": MINUTE, "slide": MINUTE}, "watermark": START + 2 * MINUTE, "asOf": 17, "run": 1,
            "revision": [4, 2, 0], "state": ["final", "closed", "open"]}})
}

/// A top list of an open window.
pub(crate) fn hashtags() -> Value {
    json!({"id": "topHashtags", "type": "dataResult", "countdown": 1,
        "data": [{"hashtag": "rust", "count": 24, "label": "0", "rank": 0}, {"hashtag": MARKUP, "count": 9, "label": "1", "rank": 1}],
        "meta": {"kind": "top",
            "schema": [{"name": "hashtag", "type": "string"}, {"name": "count", "type": "long"},
                {"name": "label", "type": "string"}, {"name": "rank", "type": "long"}],
            "window": {"size": 300_000, "slide": 300_000, "start": START, "end": START + 300_000, "state": "open"},
            "watermark": START, "asOf": 17, "run": 1}})
}

/// The original's messages: numbers as strings, nothing beside the rows.
pub(crate) fn original_stats() -> Value {
    json!({"id": "1", "type": "dataResult", "countdown": "1",
        "data": [{"timestamp": (START + MINUTE).to_string(), "total": "20"}, {"timestamp": START.to_string(), "total": "3"}]})
}

/// The original's top list.
pub(crate) fn original_hashtags() -> Value {
    json!({"id": "2", "type": "dataResult", "countdown": "1",
        "data": [{"hashtag": "apex", "count": "24", "label": "0"}, {"hashtag": "42", "count": "9", "label": "1"}]})
}
