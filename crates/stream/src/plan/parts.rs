//! What views of every kind have.

use crate::config::{Metric, ViewConfig, ViewKind};

impl ViewConfig {
    /// The field whose values are its keys.
    pub(crate) fn by(&self) -> Option<&str> {
        match &self.kind {
            ViewKind::Series { by, .. } => by.as_deref(),
            ViewKind::Top { by, .. } => Some(by),
        }
    }

    /// The field whose values have a list each.
    pub(crate) fn per(&self) -> Option<&str> {
        match &self.kind {
            ViewKind::Series { .. } => None,
            ViewKind::Top { per, .. } => per.as_deref(),
        }
    }

    /// Name and metric of each column.
    pub(crate) fn metrics(&self) -> &[(String, Metric)] {
        match &self.kind {
            ViewKind::Series { metrics, .. } | ViewKind::Top { metrics, .. } => metrics,
        }
    }

    /// The place of the metric that ranks.
    pub(crate) fn order(&self) -> usize {
        match &self.kind {
            ViewKind::Series { .. } => 0,
            ViewKind::Top { order, .. } => *order,
        }
    }
}
