//! The same seed gives the same tweets, at any pace.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

use super::*;

/// A clock that stands until it is moved.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> ProcessingTime {
        ProcessingTime::from_millis(self.0.load(Ordering::Relaxed))
    }
}

const WIDE: Limits = Limits { records: u64::MAX, bytes: 1 << 20 };
const START: i64 = 1_493_619_737_000;

fn generator(rate: Option<f64>, count: Option<u64>, seed: u64) -> (Generator, Arc<Hands>) {
    let clock = Arc::new(Hands(AtomicI64::new(7)));
    let start = Some(EventTime::from_millis(START));
    (Generator::new(rate, count, seed, start, clock.clone()), clock)
}

fn read(generator: &mut Generator, limits: Limits) -> (Status, Batch) {
    let mut batch = Batch::new(Vec::new());
    let status = generator.read(&mut batch, limits).expect("it never fails");
    (status, batch)
}

fn all(generator: &mut Generator, limits: Limits) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (status, batch) = read(generator, limits);
        if status == Status::Ended {
            return bytes;
        }
        assert_eq!(batch.records, batch.bytes.iter().filter(|byte| **byte == b'\n').count() as u64);
        bytes.extend(batch.bytes);
    }
}

fn tweets(count: u64, rate: Option<f64>) -> Vec<Value> {
    // A rate would pace it; only the times are wanted.
    let mut tweets = Tweets::new(1, EventTime::from_millis(START), rate.unwrap_or(PLAIN_RATE));
    let mut bytes = Vec::new();
    (0..count).for_each(|i| tweets.write(i, &mut bytes));
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("good JSON")).collect()
}

fn time(tweet: &Value) -> i64 {
    let text = tweet["data"]["created_at"].as_str().expect("a time");
    chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis()
}

fn entities<'a>(tweet: &'a Value, name: &str) -> Vec<&'a Value> {
    tweet["data"]["entities"][name].as_array().into_iter().flatten().collect()
}

#[test]
fn the_same_settings_give_the_same_bytes_whatever_the_batches() {
    let whole = all(&mut generator(None, Some(3_000), 5).0, WIDE);
    let pieces = all(&mut generator(None, Some(3_000), 5).0, Limits { records: 7, bytes: 2_000 });
    assert!(whole == pieces);
    assert!(whole != all(&mut generator(None, Some(3_000), 6).0, WIDE));
    let (mut paced, clock) = generator(Some(1_000.0), Some(3_000), 5);
    clock.0.store(1_000_000, Ordering::Relaxed);
    paced.began = Some(ProcessingTime::from_millis(0));
    assert!(whole == all(&mut paced, WIDE), "without a rate event times go at 1,000 a second");
}

#[test]
fn the_bytes_of_a_seed_are_those_they_have_always_been() {
    let mut tweets = Tweets::new(1, EventTime::from_millis(START), 10.0);
    let mut bytes = Vec::new();
    (0..20_000).for_each(|i| tweets.write(i, &mut bytes));
    let both = |line: &&[u8]| {
        ["\"hashtags", "\"urls"].iter().all(|part| memchr::memmem::find(line, part.as_bytes()).is_some())
    };
    let shown = bytes.split(|byte| *byte == b'\n').find(both).expect("one with both");
    let expected = [
        r#"{"data":{"id":"858929550603845653","text":"오늘 날씨가 좋네요 정말 대단해 좋은 아침입니다 #rust https://t.co/6ZL5P3FFKP","#,
        r#""created_at":"2017-05-01T06:22:18.316Z","author_id":"2335584388","lang":"ko","entities":{"#,
        r#""hashtags":[{"start":27,"end":32,"tag":"rust"}],"urls":[{"start":33,"end":56,"url":"https://t.co/6ZL5P3FFKP","#,
        r#""expanded_url":"https://example.com/1901993","display_url":"example.com/1901993"}]}}}"#,
    ];
    assert_eq!(String::from_utf8_lossy(shown), expected.concat());
    assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), 6_783_842_870_733_754_887);
}

