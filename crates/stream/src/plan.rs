//! From the configuration to what the engine is told, and to the names on the wire.

use crate::config::{Config, Metric, SourceConfig, ViewConfig, ViewKind, Window};
use oriel_dataflow as engine;
use oriel_dataflow::{EngineSpec, EpochRules, ViewPlan};
use oriel_protocol::view::{Column, ColumnType, Kind, ViewInfo};
use oriel_record::{FieldId, Schema};
use oriel_snapshot::{Shape, ViewSpec};
use oriel_window::{ViewTiming, Windowing};

/// A reader's bytes after which an epoch is cut: bounds what is kept of open epochs.
const EPOCH_BYTES: usize = 16 * 1024 * 1024;

/// Why a configuration cannot be carried out, although each of its lines is valid.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PlanError(String);

/// What the engine is told.
///
/// # Errors
/// When the schema does not compile or a view names a field that it lacks.
pub(crate) fn engine(config: &Config, workers: usize) -> Result<EngineSpec, PlanError> {
    let schema = Schema::compile(&config.record.schema).map_err(|error| PlanError(error.to_string()))?;
    let views = config.views.iter().map(|view| plan(view, &schema)).collect::<Result<_, _>>()?;
    let bounded = matches!(config.source, SourceConfig::File { follow: false, .. });
    let epochs = EpochRules {
        // Without the clock, every run over the same files cuts the same epochs.
        every: (!bounded).then_some(config.engine.epoch_every),
        records: config.engine.epoch_records,
        bytes: EPOCH_BYTES,
        in_flight: config.engine.in_flight as u64,
    };
    Ok(EngineSpec {
        schema,
        views,
        disorder: config.record.disorder,
        idle: config.record.idle,
        future: config.record.future,
        epochs,
        workers,
        shards: config.engine.shards,
    })
}

fn plan(view: &ViewConfig, schema: &Schema) -> Result<ViewPlan, PlanError> {
    let field = |name: &str| -> Result<FieldId, PlanError> {
        schema.field(name).ok_or_else(|| PlanError(format!("view {:?} names no field {name:?}", view.name)))
    };
    let (shape, key, keep_null, metrics) = match &view.kind {
        ViewKind::Series { metrics, .. } => {
            let metric = |(_, metric): &(String, Metric)| match &metric.field {
                None => Ok(engine::Metric::Count),
                Some(name) => Ok(engine::Metric::CountOf(field(name)?)),
            };
            (Shape::Series, None, true, metrics.iter().map(metric).collect::<Result<_, PlanError>>()?)
        }
        ViewKind::Top { by, n, none, .. } => {
            (Shape::Top { n: *n }, Some(field(by)?), *none, vec![engine::Metric::Count])
        }
    };
    let Window::Aligned { size, slide, .. } = view.window else {
        return Err(PlanError(format!("view {:?} has no size", view.name)));
    };
    let timing = ViewTiming {
        windowing: Windowing::new(size, slide),
        lateness: view.lateness,
        every: view.every,
        records: view.records,
    };
    Ok(ViewPlan { snapshot: ViewSpec { shape, timing, retain: view.retain }, key, keep_null, metrics })
}

/// How a view appears on the wire.
pub(crate) fn info(topic: &str, view: &ViewConfig) -> ViewInfo {
    let column = |name: &str, kind| Column::new(name, kind);
    let (kind, schema) = match &view.kind {
        ViewKind::Series { metrics, .. } => {
            let metrics = metrics.iter().map(|(name, _)| column(name, ColumnType::Long));
            let timestamp = std::iter::once(column("timestamp", ColumnType::Long));
            (Kind::Series, timestamp.chain(metrics).collect())
        }
        ViewKind::Top { by, .. } => {
            let columns = vec![
                column(by, ColumnType::String),
                column("count", ColumnType::Long),
                column("label", ColumnType::String),
                column("rank", ColumnType::Long),
            ];
            (Kind::Top, columns)
        }
    };
    ViewInfo { name: view.name.clone(), target: format!("{topic}.{}", view.name), kind, schema }
}
