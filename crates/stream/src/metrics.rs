//! What an operator can watch: every record's fate, the watermark, what is held.

use crate::config::Config;
use crate::link::Link;
use crate::outbox::Outbox;
use crate::reject::Outputs;
use oriel_dataflow::{Engine, Reason};
use oriel_runtime::metrics::Metrics;
use oriel_time::EventTime;
use oriel_window::Tally;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;

/// Everything that is asked at a scrape.
pub(crate) struct Watched {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// The rejected records.
    pub(crate) rejects: Arc<Outputs>,
    /// The connection to the broker.
    pub(crate) link: Arc<Link>,
    /// What waits for it.
    pub(crate) outbox: Arc<Outbox>,
    /// The views' names, in the engine's order.
    pub(crate) views: Vec<String>,
}

/// The registry of a run.
pub(crate) fn register(config: &Config, watched: impl FnOnce(Vec<String>) -> Watched) -> Metrics {
    let metrics = Metrics::default();
    metrics.collect(watched(config.views.iter().map(|view| view.name.clone()).collect()));
    metrics
}

impl Collector for Watched {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.records(&mut encoder)?;
        self.views(&mut encoder)?;
        self.delivery(&mut encoder)
    }
}

impl Watched {
    fn records(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let totals = self.engine.totals();
        counter(encoder, "oriel_stream_records_read", "Records that arrived", totals.tally.read)?;
        let help = "Records by the best that any view made of them; they add up to those read";
        let mut records =
            encoder.encode_descriptor("oriel_stream_records", help, None, MetricType::Counter)?;
        fates(&mut records, &[], &totals.tally)?;
        let help = "Records that were not counted by at least one view, by reason";
        let mut rejected =
            encoder.encode_descriptor("oriel_stream_rejected", help, None, MetricType::Counter)?;
        for reason in Reason::ALL {
            let count = ConstCounter::new(self.rejects.count(reason));
            count.encode(rejected.encode_family(&[("reason", reason.as_str())])?)?;
        }
        let help = "Rejected records that could not be written to their file";
        counter(encoder, "oriel_stream_output_errors", help, self.rejects.errors())?;
        counter(encoder, "oriel_stream_epochs", "Epochs ended", totals.epochs)?;
        let known = totals.watermark > EventTime::BEGINNING;
        let watermark = if known { totals.watermark.min(EventTime::LAST).millis() } else { 0 };
        let help = "The watermark; 0 before the first record";
        gauge(encoder, "oriel_stream_watermark_milliseconds", help, watermark)
    }

    fn views(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let totals = self.engine.totals();
        let help = "Decoded records by view and what it made of them";
        let mut records =
            encoder.encode_descriptor("oriel_stream_view_records", help, None, MetricType::Counter)?;
        for (view, tally) in self.views.iter().zip(&totals.views) {
            fates(&mut records, &[("view", view)], tally)?;
        }
        let help = "Purged windows that counted records missed";
        let mut late =
            encoder.encode_descriptor("oriel_stream_late_windows", help, None, MetricType::Counter)?;
        for (view, windows) in self.views.iter().zip(&totals.late_windows) {
            ConstCounter::new(*windows).encode(late.encode_family(&[("view", view.as_str())])?)?;
        }
        let held: Vec<_> = (0..self.views.len()).map(|view| self.engine.held(view)).collect();
        let help = "Cells of open windows, by view";
        let mut cells =
            encoder.encode_descriptor("oriel_stream_view_cells", help, None, MetricType::Gauge)?;
        for (view, (count, _)) in self.views.iter().zip(&held) {
            ConstGauge::new(whole(*count)).encode(cells.encode_family(&[("view", view.as_str())])?)?;
        }
        let help = "Rows kept for queries, by view";
        let mut rows = encoder.encode_descriptor("oriel_stream_view_rows", help, None, MetricType::Gauge)?;
        for (view, (_, count)) in self.views.iter().zip(&held) {
            ConstGauge::new(whole(*count)).encode(rows.encode_family(&[("view", view.as_str())])?)?;
        }
        Ok(())
    }

    fn delivery(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let link = &self.link;
        let help = "Whether there is a connection to the broker";
        gauge(encoder, "oriel_stream_broker_connected", help, i64::from(link.connected()))?;
        counter(
            encoder,
            "oriel_stream_broker_connections",
            "Connections made to the broker",
            link.connects(),
        )?;
        counter(encoder, "oriel_stream_broker_frames", "Frames sent to the broker", link.frames())?;
        let help = "Frames that the broker answered with an error";
        counter(encoder, "oriel_stream_broker_refused", help, link.refused())?;
        let help = "Frames replaced by newer ones before they were sent";
        counter(encoder, "oriel_stream_broker_replaced", help, self.outbox.replaced())
    }
}

fn fates(encoder: &mut MetricEncoder<'_>, labels: &[(&str, &str)], tally: &Tally) -> fmt::Result {
    let fates =
        [("counted", tally.counted), ("filtered", tally.filtered), ("late", tally.late), ("bad", tally.bad)];
    for (fate, count) in fates {
        let labels: Vec<_> = labels.iter().copied().chain([("fate", fate)]).collect();
        ConstCounter::new(count).encode(encoder.encode_family(&labels)?)?;
    }
    Ok(())
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("views", &self.views).finish_non_exhaustive()
    }
}
