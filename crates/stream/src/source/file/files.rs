//! Files read once, one after the other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use oriel_dataflow::source::{Batch, Limits, Source, SourceError, Status};

use super::progress::Progress;
use super::{fault, open};
use crate::source::lines::Lines;

/// The lines of some files, as one partition.
pub(super) struct Files {
    name: String,
    left: VecDeque<PathBuf>,
    current: Option<Current>,
    progress: Progress,
}

/// The file that is being read.
struct Current {
    path: PathBuf,
    origin: Arc<str>,
    reader: Box<dyn Read + Send>,
    lines: Lines,
    ended: bool,
    /// Told once all lines before it are given.
    fault: Option<SourceError>,
}

impl Files {
    /// Opens each once, so that what cannot be read is known before the start.
    pub(super) fn open(name: String, paths: Vec<PathBuf>, progress: &Progress) -> Result<Self, SourceError> {
        // A pipe can be opened only once.
        for path in paths.iter().filter(|path| path.is_file()) {
            File::open(path).map_err(|error| fault(path, &error))?;
        }
        Ok(Files { name, left: paths.into(), current: None, progress: progress.clone() })
    }

    fn next(&mut self) -> Result<Option<&mut Current>, SourceError> {
        if self.current.is_none()
            && let Some(path) = self.left.pop_front()
        {
            let reader = open::open(&path, &self.progress).map_err(|error| fault(&path, &error))?;
            let origin = Arc::from(path.to_string_lossy());
            self.current =
                Some(Current { path, origin, reader, lines: Lines::new(), ended: false, fault: None });
        }
        Ok(self.current.as_mut())
    }
}

impl Current {
    /// Fills the batch; it stays empty at the end of the file.
    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<(), SourceError> {
        batch.origin = Arc::clone(&self.origin);
        loop {
            self.lines.take(batch, limits, self.ended);
            if !batch.is_empty() {
                return Ok(());
            }
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
            if self.ended {
                return Ok(());
            }
            match self.lines.fill(&mut self.reader) {
                Ok(read) => self.ended = read == 0,
                Err(error) => self.fault = Some(fault(&self.path, &error)),
            }
        }
    }
}

impl Source for Files {
    fn partition(&self) -> &str {
        &self.name
    }

    fn read(&mut self, batch: &mut Batch, limits: Limits) -> Result<Status, SourceError> {
        while let Some(current) = self.next()? {
            current.read(batch, limits)?;
            if !batch.is_empty() {
                return Ok(Status::More);
            }
            self.current = None;
        }
        self.progress.finish();
        Ok(Status::Ended)
    }
}
