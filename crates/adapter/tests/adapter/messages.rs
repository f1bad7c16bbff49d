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

/// A series by key: three keys, one of them null, in a closed window and an open one.
pub(crate) fn by_site() -> Value {
    let row = |n: i64, site: Value, total: u64| json!({"timestamp": START + n * MINUTE, "site": site, "total": total, "mean": 0.5});
    json!({"id": "bySite", "type": "dataResult", "countdown": 1,
        "data": [row(0, Value::Null, 1), row(0, json!("eu"), 9), row(0, json!(MARKUP), 4),
            row(1, Value::Null, 2), row(1, json!("eu"), 3), row(1, json!(MARKUP), 5)],
        "meta": {"kind": "series", "counting": "capped",
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "site", "type": "string"},
                {"name": "total", "type": "long"}, {"name": "mean", "type": "double", "error": "1 % of the value"}],
            "window": {"size": MINUTE, "slide": MINUTE}, "watermark": START + MINUTE, "asOf": 17, "run": 1,
            "revision": [3, 3, 3, 0, 0, 0], "state": ["final", "final", "final", "open", "open", "open"], "keys": ["site"]}})
}

/// Sessions of two users, one of them still open.
pub(crate) fn sessions() -> Value {
    json!({"id": "sessions", "type": "dataResult", "countdown": 1,
        "data": [{"timestamp": START, "user": "a", "pages": 3}, {"timestamp": START + 500, "user": "b", "pages": 1}],
        "meta": {"kind": "series", "counting": "exact",
            "schema": [{"name": "timestamp", "type": "long"}, {"name": "user", "type": "string"}, {"name": "pages", "type": "long"}],
            "window": {"gap": 30_000}, "watermark": START + 40_000, "asOf": 17, "run": 1,
            "revision": [1, 0], "state": ["closed", "open"], "end": [START + 35_000, START + 45_000], "keys": ["user"]}})
}

/// The largest page of each advertiser over all of time, counted by Space-Saving.
pub(crate) fn per_advertiser() -> Value {
    json!({"id": "perAdvertiser", "type": "dataResult", "countdown": 1,
        "data": [{"advertiser": "acme", "page": "home", "views": 7, "cost": 2.5, "label": "0", "rank": 0, "error": 2},
            {"advertiser": "bolt", "page": "home", "views": 3, "cost": null, "label": "0", "rank": 0, "error": 0}],
        "meta": {"kind": "top", "counting": "spaceSaving",
            "schema": [{"name": "advertiser", "type": "string"}, {"name": "page", "type": "string"}, {"name": "views", "type": "long"},
                {"name": "cost", "type": "double"}, {"name": "label", "type": "string"}, {"name": "rank", "type": "long"},
                {"name": "error", "type": "long"}],
            "window": {"global": true, "state": "open"}, "watermark": START, "asOf": 17, "run": 1,
            "entered": [false, true], "previous_rank": [1, null], "keys": ["advertiser", "page"]}})
}

/// A pane, as it stands on its own topic beside the rows.
pub(crate) fn pane() -> Value {
    json!({"seq": 1, "window": {"start": START, "end": START + MINUTE}, "key": null, "timing": "ON_TIME", "index": 0,
        "is_last": true, "value": {"total": 12}})
}

/// How far the partitions of a stream have come.
pub(crate) fn watermarks() -> Value {
    json!({"watermark": START, "partitions": [{"name": "0", "state": "active", "watermark": START, "largest": START + 2_000, "holds": true}]})
}
