//! Files that grow, in the manner of `tail -F`.

use std::fs::{self, File, Metadata};
use std::io::{self, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};

use super::fault;
use super::open::{Packing, sniff};
use crate::source::WAIT;
use crate::source::lines::Lines;

/// The lines of some growing files, as one partition: whichever has some.
pub(super) struct Follow {
    name: String,
    tails: Vec<Tail>,
    /// Whose turn it is.
    next: usize,
}

/// One path, and the file that it was when last looked at.
struct Tail {
    path: PathBuf,
    origin: Arc<str>,
    file: Option<File>,
    lines: Lines,
    /// How far the file is read.
    read: u64,
    /// Another file is at the path, or this one was cut: it is read to its end and left.
    replaced: bool,
    /// It was said that the path cannot be read now.
    warned: bool,
}

impl Follow {
    /// Opens what is there already.
    pub(super) fn open(name: String, paths: Vec<PathBuf>) -> Result<Self, SourceError> {
        let mut tails: Vec<Tail> = paths.into_iter().map(Tail::new).collect();
        tails.iter_mut().try_for_each(Tail::open)?;
        Ok(Follow { name, tails, next: 0 })
    }
}

impl Source for Follow {
    fn partition(&self) -> &str {
        &self.name
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        for _ in 0..self.tails.len() {
            let turn = self.next;
            self.next = (turn + 1) % self.tails.len();
            self.tails[turn].read(batch, limits)?;
            if !batch.is_empty() {
                return Ok(Status::More);
            }
        }
        thread::sleep(WAIT);
        Ok(Status::CaughtUp)
    }
}

impl Tail {
    fn new(path: PathBuf) -> Self {
        let origin = Arc::from(path.to_string_lossy());
        Tail { path, origin, file: None, lines: Lines::new(), read: 0, replaced: false, warned: false }
    }

    /// Opens the file from its beginning, if it is there.
    fn open(&mut self) -> Result<(), SourceError> {
        let opened = File::open(&self.path).and_then(|mut file| {
            let (_, packing) = sniff(&mut file)?;
            file.rewind()?;
            Ok((file, packing))
        });
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(fault(&self.path, &error)),
            Ok((_, Packing::Gzip | Packing::Zstd)) => {
                let message = "is compressed, which cannot be followed; use follow = false";
                return Err(SourceError(format!("{}: {message}", self.path.display())));
            }
            Ok((file, Packing::Plain)) => self.file = Some(file),
        }
        (self.lines, self.read, self.replaced, self.warned) = (Lines::new(), 0, false, false);
        Ok(())
    }

    /// Looks for the next file at the path. One that cannot be read yet may be soon.
    fn look(&mut self) -> bool {
        if let Err(error) = self.open()
            && !self.warned
        {
            tracing::warn!(%error, "a followed file cannot be read, waiting");
            self.warned = true;
        }
        self.file.is_some()
    }

    /// Fills the batch; it stays empty when there is nothing new.
    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<(), SourceError> {
        batch.origin = Arc::clone(&self.origin);
        loop {
            self.lines.take(batch, limits, false);
            if !batch.is_empty() {
                return Ok(());
            }
            let Some(file) = &mut self.file else {
                if !self.look() {
                    return Ok(());
                }
                continue;
            };
            let read = self.lines.fill(file).map_err(|error| fault(&self.path, &error))?;
            self.read += read as u64;
            if read > 0 {
                continue;
            }
            if self.replaced {
                // Nobody will end its last line now.
                self.lines.take(batch, limits, true);
                self.file = None;
                if !batch.is_empty() {
                    return Ok(());
                }
            } else if self.is_replaced() {
                // It may have grown between the read and the look.
                self.replaced = true;
            } else {
                return Ok(());
            }
        }
    }

    /// Whether the path is another file by now, or this one was cut. While nothing is to
    /// be seen at the path, the file is what it was.
    fn is_replaced(&self) -> bool {
        let same = |file: &Metadata, path: &Metadata| (file.dev(), file.ino()) == (path.dev(), path.ino());
        let held = self.file.as_ref().and_then(|file| file.metadata().ok());
        let there = fs::metadata(&self.path).ok();
        let cut = held.as_ref().is_some_and(|held| held.len() < self.read);
        cut || held.zip(there).is_some_and(|(held, there)| !same(&held, &there))
    }
}
