//! The library's `run`: sources to results, over files and without a broker.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use oriel_runtime::access::Access;
use oriel_runtime::shutdown;
use oriel_stream::{Options, RunError, Summary, To, config, run};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What a run wrote.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The last frame on a topic.
    fn last(&self, topic: &str) -> Value {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let mut frames = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        frames.rfind(|frame| frame["topic"] == topic).expect(topic)
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The rest of a configuration whose source reads `in.ndjson`.
const VIEWS: &str = r#"
[source]
type = "file"
path = "in.ndjson"
[record]
format = "json"
time = { at = "/t", unit = "ms" }
disorder = "2s"
[record.fields]
tag = "/tags/*"
url = "/url"
[output]
bad = "bad.ndjson"
late = "late.ndjson"
[view.stats]
kind = "series"
window = { size = "20s", slide = "10s" }
metrics = { total = "count", withURL = "count(url)" }
[view.top]
kind = "top"
by = "tag"
n = 3
window = { size = "60s" }
"#;

async fn work(folder: &Path, workers: usize) -> (Result<Summary, RunError>, Lines) {
    let text = format!("topic = \"t\"\n{VIEWS}");
    let config = config::parse(&text, folder).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lines = Lines::default();
    let access = Access::new(true, vec![], vec![]);
    let options = Options { workers, to: To::Lines(Box::new(lines.clone())), access };
    let (_trigger, shutdown) = shutdown::channel();
    (run(listener, config, options, shutdown).await, lines)
}

fn rejected(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_a_bad_file_is_counted_or_in_an_output() {
    let folder = folder("bad");
    let mut input: Vec<u8> = Vec::new();
    let mut line = |bytes: &[u8]| {
        input.extend_from_slice(bytes);
        input.push(b'\n');
    };
    line(br#"{"t":1000,"tags":["a","b","a"],"url":"u"}"#);
    line(br#"{"t":2000,"tags":"#);
    line(b"{\"t\":3000,\"tags\":[\"\xff\"]}");
    line(br#"{"tags":["a"]}"#);
    line(br#"{"t":99999999999999999,"tags":["a"]}"#);
    line(br#"{"t":4000,"tags":[{"text":"a"}]}"#);
    let mut huge = br#"{"t":4500,"tags":[""#.to_vec();
    huge.resize(100 << 20, b'x');
    line(&huge);
    line(br#"{"t":200000,"tags":["c"],"url":""}"#);
    line(br#"{"t":5000,"tags":["a"]}"#);
    line(br#"{"t":5001}"#);
    fs::write(folder.join("in.ndjson"), &input).unwrap();

    // One epoch a file would hide lateness: the file is worked in one epoch, so nothing is late.
    let (summary, lines) = work(&folder, 2).await;
    let tally = summary.unwrap().totals.tally;
    assert_eq!((tally.read, tally.bad), (10, 5), "{tally:?}");
    assert_eq!(tally.read, tally.counted + tally.filtered + tally.late + tally.bad);
    let bad = rejected(&folder.join("bad.ndjson"));
    let mut reasons: Vec<&str> = bad.iter().map(|line| line["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["oversize", "syntax", "syntax", "time", "time", "type"]);
    let utf8 = bad.iter().find(|line| line.get("raw").is_some()).unwrap();
    assert_eq!(utf8["raw"], "eyJ0IjozMDAwLCJ0YWdzIjpbIv8iXX0=");
    let first = &bad[0];
    assert_eq!(first["record"], "{\"t\":2000,\"tags\":");
    assert_eq!(first["position"], 42);
    assert!(first["partition"].as_str().unwrap().ends_with("in.ndjson"));
    let rows = lines.last("t.stats")["data"]["data"].clone();
    let first =
        json!([{"timestamp": -10000, "total": 4, "withURL": 1}, {"timestamp": 0, "total": 4, "withURL": 1}]);
    assert_eq!(rows.as_array().unwrap()[..2], first.as_array().unwrap()[..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_top_list_counts_a_record_once_under_each_element() {
    let folder = folder("top");
    let mut input = String::new();
    for (second, tags) in [(1, r#""b","b""#), (2, r#""a""#), (3, r#""a","c""#), (4, ""), (5, r#""d""#)] {
        input.push_str(&format!("{{\"t\":{second}000,\"tags\":[{tags}]}}\n"));
    }
    fs::write(folder.join("in.ndjson"), input).unwrap();
    let (summary, lines) = work(&folder, 1).await;
    let summary = summary.unwrap();
    let frame = lines.last("t.top");
    let rows = json!([
        {"tag": "a", "count": 2, "label": "0", "rank": 0},
        {"tag": "b", "count": 1, "label": "1", "rank": 1},
        {"tag": "c", "count": 1, "label": "2", "rank": 2},
    ]);
    assert_eq!(frame["data"]["data"], rows);
    assert_eq!(
        frame["data"]["meta"]["window"],
        json!({"size":60000,"slide":60000,"start":0,"end":60000,"state":"final"})
    );
    assert_eq!(summary.totals.views[1].filtered, 1);
    assert!(summary.to_string().starts_with("records in=5 counted=5 filtered=0 late=0 bad=0 seconds="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_an_input_error_that_names_it() {
    let folder = folder("missing");
    let (summary, _) = work(&folder, 1).await;
    let Err(RunError::Input(message)) = summary else { panic!("{summary:?}") };
    assert!(message.contains("in.ndjson"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_an_epoch_of_its_own() {
    let folder = folder("end");
    let line = |second: i64| format!("{{\"t\":{second}000}}\n");
    fs::write(folder.join("in.ndjson"), [1, 4, 12, 9, 17, 3].map(line).concat()).unwrap();
    let (summary, lines) = work(&folder, 1).await;
    let meta = lines.last("t.stats")["data"]["meta"].clone();
    // All six records were in the first epoch; the windows close in the second.
    assert_eq!(summary.unwrap().totals.epochs, 2);
    assert_eq!(meta["asOf"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_archive_is_named_and_what_it_gave_is_summed_up() {
    let folder = folder("broken");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for second in 0..20_000 {
        writeln!(packed, "{{\"t\":{second}000,\"url\":\"{}\"}}", second * 7_919 % 10_007).unwrap();
    }
    let packed = packed.finish().unwrap();
    fs::write(folder.join("in.ndjson"), &packed[..packed.len() - 500]).unwrap();
    let (summary, _) = work(&folder, 1).await;
    let error = summary.unwrap_err();
    assert_eq!(error.code(), 66);
    let text = error.to_string();
    let (first, last) = text.split_once('\n').unwrap();
    assert!(first.contains("in.ndjson"), "{text}");
    assert!(last.starts_with("records in=1") && !last.contains("counted=0"), "{text}");
}
