//! Records per second of the demo's two views over a file, whole process, beside the
//! parse-only limit; and two workers beside two processes of one.

use crate::{limit, median, program};
use oriel_stream::config::SourceConfig;
use oriel_tests::tweets;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const RECORDS: u64 = 4_000_000;
const RUNS: usize = 5;

/// Prints both rates and their ratios, medians of runs that take turns.
pub(crate) fn measure(folder: &Path) {
    let file = folder.join("tweets.ndjson");
    let size = tweets::write(
        &file,
        &SourceConfig::Generator {
            rate: Some(10_000.0),
            count: Some(RECORDS),
            seed: 1,
            start: oriel_time::EventTime::valid(1_493_619_600_000),
        },
    );
    println!(
        "throughput: {RECORDS} generated tweets, {} MB, both views of the demo, {RUNS} runs each",
        size / 1_000_000
    );
    let config = folder.join("tweets.toml");
    std::fs::write(&config, tweets::config(&file)).unwrap();

    let lines = std::fs::read(&file).unwrap();
    let (mut limits, mut ones, mut twos, mut pairs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..RUNS {
        limits.push(limit::rate(&lines));
        ones.push(run(&config, &[1]));
        twos.push(run(&config, &[2]));
        pairs.push(run(&config, &[1, 1]));
    }
    let (limit, one, two, pair) =
        (median(&mut limits), median(&mut ones), median(&mut twos), median(&mut pairs));
    println!("  parse only, one core          {limit:>12.0} records/s");
    println!("  oriel-stream, one worker      {one:>12.0} records/s   {:.2} of parse only", one / limit);
    println!("  oriel-stream, two workers     {two:>12.0} records/s   {:.2} of two processes", two / pair);
    println!("  two processes of one worker   {pair:>12.0} records/s together");
}

/// Starts one process for each number of workers, all at once; the records per second of
/// all of them, from the first start to the last exit.
fn run(config: &Path, workers: &[usize]) -> f64 {
    let begun = Instant::now();
    let children: Vec<Child> = workers.iter().map(|workers| start(config, *workers)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "oriel-stream failed");
    }
    RECORDS as f64 * workers.len() as f64 / begun.elapsed().as_secs_f64()
}

fn start(config: &Path, workers: usize) -> Child {
    let mut command = Command::new(program("oriel-stream"));
    command.arg(config).args(["--print", "--listen", "127.0.0.1:0", "--workers", &workers.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
