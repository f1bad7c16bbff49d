//! Results, at most once an interval and only when they changed.

use crate::outbox::Outbox;
use crate::render::Renderer;
use bytes::Bytes;
use oriel_dataflow::Engine;
use oriel_protocol::view::DataResult;
use oriel_snapshot::Query;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use xxhash_rust::xxh3::xxh3_64;

/// Where publications go.
pub(crate) enum Sink {
    /// To the broker, the newest of each topic.
    Broker(Arc<Outbox>),
    /// To a writer, one line a publication.
    Lines(Mutex<Box<dyn Write + Send>>),
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
    views: Vec<(Renderer, Query)>,
    sink: Sink,
    current: Vec<RwLock<Current>>,
    shown: Mutex<Vec<u64>>,
}

impl Publisher {
    /// A publisher of those views, in the engine's order. `newest` rows of each.
    pub(crate) fn new(engine: Arc<Engine>, views: Vec<(Renderer, usize)>, sink: Sink) -> Self {
        let query = |newest| Query { range: None, newest: Some(newest) };
        let views: Vec<_> = views.into_iter().map(|(view, newest)| (view, query(newest))).collect();
        let reading = engine.read(&asked(&views));
        let results: Vec<DataResult> = render(&views, &reading);
        let shown = results.iter().map(fingerprint).collect();
        let current = results.iter().map(|result| RwLock::new(serialise(result))).collect();
        Publisher { engine, views, sink, current, shown: Mutex::new(shown) }
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
        let reading = self.engine.read(&asked(&self.views));
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, result) in render(&self.views, &reading).iter().enumerate() {
            let print = fingerprint(result);
            if !all && shown[place] == print {
                continue;
            }
            shown[place] = print;
            let current = serialise(result);
            let topic = &self.views[place].0.info().target;
            let frame =
                [br#"{"type":"publish","topic":""#, topic.as_bytes(), br#"","data":"#, &current.body, b"}"];
            self.sink.send(topic, frame.concat())?;
            *self.current[place].write().unwrap_or_else(PoisonError::into_inner) = current;
        }
        Ok(())
    }
}

impl Sink {
    fn send(&self, topic: &str, frame: Vec<u8>) -> std::io::Result<()> {
        match self {
            Sink::Broker(outbox) => outbox.put(topic, frame.into()),
            Sink::Lines(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                writer.write_all(&frame)?;
                writer.write_all(b"\n")?;
                writer.flush()?;
            }
        }
        Ok(())
    }
}

fn asked(views: &[(Renderer, Query)]) -> Vec<(usize, Query)> {
    views.iter().enumerate().map(|(place, (_, query))| (place, *query)).collect()
}

fn render(views: &[(Renderer, Query)], reading: &oriel_dataflow::Reading) -> Vec<DataResult> {
    let result = |((view, _), answer): (&(Renderer, Query), _)| {
        let result = view.result(&view.info().name, answer, &reading.stand, &[]);
        DataResult { countdown: Some(1), ..result }
    };
    views.iter().zip(&reading.answers).map(result).collect()
}

/// What a viewer would see change: the rows and how far their windows have come. The
/// watermark and the epoch move all the time and are no reason to publish.
fn fingerprint(result: &DataResult) -> u64 {
    let beside = result.meta.as_ref().map(|meta| (&meta.window, &meta.revision, &meta.state));
    xxh3_64(&serde_json::to_vec(&(&result.data, beside)).unwrap_or_default())
}

fn serialise(result: &DataResult) -> Current {
    let body = serde_json::to_vec(result).unwrap_or_default();
    Current { etag: format!("\"{:016x}\"", xxh3_64(&body)), body: body.into() }
}
