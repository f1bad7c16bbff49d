//! Runs of `oriel-stream` over a file of tweets, as whole processes.

use crate::{median, program};
use oriel_stream::config::SourceConfig;
use oriel_tests::tweets;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Generated tweets in a file, so many for each second of event time.
pub(crate) struct Tweets {
    folder: PathBuf,
    file: PathBuf,
    records: u64,
    /// Of the file, in bytes.
    pub(crate) size: usize,
}

impl Tweets {
    pub(crate) fn write(folder: &Path, name: &str, records: u64, rate: f64) -> Tweets {
        let file = folder.join(name);
        let start = oriel_time::EventTime::valid(1_493_619_600_000);
        let generator = SourceConfig::Generator { rate: Some(rate), count: Some(records), seed: 1, start };
        let size = tweets::write(&file, &generator);
        Tweets { folder: folder.to_owned(), file, records, size }
    }

    pub(crate) fn lines(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap()
    }

    /// A configuration of the demo's views.
    pub(crate) fn demo(&self) -> PathBuf {
        self.save("demo", &tweets::config(&self.file))
    }

    /// A configuration of other views.
    pub(crate) fn with(&self, name: &str, views: &str) -> PathBuf {
        let source =
            format!("topic = \"bench\"\n[source]\ntype = \"file\"\npath = \"{}\"\n", self.file.display());
        self.save(name, &(source + views))
    }

    fn save(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Starts one process for each number of workers, all at once; the records per second
    /// of all of them, from the first start to the last exit.
    pub(crate) fn rate(&self, config: &Path, workers: &[usize]) -> f64 {
        let begun = Instant::now();
        let children: Vec<Child> = workers.iter().map(|workers| start(config, *workers)).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success(), "oriel-stream failed on {}", config.display());
        }
        self.records as f64 * workers.len() as f64 / begun.elapsed().as_secs_f64()
    }

    /// The rates of several configurations with one worker: medians of runs that take turns.
    pub(crate) fn compare(&self, configs: &[PathBuf], runs: usize) -> Vec<f64> {
        let mut rates = vec![Vec::new(); configs.len()];
        for _ in 0..runs {
            for (config, rates) in configs.iter().zip(&mut rates) {
                rates.push(self.rate(config, &[1]));
            }
        }
        rates.iter_mut().map(|rates| median(rates)).collect()
    }
}

fn start(config: &Path, workers: usize) -> Child {
    let mut command = Command::new(program("oriel-stream"));
    command.arg(config).args(["--print", "--listen", "127.0.0.1:0", "--workers", &workers.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
