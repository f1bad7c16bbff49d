//! Results, at most once an interval and only when they changed.

use crate::outbox::Outbox;
use crate::render::Renderer;
use crate::wire::frame;
use bytes::Bytes;
use moves::Moves;
use oriel_dataflow::{Engine, Reading, Stand};
use oriel_protocol::view::{DataResult, Kind, WATERMARK, Watermarks};
use oriel_snapshot::{Answer, Mark, Query};
use oriel_time::EventTime;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use xxhash_rust::xxh3::xxh3_64;

mod moves;
mod watermarks;

pub(crate) use watermarks::state as partition_state;

/// Where publications go.
pub(crate) enum Sink {
    /// To the broker, the newest of each topic.
    Broker(Arc<Outbox>),
    /// To a writer, one line a publication.
    Lines(Mutex<Box<dyn Write + Send>>),
    /// Only to those who ask.
    Nowhere,
}

/// A view's newest result.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    /// The `dataResult`, serialised once for all who want it.
    pub(crate) body: Bytes,
    /// Changes exactly when the body does.
    pub(crate) etag: String,
}

/// Reads the engine's views and publishes what changed.
pub(crate) struct Publisher {
    engine: Arc<Engine>,
    topic: String,
    views: Vec<(Renderer, Query)>,
    sink: Sink,
    current: Vec<RwLock<Current>>,
    shown: Mutex<Shown>,
}

/// A message of more bytes does not fit into a frame that a broker takes, whose limit is
/// a MiB unless it is told otherwise.
const MAX_BODY: usize = 1_000_000;

/// What the messages before have shown.
struct Shown {
    /// What their answers depended on.
    marks: Vec<Option<Mark>>,
    prints: Vec<u64>,
    moves: Vec<Moves>,
    watermarks: Option<Watermarks>,
}

impl Publisher {
    /// A publisher of a stream's views, in the engine's order. `newest` windows of each.
    pub(crate) fn new(engine: Arc<Engine>, topic: &str, views: Vec<(Renderer, usize)>, sink: Sink) -> Self {
        let query = |newest| Query { newest: Some(newest), ..Query::default() };
        let views: Vec<_> = views.into_iter().map(|(view, newest)| (view, query(newest))).collect();
        let reading = engine.read(&asked(&views));
        let results: Vec<DataResult> = views
            .iter()
            .zip(&reading.answers)
            .map(|(view, answer)| render(&view.0, answer, &reading.stand))
            .collect();
        let shown = Shown {
            marks: vec![None; views.len()],
            // Whoever listens has seen nothing yet: what is there already is a change.
            prints: views
                .iter()
                .map(|view| fingerprint(&render(&view.0, &Answer::default(), &reading.stand)))
                .collect(),
            moves: views.iter().map(|_| Moves::default()).collect(),
            watermarks: None,
        };
        let current = results.iter().map(|result| RwLock::new(serialise(result))).collect();
        Publisher { engine, topic: topic.to_owned(), views, sink, current, shown: Mutex::new(shown) }
    }

    /// The views, in the engine's order.
    pub(crate) fn views(&self) -> impl Iterator<Item = &Renderer> {
        self.views.iter().map(|(view, _)| view)
    }

    /// The newest result of a view.
    pub(crate) fn current(&self, view: usize) -> Current {
        self.current[view].read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes the views that changed, or `all` of them. Blocks while it reads.
    ///
    /// # Errors
    /// When lines can no longer be written.
    pub(crate) fn publish(&self, all: bool) -> std::io::Result<()> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if all {
            shown.marks.fill(None);
        }
        let Reading { stand, answers } = self.engine.read_changed(&asked(&self.views), &mut shown.marks);
        for (place, (view, answer)) in self.views().zip(&answers).enumerate() {
            let Some(answer) = answer else { continue };
            let mut result = render(view, answer, &stand);
            let print = fingerprint(&result);
            let again = std::mem::replace(&mut shown.prints[place], print) == print;
            if again && !all {
                continue;
            }
            if let (Kind::Top, Some(meta)) = (view.info().kind, &mut result.meta) {
                let moves = &mut shown.moves[place];
                if !again {
                    moves.go_on(&answer.rows, &view.ranks(&answer.rows), view.per());
                }
                moves.tell(meta);
            }
            let mut current = serialise(&result);
            if matches!(self.sink, Sink::Broker(_)) {
                current = fit(view, answer, &stand, current);
            }
            let topic = &view.info().target;
            self.sink.send(topic, &current.body)?;
            *self.current[place].write().unwrap_or_else(PoisonError::into_inner) = current;
        }
        self.tell_watermarks(&mut shown);
        Ok(())
    }

    /// Publishes how far the partitions are, where that changed; only to the broker, since
    /// lines are of views.
    fn tell_watermarks(&self, shown: &mut Shown) {
        let Sink::Broker(outbox) = &self.sink else { return };
        let now = watermarks::read(&self.engine);
        if shown.watermarks.as_ref() != Some(&now) {
            let topic = format!("{}{WATERMARK}", self.topic);
            let body = serde_json::to_vec(&now).unwrap_or_default();
            outbox.put(&topic, &body);
            shown.watermarks = Some(now);
        }
    }
}

impl Sink {
    fn send(&self, topic: &str, body: &[u8]) -> std::io::Result<()> {
        match self {
            Sink::Broker(outbox) => outbox.put(topic, body),
            Sink::Lines(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                writer.write_all(&frame(topic, body))?;
                writer.write_all(b"\n")?;
                writer.flush()?;
            }
            Sink::Nowhere => {}
        }
        Ok(())
    }
}

fn asked(views: &[(Renderer, Query)]) -> Vec<(usize, Query)> {
    views.iter().enumerate().map(|(place, (_, query))| (place, *query)).collect()
}

fn render(view: &Renderer, answer: &Answer, stand: &Stand) -> DataResult {
    let result = view.result(&view.info().name, answer, stand, &[]);
    DataResult { countdown: Some(1), ..result }
}

/// The message as it is, or, if it is too large for a broker, with the newest windows of
/// a series that fit.
fn fit(view: &Renderer, answer: &Answer, stand: &Stand, whole: Current) -> Current {
    let (mut current, mut answer) = (whole, answer.clone());
    while current.body.len() > MAX_BODY && view.info().kind == Kind::Series {
        let starts: BTreeSet<EventTime> = answer.rows.iter().map(|row| row.window).collect();
        let Some(from) = starts.iter().nth(starts.len().div_ceil(2)) else { break };
        answer.rows.retain(|row| row.window >= *from);
        current = serialise(&render(view, &answer, stand));
    }
    current
}

/// What a viewer would see change: the rows and how far their windows have come. The
/// watermark and the epoch move all the time and are no reason to publish.
fn fingerprint(result: &DataResult) -> u64 {
    let beside = result
        .meta
        .as_ref()
        .map(|meta| (&meta.window, &meta.revision, &meta.state, &meta.counting, &meta.inexact, &meta.end));
    xxh3_64(&serde_json::to_vec(&(&result.data, beside)).unwrap_or_default())
}

fn serialise(result: &DataResult) -> Current {
    let body = serde_json::to_vec(result).unwrap_or_default();
    Current { etag: format!("\"{:016x}\"", xxh3_64(&body)), body: body.into() }
}
