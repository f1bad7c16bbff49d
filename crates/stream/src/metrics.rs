//! What an operator can watch: every record's fate, the watermarks, what is held.
//!
//! Two sums hold at all times, so that no record is lost without a trace: the records
//! read are those of all fates, and those that a view got are those of all its fates.

use crate::lookup::Lookups;
use crate::outbox::Outbox;
use crate::panes::PaneSink;
use crate::reject::Outputs;
use encode::{Encode, Labels};
use oriel_client::Counts;
use oriel_dataflow::{Engine, Reason, Totals};
use oriel_runtime::metrics::Metrics;
use oriel_window::Tally;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;
use std::sync::Arc;

mod encode;
mod partitions;
mod state;

/// Everything that is asked at a scrape.
pub(crate) struct Watched {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// The rejected records.
    pub(crate) rejects: Arc<Outputs>,
    /// The panes.
    pub(crate) panes: Arc<PaneSink>,
    /// The tables.
    pub(crate) lookups: Arc<Lookups>,
    /// What goes to the broker.
    pub(crate) outbox: Arc<Outbox>,
    /// The views' names, in the engine's order.
    pub(crate) views: Vec<String>,
}

/// The registry of a run.
pub(crate) fn register(watched: Watched) -> Metrics {
    let metrics = Metrics::default();
    metrics.collect(watched);
    metrics
}

impl Collector for Watched {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // Once, so that its numbers fit each other.
        let totals = self.engine.totals();
        let mut encode = Encode(&mut encoder);
        self.records(&totals, &mut encode)?;
        self.views(&totals, &mut encode)?;
        partitions::encode(self.engine.partitions(), &totals, &mut encode)?;
        state::encode(&self.engine, &self.views, &mut encode)?;
        self.lookups(&totals, &mut encode)?;
        let sent = self.outbox.counts();
        self.panes(&sent, &mut encode)?;
        delivery(&sent, &mut encode)
    }
}

impl Watched {
    fn records(&self, totals: &Totals, encode: &mut Encode<'_, '_>) -> fmt::Result {
        encode.counter("records_read", "Records that arrived", totals.tally.read)?;
        let help = "Records by the best that any view made of them; they add up to those read";
        encode.counters("records", help, fates(&[], &totals.tally))?;
        let help = "Records that were not counted by at least one view, by reason";
        let reasons =
            Reason::ALL.map(|reason| (vec![("reason", reason.as_str())], self.rejects.count(reason)));
        encode.counters("rejected", help, reasons)?;
        let help = "Rejected records and panes that could not be written to their file";
        encode.counter("output_errors", help, self.rejects.errors() + self.panes.errors())?;
        encode.counter("epochs", "Epochs ended", totals.epochs)
    }

    fn views(&self, totals: &Totals, encode: &mut Encode<'_, '_>) -> fmt::Result {
        let views = || self.views.iter().map(String::as_str).zip(&totals.views);
        let help = "Decoded records that each view was given";
        let decoded = views().map(|(view, tally)| (vec![("view", view)], tally.read));
        encode.counters("view_records_decoded", help, decoded)?;
        let help = "Decoded records by view and what it made of them; they add up to those it was given";
        let fates = views().flat_map(|(view, tally)| fates(&[("view", view)], tally));
        encode.counters("view_records", help, fates)?;
        let help = "Purged windows that counted records missed";
        let late = self.views.iter().zip(&totals.late_windows);
        encode.counters("late_windows", help, late.map(|(view, count)| (vec![("view", &**view)], *count)))
    }

    fn lookups(&self, totals: &Totals, encode: &mut Encode<'_, '_>) -> fmt::Result {
        let help = "Keys that a lookup has no row for";
        let misses = self.lookups.failures().enumerate();
        let misses = misses.map(|(place, (name, _))| (vec![("lookup", name)], totals.misses.of(place)));
        encode.counters("lookup_misses", help, misses)?;
        let help = "Changes of a lookup's file that could not be read; its rows from before are used";
        let failures = self.lookups.failures().map(|(name, count)| (vec![("lookup", name)], count));
        encode.counters("lookup_failures", help, failures)
    }

    fn panes(&self, sent: &Counts, encode: &mut Encode<'_, '_>) -> fmt::Result {
        let help = "Panes given, by view";
        let given = self.views.iter().zip(self.panes.counts());
        encode.counters("panes", help, given.map(|(view, count)| (vec![("view", &**view)], count)))?;
        let help = "Panes sent to the broker";
        encode.counter("panes_sent", help, sent.queued_sent)?;
        let help = "Panes dropped since too many waited for the broker";
        encode.counter("panes_dropped", help, sent.queue_dropped)?;
        let help = "Panes that were being sent when the connection broke; the broker may not have them";
        encode.counter("panes_interrupted", help, sent.interrupted)
    }
}

fn delivery(sent: &Counts, encode: &mut Encode<'_, '_>) -> fmt::Result {
    let help = "Whether there is a connection to the broker";
    encode.gauge("broker_connected", help, i64::from(sent.connected))?;
    encode.counter("broker_connections", "Connections made to the broker", sent.connections)?;
    encode.counter("broker_frames", "Frames sent to the broker", sent.kept_sent + sent.queued_sent)?;
    let help = "Frames that the broker answered with an error";
    encode.counter("broker_refused", help, sent.refused)?;
    let help = "Frames replaced by newer ones before they were sent";
    encode.counter("broker_replaced", help, sent.kept_replaced)?;
    let help = "Frames that were too large to be sent";
    encode.counter("broker_oversize", help, sent.too_large)
}

fn fates<'l>(labels: &[(&'static str, &'l str)], tally: &Tally) -> [(Labels<'l>, u64); 4] {
    let fates =
        [("counted", tally.counted), ("filtered", tally.filtered), ("late", tally.late), ("bad", tally.bad)];
    fates.map(|(fate, count)| (labels.iter().copied().chain([("fate", fate)]).collect(), count))
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("views", &self.views).finish_non_exhaustive()
    }
}
