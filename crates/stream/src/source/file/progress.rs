//! A bar on standard error that shows how far a long file is read.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// What is shorter is read before anybody could look.
const LONG: u64 = 64 << 20;

/// The bar, if there is one. It goes with the last that moves it.
#[derive(Clone)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over all files together, when they are long and somebody may watch.
    pub(super) fn over(paths: &[PathBuf]) -> Self {
        let total: u64 = paths.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
        if total <= LONG || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let template = "{wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total).with_style(style);
        Progress(Some(bar.with_finish(ProgressFinish::AndClear)))
    }

    /// No bar.
    pub(super) fn none() -> Self {
        Progress(None)
    }

    /// The reader, counted.
    pub(super) fn count<R: Read>(&self, reader: R) -> Counted<R> {
        Counted { reader, progress: self.clone() }
    }

    /// Moves the bar no more.
    pub(super) fn finish(&mut self) {
        self.0 = None;
    }
}

/// A reader that moves the bar.
pub(super) struct Counted<R> {
    reader: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.progress.0.iter().for_each(|bar| bar.inc(read as u64));
        Ok(read)
    }
}
