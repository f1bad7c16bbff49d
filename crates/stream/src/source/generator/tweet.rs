//! One tweet, written as JSON.

use oriel_time::EventTime;

use super::random::Random;
use super::ranking::Ranking;
use super::tags::Tags;
use super::text::{self, Language};

/// Events come up to so many milliseconds behind the newest.
const DISORDER: usize = 2_000;
/// The ranking drifts by one step in so many milliseconds of event time.
const DRIFT: f64 = 5_000.0;
/// Of 100 tweets, so many have hashtags.
const WITH_TAGS: usize = 40;
/// Of 100 tweets with a tag, so many have one more, and so on up to the limit.
const ONE_MORE: usize = 35;
const MAX_TAGS: usize = 5;
/// Of 100 tweets, so many have a URL.
const WITH_URL: usize = 34;
/// Where ids begin: a number that a double cannot hold, as real ones are.
const FIRST_ID: u64 = 858_929_550_603_845_633;
/// Of `https://t.co/` and ten characters.
const URL_LENGTH: usize = 23;

/// All tweets of one seed, start and rate.
pub(super) struct Tweets {
    seed: u64,
    start: EventTime,
    rate: f64,
    ranking: Ranking,
    tags: Tags,
    day: Day,
}

impl Tweets {
    pub(super) fn new(seed: u64, start: EventTime, rate: f64) -> Self {
        Tweets { seed, start, rate, ranking: Ranking::new(seed), tags: Tags::new(), day: Day::default() }
    }

    /// Writes tweet `i` and a newline. The tweets must be asked for in order.
    pub(super) fn write(&mut self, i: u64, out: &mut Vec<u8>) {
        let mut random = Random::at(self.seed, i);
        let after_start = i as f64 * 1_000.0 / self.rate;
        self.ranking.drift_to((after_start / DRIFT) as u64);
        let time = self.time(after_start, &mut random);

        out.extend_from_slice(b"{\"data\":{\"id\":\"");
        decimal(FIRST_ID.wrapping_add(i), out);
        out.extend_from_slice(b"\",\"text\":\"");
        let language = text::language(random.below(100));
        let mut length = phrases(language, &mut random, out);
        let (tags, count) = self.pick_tags(&mut random);
        let tags_from = length;
        for tag in &tags[..count] {
            let (text, chars) = self.tags.get(*tag);
            out.extend_from_slice(b" #");
            out.extend_from_slice(text.as_bytes());
            length += 2 + chars;
        }
        let url = random.percent(WITH_URL).then(|| random.next());
        if let Some(url) = url {
            out.push(b' ');
            short_url(url, out);
        }
        out.extend_from_slice(b"\",\"created_at\":\"");
        self.day.write(time.millis(), out);
        out.extend_from_slice(b"\",\"author_id\":\"");
        decimal(random.next() >> 32, out);
        out.extend_from_slice(b"\",\"lang\":\"");
        out.extend_from_slice(language.code.as_bytes());
        out.push(b'"');
        if count > 0 || url.is_some() {
            out.extend_from_slice(b",\"entities\":{");
            if count > 0 {
                self.write_tags(&tags[..count], tags_from, out);
            }
            if let Some(url) = url {
                out.extend_from_slice(if count > 0 { b"," } else { b"" });
                write_url(url, length + 1, out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"}}\n");
    }

    /// When it happened: on schedule, less the disorder, within the valid years.
    fn time(&self, after_start: f64, random: &mut Random) -> EventTime {
        let late = random.below(DISORDER + 1) as i64;
        let millis = self.start.millis().saturating_add(after_start as i64).saturating_sub(late);
        EventTime::from_millis(millis.clamp(EventTime::FIRST.millis(), EventTime::LAST.millis()))
    }

    fn pick_tags(&self, random: &mut Random) -> ([usize; MAX_TAGS], usize) {
        let (mut tags, mut count) = ([0; MAX_TAGS], 0);
        let mut more = random.percent(WITH_TAGS);
        while more {
            tags[count] = self.ranking.tag(random);
            count += 1;
            more = count < MAX_TAGS && random.percent(ONE_MORE);
        }
        (tags, count)
    }

    /// The hashtags that stand in the text from a character on.
    fn write_tags(&self, tags: &[usize], mut start: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"hashtags\":[");
        for (index, tag) in tags.iter().enumerate() {
            let (text, chars) = self.tags.get(*tag);
            out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
            range(start + 1, start + 2 + chars, out);
            out.extend_from_slice(b",\"tag\":\"");
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(b"\"}");
            start += 2 + chars;
        }
        out.push(b']');
    }
}

/// Some phrases, and how many characters they are.
fn phrases(language: &Language, random: &mut Random, out: &mut Vec<u8>) -> usize {
    let mut length = 0;
    for index in 0..2 + random.below(5) {
        if index > 0 {
            out.extend_from_slice(language.gap.as_bytes());
            length += language.gap.len();
        }
        let phrase = random.pick(language.phrases);
        out.extend_from_slice(phrase.as_bytes());
        length += text::length(phrase);
    }
    length
}

fn range(start: usize, end: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"start\":");
    decimal(start as u64, out);
    out.extend_from_slice(b",\"end\":");
    decimal(end as u64, out);
}

/// `https://t.co/` and ten characters of 32.
fn short_url(url: u64, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    out.extend_from_slice(b"https://t.co/");
    out.extend((0..10).map(|place| DIGITS[(url >> (place * 5)) as usize & 31]));
}

fn write_url(url: u64, start: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"urls\":[{");
    range(start, start + URL_LENGTH, out);
    out.extend_from_slice(b",\"url\":\"");
    short_url(url, out);
    let page = url >> 40;
    out.extend_from_slice(b"\",\"expanded_url\":\"https://example.com/");
    decimal(page, out);
    out.extend_from_slice(b"\",\"display_url\":\"example.com/");
    decimal(page, out);
    out.extend_from_slice(b"\"}]");
}

fn decimal(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return out.extend_from_slice(&digits[first..]);
        }
    }
}

/// The date that was written last: neighbours share it.
#[derive(Default)]
struct Day {
    number: Option<i64>,
    text: String,
}

impl Day {
    /// The time as RFC 3339 with milliseconds.
    fn write(&mut self, millis: i64, out: &mut Vec<u8>) {
        const DAY: i64 = 86_400_000;
        let (number, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
        if self.number != Some(number) {
            let date = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
            (self.number, self.text) = (Some(number), date.format("%Y-%m-%dT").to_string());
        }
        out.extend_from_slice(self.text.as_bytes());
        let two = |number: i64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        let (seconds, millis) = (rest / 1_000, rest % 1_000);
        let ([h1, h2], [m1, m2], [s1, s2]) =
            (two(seconds / 3_600), two(seconds / 60 % 60), two(seconds % 60));
        let ([f1, f2], f3) = (two(millis / 10), b'0' + (millis % 10) as u8);
        out.extend_from_slice(&[h1, h2, b':', m1, m2, b':', s1, s2, b'.', f1, f2, f3, b'Z']);
    }
}
