//! Tweets of the v2 format as the streaming API gave them in 2017.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::DateTime;
use serde_json::{Value, json};

/// Lines are shuffled within blocks of so many: with the test's rate 2.3 s of disorder, beside
/// the generator's own 2 s. The demo waits for 5 s, so nothing may come too late.
const BLOCK: usize = 900;

/// Converts a file of tweets, and brings their order into disorder.
pub(crate) fn convert(from: &Path, to: &Path) {
    let text = fs::read_to_string(from).expect("the tweets are there");
    let lines: Vec<&str> = text.lines().collect();
    let mut out = BufWriter::new(File::create(to).expect("a file for the tweets"));
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for block in lines.chunks(BLOCK) {
        let mut block: Vec<Value> = block.iter().map(|line| tweet(line)).collect();
        shuffle(&mut block, &mut random);
        for tweet in block {
            serde_json::to_writer(&mut out, &tweet).expect("room on the disk");
            out.write_all(b"\n").expect("room on the disk");
        }
    }
    out.flush().expect("room on the disk");
}

fn tweet(line: &str) -> Value {
    let tweet: Value = serde_json::from_str(line).expect("a generated tweet is JSON");
    let data = &tweet["data"];
    let time = DateTime::parse_from_rfc3339(data["created_at"].as_str().expect("a time")).expect("a time");
    let list = |name: &str| data["entities"][name].as_array().cloned().unwrap_or_default();
    let tags: Vec<Value> = list("hashtags").iter().map(|tag| json!({"text": tag["tag"]})).collect();
    let urls: Vec<Value> = list("urls").iter().map(|url| json!({"url": url["url"]})).collect();
    json!({
        "created_at": time.format("%a %b %d %H:%M:%S %z %Y").to_string(),
        "id_str": data["id"],
        "text": data["text"],
        "lang": data["lang"],
        "entities": {"hashtags": tags, "urls": urls},
        "timestamp_ms": time.timestamp_millis().to_string(),
    })
}

/// Fisher and Yates, with xorshift; the same every time.
fn shuffle(block: &mut [Value], random: &mut u64) {
    for last in (1..block.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let other = usize::try_from(*random % (last as u64 + 1)).expect("an index");
        block.swap(last, other);
    }
}
