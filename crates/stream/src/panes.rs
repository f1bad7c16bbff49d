//! Panes on their way out: to files, to standard output, to the broker.
//!
//! The engine gives them in order and waits for files and standard output, which lose
//! nothing. For the broker they wait in the outbox, which may drop them; the `seq` of a
//! view's panes shows that.

use crate::config::{Panes as Wanted, ViewConfig};
use crate::outbox::Outbox;
use crate::run::To;
use crate::wire::{append, frame};
use oriel_dataflow::Panes;
use oriel_protocol::view::PANES;
use oriel_snapshot::Key;
use oriel_window::Pane;
use shape::Shape;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

mod shape;

/// Where the panes of all views go.
pub(crate) struct PaneSink {
    views: Vec<View>,
    /// Standard output, and what went wrong with it.
    lines: Mutex<(Option<Lines>, Option<io::Error>)>,
    outbox: Arc<Outbox>,
    errors: AtomicU64,
}

type Lines = BufWriter<Box<dyn Write + Send>>;

/// One view's panes.
struct View {
    shape: Shape,
    topic: String,
    /// They are printed.
    print: bool,
    /// They go to the broker.
    send: bool,
    file: Option<Mutex<BufWriter<File>>>,
    seq: AtomicU64,
}

impl PaneSink {
    /// Opens the files, to append; `to` is where rows go, or printed panes.
    ///
    /// # Errors
    /// When a file cannot be opened; the message names it.
    pub(crate) fn open(
        topic: &str,
        views: &[ViewConfig],
        to: &To,
        outbox: Arc<Outbox>,
    ) -> Result<Self, String> {
        let view = |view: &ViewConfig| -> Result<View, String> {
            let file = match &view.panes {
                Wanted::File(path) => Some(Mutex::new(append(path)?)),
                Wanted::Off | Wanted::Topic => None,
            };
            Ok(View {
                shape: Shape::new(view),
                topic: format!("{topic}.{}{PANES}", view.name),
                print: matches!(to, To::Panes(_)) && view.panes != Wanted::Off,
                send: matches!(to, To::Broker { .. }) && view.panes != Wanted::Off,
                file,
                seq: AtomicU64::new(0),
            })
        };
        let views = views.iter().map(view).collect::<Result<_, _>>()?;
        Ok(PaneSink { views, lines: Mutex::default(), outbox, errors: AtomicU64::new(0) })
    }

    /// Which views' panes somebody wants.
    pub(crate) fn wanted(&self) -> Vec<bool> {
        self.views.iter().map(|view| view.print || view.send || view.file.is_some()).collect()
    }

    /// Prints from now on to this writer.
    pub(crate) fn print_to(&self, writer: Box<dyn Write + Send>) {
        self.lock_lines().0 = Some(BufWriter::new(writer));
    }

    /// How many panes each view has given.
    pub(crate) fn counts(&self) -> impl Iterator<Item = u64> {
        self.views.iter().map(|view| view.seq.load(Ordering::Relaxed))
    }

    /// Panes that could not be written to their files.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Brings everything written so far to where it goes.
    ///
    /// # Errors
    /// When panes can no longer be printed.
    pub(crate) fn flush(&self) -> io::Result<()> {
        for file in self.views.iter().filter_map(|view| view.file.as_ref()) {
            if let Err(error) = lock(file).flush() {
                self.failed(&error);
            }
        }
        let mut lines = self.lock_lines();
        let (writer, fault) = &mut *lines;
        match fault {
            // It stays: whoever asks next is to know it too.
            Some(fault) => Err(io::Error::new(fault.kind(), fault.to_string())),
            None => writer.as_mut().map_or(Ok(()), Write::flush),
        }
    }

    /// A pane is being printed, or written to a file, just now.
    pub(crate) fn is_blocked(&self) -> bool {
        let files = self.views.iter().filter_map(|view| view.file.as_ref());
        is_held(&self.lines) || files.into_iter().any(is_held)
    }

    fn give(&self, view: &View, body: &[u8]) {
        if let Some(file) = &view.file
            && let Err(error) = line(&mut *lock(file), body)
        {
            self.failed(&error);
        }
        if !view.print && !view.send {
            return;
        }
        if view.print {
            let frame = frame(&view.topic, body);
            let mut lines = self.lock_lines();
            let (writer, fault) = &mut *lines;
            if let (Some(writer), None) = (writer, &fault) {
                *fault = line(writer, &frame).err();
            }
        } else {
            self.outbox.queue(&view.topic, body);
        }
    }

    fn failed(&self, error: &io::Error) {
        if self.errors.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!(%error, "cannot write panes; see the metric for how many");
        }
    }

    fn lock_lines(&self) -> MutexGuard<'_, (Option<Lines>, Option<io::Error>)> {
        lock(&self.lines)
    }
}

impl Panes for PaneSink {
    fn panes(&self, view: usize, panes: Vec<Pane<Key>>) {
        let Some(view) = self.views.get(view) else { return };
        for pane in panes {
            let seq = view.seq.fetch_add(1, Ordering::Relaxed);
            let body = serde_json::to_vec(&view.shape.pane(seq, &pane)).unwrap_or_default();
            self.give(view, &body);
        }
    }
}

fn line(writer: &mut impl Write, body: &[u8]) -> io::Result<()> {
    writer.write_all(body)?;
    writer.write_all(b"\n")
}

fn is_held<T>(mutex: &Mutex<T>) -> bool {
    matches!(mutex.try_lock(), Err(TryLockError::WouldBlock))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
