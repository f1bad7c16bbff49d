//! Records per second of the demo's two views over a file, whole process, beside the
//! parse-only limit; and two workers beside two processes of one.

use crate::runs::Tweets;
use crate::{limit, median};
use std::path::Path;

const RECORDS: u64 = 4_000_000;
const RUNS: usize = 5;

/// Prints both rates and their ratios, medians of runs that take turns.
pub(crate) fn measure(folder: &Path) {
    let tweets = Tweets::write(folder, "tweets.ndjson", RECORDS, 10_000.0);
    let size = tweets.size / 1_000_000;
    println!("throughput: {RECORDS} generated tweets, {size} MB, both views of the demo, {RUNS} runs each");
    let config = tweets.demo();
    let lines = tweets.lines();
    let (mut limits, mut ones, mut twos, mut pairs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..RUNS {
        limits.push(limit::rate(&lines));
        ones.push(tweets.rate(&config, &[1]));
        twos.push(tweets.rate(&config, &[2]));
        pairs.push(tweets.rate(&config, &[1, 1]));
    }
    let (limit, one, two, pair) =
        (median(&mut limits), median(&mut ones), median(&mut twos), median(&mut pairs));
    println!("  parse only, one core          {limit:>12.0} records/s");
    println!("  oriel-stream, one worker      {one:>12.0} records/s   {:.2} of parse only", one / limit);
    println!("  oriel-stream, two workers     {two:>12.0} records/s   {:.2} of two processes", two / pair);
    println!("  two processes of one worker   {pair:>12.0} records/s together");
}
