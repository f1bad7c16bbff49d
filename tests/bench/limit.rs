//! The limit for ingest: decodes each tweet into a borrowed, hand-written struct of the
//! fields that the demo needs, on one core, and does nothing with it.

use serde::Deserialize;
use std::borrow::Cow;
use std::time::Instant;

#[derive(Deserialize)]
struct Tweet<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    created_at: Cow<'a, str>,
    #[serde(borrow, default)]
    entities: Option<Entities<'a>>,
}

#[derive(Deserialize)]
struct Entities<'a> {
    #[serde(borrow, default)]
    hashtags: Vec<Tag<'a>>,
    #[serde(default)]
    urls: Vec<Url>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    tag: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Url {}

/// Records per second over lines that are in memory already.
pub(crate) fn rate(lines: &[u8]) -> f64 {
    // Every page is touched before the clock starts.
    let warm: u64 = lines.iter().step_by(4096).map(|byte| u64::from(*byte)).sum();
    std::hint::black_box(warm);
    let begun = Instant::now();
    let (mut records, mut start, mut sum) = (0_u64, 0, 0);
    for end in memchr::memchr_iter(b'\n', lines) {
        let tweet: Tweet<'_> = sonic_rs::from_slice(&lines[start..end]).unwrap();
        sum += tweet.data.created_at.len();
        if let Some(entities) = &tweet.data.entities {
            sum += entities.hashtags.iter().map(|tag| tag.tag.len()).sum::<usize>() + entities.urls.len();
        }
        start = end + 1;
        records += 1;
    }
    std::hint::black_box(sum);
    records as f64 / begun.elapsed().as_secs_f64()
}
