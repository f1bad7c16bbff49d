//! Ten million different keys, and what an operator sees of it: memory stays within what
//! was configured, totals are exact, and lists say how far off they may be.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use oriel_testkit::until;
use oriel_tests::processes::Process;
use oriel_tests::{accounting, programs};
use serde_json::Value;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ChildStdin;
use std::time::Duration;

const KEYS: u64 = 10_000_000;
/// What a run without much state takes is clear long before.
const FEW: u64 = 2_000_000;
/// Keys that come again and again, after every tenth other one.
const GREAT: u64 = 20;
const MEMORY: u64 = 192 << 20;
/// On a slow machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(300);

fn config(max_keys: u64, memory: &str) -> String {
    format!(
        r#"
topic = "flood"

[source]
type = "stdin"

[record]
time = {{ at = "/t", unit = "ms" }}

[record.fields]
user = "/user"
cost = "/cost"

[view.total]
kind    = "series"
window  = "global"
metrics = {{ records = "count", spent = "sum(cost)" }}

[view.perUser]
kind    = "series"
window  = "global"
by      = "user"
metrics = {{ records = "count" }}

[view.topUsers]
kind     = "top"
window   = "global"
by       = "user"
n        = {GREAT}
max_keys = {max_keys}

# Few records on their way, so that what they take differs little from run to run.
[engine]
epoch = {{ every = "1s", records = 16384 }}
{memory}
"#
    )
}

/// Every key once, the great ones more often the smaller their number; gives how many
/// records that are.
fn flood(keys: u64, to: impl Write) -> std::io::Result<u64> {
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let mut records = 0;
    let mut record = |time: u64, user: &str| {
        records += 1;
        writeln!(to, "{{\"t\":{time},\"user\":\"{user}\",\"cost\":0.07}}")
    };
    for key in 0..keys {
        record(key, &format!("user-{key}"))?;
        if key % 10 == 0 {
            record(key, &format!("great-{}", great(key / 10)))?;
        }
    }
    to.flush()?;
    Ok(records)
}

/// Whose turn it is: the first has one, the second two, and so on.
fn great(turn: u64) -> u64 {
    let turn = turn % (GREAT * (GREAT + 1) / 2);
    (0..GREAT).find(|great| turn < (great + 1) * (great + 2) / 2).unwrap()
}

/// A run over so many keys: the program with its input, which is read but has not ended,
/// and how many records there were.
async fn run(keys: u64, config: &str) -> (Process, ChildStdin, u64) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flood");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("flood.toml");
    fs::write(&path, config).unwrap();
    let mut process = Process::start("oriel-stream", 0, &[path.to_str().unwrap(), "--print"]);
    let mut stdin = process.stdin();
    let written = tokio::task::spawn_blocking(move || (flood(keys, &mut stdin).unwrap(), stdin));
    let (records, stdin) = written.await.unwrap();
    let url = process.http();
    until("all records", PATIENCE, async || {
        let (_, total) = programs::get(&format!("{url}/views/total")).await?;
        (total["data"][0]["records"] == records).then_some(())
    })
    .await;
    (process, stdin, records)
}

async fn view(process: &Process, name: &str) -> Value {
    programs::get(&format!("{}/views/{name}", process.http())).await.unwrap().1
}

fn sum(rows: &Value, column: &str) -> f64 {
    rows.as_array().unwrap().iter().map(|row| row[column].as_f64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_million_keys_stay_within_the_memory_and_totals_are_exact() {
    let (small, _stdin, _) = run(FEW, &config(1_000, "")).await;
    let base = small.peak_memory();
    small.kill();

    let (process, _stdin, records) = run(KEYS, &config(KEYS, &format!("memory = {MEMORY}"))).await;
    let peak = process.peak_memory();
    assert!(peak <= base + MEMORY, "{peak} bytes, {base} without much state and {MEMORY} for it");

    let total = &view(&process, "total").await["data"][0];
    assert_eq!(total["spent"].as_f64(), Some(records as f64 * 7.0 / 100.0));
    let users = view(&process, "perUser").await;
    assert_eq!(users["meta"]["counting"], "capped");
    assert_eq!(sum(&users["data"], "records"), records as f64);

    let top = view(&process, "topUsers").await;
    assert_eq!(top["meta"]["counting"], "spaceSaving");
    let mut truths = vec![0; GREAT as usize];
    (0..KEYS / 10).for_each(|turn| truths[great(turn) as usize] += 1);
    for (row, place) in top["data"].as_array().unwrap().iter().zip((0..GREAT as usize).rev()) {
        let truth: u64 = truths[place];
        let (count, error) = (row["count"].as_u64().unwrap(), row["error"].as_u64().unwrap());
        assert_eq!(row["user"], format!("great-{place}"));
        assert!(truth <= count && count - error <= truth, "{truth} is not in {row}");
    }
    accounting::holds(&process.http()).await;
}