#[test]
fn event_times_follow_the_rate_with_up_to_two_seconds_of_disorder() {
    for (rate, millis) in [(None, 1.0), (Some(500.0), 2.0), (Some(0.5), 2_000.0)] {
        let behind: Vec<i64> = (0i64..)
            .zip(tweets(2_000, rate))
            .map(|(i, tweet)| START + (i as f64 * millis) as i64 - time(&tweet))
            .collect();
        assert!(behind.iter().all(|late| (0..=2_000).contains(late)));
        assert!(behind.iter().any(|late| *late < 100) && behind.iter().any(|late| *late > 1_900));
    }
}

#[test]
fn times_stay_within_the_valid_years() {
    for (start, expected) in
        [(EventTime::FIRST, "0001-01-01T00:00:00.000Z"), (EventTime::LAST, "9999-12-31T23:59:59.999Z")]
    {
        let mut bytes = Vec::new();
        Tweets::new(1, start, 1e-9).write(if start == EventTime::LAST { 1 } else { 0 }, &mut bytes);
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn entities_stand_where_they_say_in_the_text() {
    let (mut urls, mut tagged, mut languages) = (0, 0, HashMap::new());
    let tweets = tweets(5_000, None);
    for tweet in &tweets {
        let data = &tweet["data"];
        let text: Vec<char> = data["text"].as_str().expect("a text").chars().collect();
        let slice = |entity: &Value| -> String {
            let [start, end] = ["start", "end"].map(|name| entity[name].as_u64().expect("a number") as usize);
            text[start..end].iter().collect()
        };
        for tag in entities(tweet, "hashtags") {
            assert_eq!(slice(tag), format!("#{}", tag["tag"].as_str().expect("a tag")));
        }
        for url in entities(tweet, "urls") {
            assert_eq!(slice(url), url["url"].as_str().expect("a URL"));
        }
        tagged += usize::from(!entities(tweet, "hashtags").is_empty());
        urls += entities(tweet, "urls").len();
        let none = entities(tweet, "hashtags").is_empty() && entities(tweet, "urls").is_empty();
        assert_eq!(data.get("entities").is_none(), none);
        *languages.entry(data["lang"].as_str().expect("a language")).or_insert(0) += 1;
    }
    assert!((1_550..1_850).contains(&urls) && (1_850..2_150).contains(&tagged), "{urls} {tagged}");
    assert!(languages.len() == text::LANGUAGES.len() && languages.values().all(|count| *count > 100));
}

#[test]
fn the_top_of_the_list_lives() {
    let top = |tweets: &[Value]| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for tag in tweets.iter().flat_map(|tweet| entities(tweet, "hashtags")) {
            *counts.entry(tag["tag"].as_str().expect("a tag").into()).or_default() += 1;
        }
        let mut all: Vec<_> = counts.into_iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all.into_iter().take(10).map(|(tag, _)| tag).collect::<Vec<_>>()
    };
    // Ten minutes of event time: the first and the last minute.
    let tweets = tweets(60_000, Some(100.0));
    let (first, last) = (top(&tweets[..6_000]), top(&tweets[54_000..]));
    assert!(first.contains(&"rust".into()), "{first:?}");
    let stayed = last.iter().filter(|tag| first.contains(tag)).count();
    assert!((1..9).contains(&stayed), "{first:?} {last:?}");
}

#[test]
fn it_keeps_to_its_rate_and_catches_up_after_a_stall() {
    let (mut source, clock) = generator(Some(100.0), None, 1);
    assert_eq!(read(&mut source, WIDE).1.records, 1);
    assert_eq!(read(&mut source, WIDE).0, Status::CaughtUp);
    clock.0.store(7 + 1_000, Ordering::Relaxed);
    let (status, batch) = read(&mut source, WIDE);
    assert_eq!((status, batch.records, batch.position), (Status::More, 100, 1));
    assert_eq!(batch.unit, Unit::Records);
    clock.0.store(0, Ordering::Relaxed);
    assert_eq!(read(&mut source, WIDE).0, Status::CaughtUp, "a clock that goes back takes nothing back");
}

#[test]
fn it_ends_after_its_count() {
    let (mut source, _) = generator(None, Some(10), 1);
    assert_eq!(read(&mut source, Limits { records: 6, bytes: 1 << 20 }).1.records, 6);
    assert_eq!(read(&mut source, WIDE).1.records, 4);
    assert_eq!(read(&mut source, WIDE).0, Status::Ended);
}
