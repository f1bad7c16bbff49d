//! Made-up ad events as lines, in disorder, with what real ones bring: keys that are
//! absent, null, empty or of either case, money as numbers and as texts, ties.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// 2017-05-01T12:00:07Z, no window's start.
const BEGIN: i64 = 1_493_640_007_000;
const MINUTE: i64 = 60_000;
/// Long enough for many windows, with the last ones half full.
const LENGTH: i64 = 163 * MINUTE;

/// Writes so many events, none of which arrives more than `jitter` behind a later one.
pub(crate) fn write(path: &Path, events: usize, jitter: i64) -> std::io::Result<()> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut arriving: Vec<(i64, i64)> = (0..events)
        .map(|_| {
            let time = time(&mut random);
            (time + random.random_range(0..jitter), time)
        })
        .collect();
    arriving.sort_unstable();
    let mut file = BufWriter::new(File::create(path)?);
    for (_, time) in arriving {
        writeln!(file, "{}", event(time, &mut random))?;
    }
    file.flush()
}

/// Every twentieth lies on a full minute, where windows and gaps begin and end.
fn time(random: &mut Xoshiro256PlusPlus) -> i64 {
    let time = BEGIN + random.random_range(0..LENGTH);
    if random.random_ratio(1, 20) { time - time % MINUTE } else { time }
}

fn event(time: i64, random: &mut Xoshiro256PlusPlus) -> String {
    let at = chrono::DateTime::from_timestamp_millis(time).expect("a year of four digits");
    let mut line = format!("{{\"at\":\"{}\"", at.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
    let advertiser = few(24, random);
    text(&mut line, "advertiser", &format!("adv-{advertiser}"), random);
    let location = ["berlin", "paris", "Wien", "łódź", ""][few(5, random)];
    text(&mut line, "location", location, random);
    let publisher = format!("{}-{}", ["pub", "Pub", "PUB"][few(3, random)], few(300, random));
    text(&mut line, "publisher", &publisher, random);
    number(&mut line, "user", few(1_500, random) as i64, random);
    cost(&mut line, random);
    number(&mut line, "clicks", few(6, random) as i64, random);
    let site =
        format!("https://{}.Example{}.com:8080/p?q={time}", ["www", "ads"][few(2, random)], few(40, random));
    text(&mut line, "url", [&site, "/no/host", ""][few(30, random).saturating_sub(27)], random);
    let tags: Vec<String> =
        (0..random.random_range(0..4)).map(|_| format!("\"t{}\"", few(50, random))).collect();
    write!(line, ",\"tags\":[{}]}}", tags.join(",")).expect("a text is written to");
    line
}

/// A place below `n`; the smaller come more often.
fn few(n: usize, random: &mut Xoshiro256PlusPlus) -> usize {
    let most = random.random_range(0..n);
    random.random_range(0..=most)
}

/// Mostly the value; sometimes null, sometimes nothing at all.
fn field(line: &mut String, name: &str, value: &str, random: &mut Xoshiro256PlusPlus) {
    let value = match random.random_range(0..50) {
        0 => return,
        1 => "null",
        _ => value,
    };
    write!(line, ",\"{name}\":{value}").expect("a text is written to");
}

fn text(line: &mut String, name: &str, value: &str, random: &mut Xoshiro256PlusPlus) {
    field(line, name, &format!("\"{value}\""), random);
}

fn number(line: &mut String, name: &str, value: i64, random: &mut Xoshiro256PlusPlus) {
    field(line, name, &value.to_string(), random);
}

/// Cents as a decimal; one in ten as a text, some to be paid back, a few no number.
fn cost(line: &mut String, random: &mut Xoshiro256PlusPlus) {
    let cents: i64 = random.random_range(-2_000..98_000);
    let sign = if cents < 0 { "-" } else { "" };
    let decimal = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    match random.random_range(0..500) {
        0 => text(line, "cost", "n/a", random),
        1..50 => text(line, "cost", &decimal, random),
        _ => field(line, "cost", &decimal, random),
    }
}
