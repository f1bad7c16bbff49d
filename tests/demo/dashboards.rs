//! Each dashboard file, and what each of its panels would show at this moment.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use oriel_testkit::until;
use oriel_tests::programs::{get, post};
use serde_json::{Value, json};

use crate::running::PATIENCE;

/// The last classic schema; a file with a later one is not classic any more.
const LAST_SCHEMA: i64 = 42;
/// Panels that every Grafana from 11 on has.
const PANELS: [&str; 8] =
    ["timeseries", "stat", "table", "bargauge", "barchart", "gauge", "piechart", "text"];

/// Checks the dashboards of a folder against a datasource, and runs their panels against it.
pub(crate) async fn check(folder: &Path, source: &Value) {
    let url = source["url"].as_str().expect("an address");
    // "Save & test" of the plugin: the bare address, and exactly 200.
    assert_eq!(get(url).await.map(|(status, _)| status), Some(200));
    let mut titles = Vec::new();
    for entry in fs::read_dir(folder).expect("the dashboards") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a dashboard");
        let dashboard: Value =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        shape(&dashboard);
        for panel in dashboard["panels"].as_array().expect("panels") {
            panel_shows_live_numbers(panel, &dashboard, source).await;
        }
        titles.push(dashboard["title"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(titles, ["Tweets"]);
}

/// What provisioning wants of the file, and two of the three settings of a 1-second refresh.
fn shape(dashboard: &Value) {
    for key in ["uid", "title", "schemaVersion", "panels", "time", "tags", "templating", "annotations"] {
        assert!(!dashboard[key].is_null(), "a dashboard has {key}");
    }
    for key in ["id", "__inputs", "__requires"] {
        assert!(dashboard[key].is_null(), "{key} is for exported dashboards, not for provisioned ones");
    }
    assert!(dashboard["schemaVersion"].as_i64().is_some_and(|version| version <= LAST_SCHEMA));
    assert_eq!(dashboard["refresh"], "1s");
    let offered = dashboard["timepicker"]["refresh_intervals"].as_array().expect("the intervals");
    assert!(offered.contains(&dashboard["refresh"]), "an interval that is not offered never starts");
    assert!(!dashboard.to_string().contains("${DS_"), "provisioning puts no datasource in");
}

async fn panel_shows_live_numbers(panel: &Value, dashboard: &Value, source: &Value) {
    let title = panel["title"].as_str().expect("a title");
    let kind = panel["type"].as_str().expect("a type");
    assert!(PANELS.contains(&kind), "{title}: is there always a panel {kind}?");
    let reference = json!({"type": source["type"], "uid": source["uid"]});
    assert_eq!(panel["datasource"], reference, "{title}");
    let targets = panel["targets"].as_array().expect("targets");
    assert!(!targets.is_empty(), "{title} asks for something");
    for target in targets {
        assert_eq!(target["datasource"], reference, "{title}");
        let first = answer(target, dashboard, source).await;
        check_frames(title, kind, target, &first);
        // What is shown changes: the demo is live.
        until(&format!("{title} changes"), PATIENCE, async || {
            (answer(target, dashboard, source).await != first).then_some(())
        })
        .await;
    }
}

/// The target as the plugin sends it: its payload parsed, the dashboard's range worked out.
async fn answer(target: &Value, dashboard: &Value, source: &Value) -> Value {
    let payload = target["payload"].as_str().expect("code mode keeps the payload as text");
    let payload: Value =
        if payload.is_empty() { json!({}) } else { serde_json::from_str(payload).expect("JSON") };
    let mut target = target.clone();
    target["payload"] = payload;
    let (now, raw) = (DateTime::<Utc>::from(SystemTime::now()), &dashboard["time"]);
    assert_eq!((&raw["from"], &raw["to"]), (&"now-15m".into(), &"now".into()));
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let request = json!({
        "app": "dashboard", "requestId": "SQR101", "timezone": "browser", "dashboardUID": dashboard["uid"],
        "range": {"from": text(now - Duration::minutes(15)), "to": text(now), "raw": raw}, "rangeRaw": raw,
        "interval": "1s", "intervalMs": 1000, "maxDataPoints": 900, "targets": [target], "scopedVars": {},
    });
    let url = format!("{}/query", source["url"].as_str().expect("an address"));
    let (status, body) = post(&url, &request).await.expect("the adapter answers");
    assert_eq!(status, 200, "{body}");
    body
}

fn check_frames(title: &str, kind: &str, target: &Value, answer: &Value) {
    let frames = answer.as_array().expect("an array, or the plugin fails");
    assert!(!frames.is_empty(), "{title} shows something");
    assert!(frames.iter().all(|frame| frame["refId"] == target["refId"]), "{title}: frames of its query");
    match kind {
        "table" => {
            let rows = frames[0]["rows"].as_array().expect("a table has rows");
            let columns = frames[0]["columns"].as_array().expect("a table has columns");
            let count = columns.iter().position(|column| column["text"] == "count").expect("the count");
            assert!(rows.len() > 1 && rows.iter().all(|row| row[count].is_number()), "{title}: {rows:?}");
        }
        _ => {
            let names: Vec<&Value> = frames.iter().map(|frame| &frame["target"]).collect();
            assert_eq!(names, ["total", "withHashtag", "withURL"], "{title}");
            let points = |frame: &Value| frame["datapoints"].as_array().expect("points").clone();
            let sound =
                |point: &Value| point[0].is_number() && point[1].as_i64().is_some_and(|ms| ms > 1 << 40);
            assert!(frames.iter().all(|frame| !points(frame).is_empty() && points(frame).iter().all(sound)));
        }
    }
}
