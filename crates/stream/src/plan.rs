//! From the configuration to what the engine is told.

use crate::config::{self, Config, SourceConfig, ViewConfig, ViewKind};
use oriel_dataflow::{EngineSpec, EpochRules, Metric, ViewPlan};
use oriel_derive::{Deriver, Expression, LookupSpec, Tables};
use oriel_record::{FieldId, Schema, SchemaError};
use oriel_snapshot::{Order, Shape, ViewSpec};
use oriel_window::{Trigger, ViewTiming, WatermarkRules};

mod outline;
mod parts;

pub(crate) use outline::{outline, outline_memory};

/// A reader's bytes after which an epoch is cut: bounds what is kept of open epochs.
const EPOCH_BYTES: usize = 16 * 1024 * 1024;

/// Why a configuration cannot be carried out, although each of its lines is valid: only
/// the files of lookups tell which columns they have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// The record's paths or names.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A lookup or a derived field.
    #[error("[record.derive] or [lookup]: {0}")]
    Derive(String),
    /// A field that is neither decoded nor derived, nor a column of a lookup.
    #[error("view `{view}` names the field `{field}`, which there is not; there are: {known}")]
    Field { view: String, field: String, known: String },
    /// A view's filter.
    #[error("view `{view}`: `where` does not compile: {why}")]
    Filter { view: String, why: String },
}

/// The fields of a record: those from a place on are derived.
struct Fields<'s> {
    schema: &'s Schema,
    derived: usize,
}

/// What the engine is told. `panes` says of each view whether somebody wants its panes.
///
/// # Errors
/// When something names a column that a lookup's file does not have.
pub(crate) fn engine(
    config: &Config,
    workers: usize,
    lookups: &[LookupSpec],
    tables: Tables,
    panes: &[bool],
) -> Result<EngineSpec, PlanError> {
    let record = &config.record;
    let decoded = Schema::compile(&record.schema)?;
    let deriver = Deriver::compile(decoded.names(), lookups, &record.derive).map_err(|errors| {
        PlanError::Derive(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })?;
    let mut schema = record.schema.clone();
    schema.computed = deriver.computed().to_vec();
    let schema = Schema::compile(&schema)?;
    let fields = Fields { schema: &schema, derived: schema.names().len() - record.derive.len() };
    let views = config.views.iter().zip(panes).map(|(view, panes)| plan(view, &fields, *panes));
    Ok(EngineSpec {
        views: views.collect::<Result<_, _>>()?,
        schema,
        deriver,
        tables,
        watermarks: WatermarkRules {
            disorder: record.disorder,
            idle: record.idle,
            jump: record.jump,
            align: Some(record.align),
        },
        future: record.future,
        epochs: epochs(config),
        workers,
        shards: config.engine.shards,
        memory: config.engine.memory,
    })
}

fn epochs(config: &Config) -> EpochRules {
    let bounded = matches!(config.source, SourceConfig::File { follow: false, .. });
    EpochRules {
        // Without the clock, every run over the same files cuts the same epochs.
        every: (!bounded).then_some(config.engine.epoch_every),
        records: config.engine.epoch_records,
        bytes: EPOCH_BYTES,
        in_flight: config.engine.in_flight as u64,
    }
}

fn plan(view: &ViewConfig, fields: &Fields<'_>, panes: bool) -> Result<ViewPlan, PlanError> {
    let field = |name: &str| fields.find(view, name);
    let metric = |(_, metric): &(String, config::Metric)| -> Result<Metric, PlanError> {
        let field = metric.field.as_deref().map(field).transpose()?;
        Ok(Metric { function: metric.function, field })
    };
    let metrics = view.metrics().iter().map(metric).collect::<Result<Vec<_>, _>>()?;
    let (key, per) = (view.by().map(field).transpose()?, view.per().map(field).transpose()?);
    let used = key.into_iter().chain(per).chain(metrics.iter().filter_map(|metric| metric.field));
    let filter = view.filter.as_ref().map(|text| fields.filter(view, text)).transpose()?;
    let used = used.chain(filter.iter().flat_map(|filter| filter.fields().iter().copied()));
    let derived = used.filter(|field| fields.is_derived(*field)).collect();
    Ok(ViewPlan {
        snapshot: ViewSpec {
            shape: shape(view),
            timing: timing(view),
            retain: view.retain,
            metrics: metrics.len(),
        },
        filter,
        key,
        per,
        keep_null: match view.kind {
            ViewKind::Series { .. } => true,
            ViewKind::Top { none, .. } => none,
        },
        metrics,
        derived,
        max_keys: view.max_keys,
        panes,
    })
}

impl Fields<'_> {
    fn find(&self, view: &ViewConfig, name: &str) -> Result<FieldId, PlanError> {
        self.schema.field(name).ok_or_else(|| {
            let known: Vec<&str> = self.schema.names().iter().map(|(name, _)| &**name).collect();
            PlanError::Field { view: view.name.clone(), field: name.to_owned(), known: known.join(", ") }
        })
    }

    fn is_derived(&self, field: FieldId) -> bool {
        field >= FieldId::nth(self.derived)
    }

    fn filter(&self, view: &ViewConfig, text: &str) -> Result<Expression, PlanError> {
        Expression::compile_test(text, self.schema.names())
            .map_err(|why| PlanError::Filter { view: view.name.clone(), why: why.to_string() })
    }
}

fn shape(view: &ViewConfig) -> Shape {
    match &view.kind {
        ViewKind::Series { fill, .. } => Shape::Series { fill: *fill },
        ViewKind::Top { per, n, order, bottom, complete, .. } => Shape::Top {
            n: *n,
            per: per.is_some(),
            order: Order { metric: *order, ascending: *bottom },
            complete: *complete,
        },
    }
}

fn timing(view: &ViewConfig) -> ViewTiming {
    ViewTiming {
        windowing: view.window,
        lateness: view.lateness,
        early: Trigger { every: view.every, records: view.records },
        late: Trigger { every: view.late_every, records: view.late_records },
        unchanged: view.unchanged,
        accumulation: view.accumulation,
    }
}

#[cfg(test)]
mod tests;
