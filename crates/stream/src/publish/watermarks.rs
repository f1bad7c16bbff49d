//! How far each partition has come, for the topic of watermarks.

use crate::render::watermark;
use oriel_dataflow::Engine;
use oriel_protocol::view::{Partition, PartitionState, Watermarks};
use oriel_window::{Life, PartitionStand};

/// As the engine has it now.
pub(super) fn read(engine: &Engine) -> Watermarks {
    let totals = engine.totals();
    let stands = engine.partitions().iter().zip(&totals.partitions);
    Watermarks {
        watermark: watermark(totals.watermark),
        partitions: stands.map(|(name, stand)| partition(name, stand)).collect(),
    }
}

fn partition(name: &str, stand: &PartitionStand) -> Partition {
    Partition {
        name: name.to_owned(),
        state: state(stand),
        watermark: watermark(stand.watermark),
        largest: watermark(stand.largest),
        holds: stand.holds,
    }
}

/// What a partition is doing, as people see it.
pub(crate) fn state(stand: &PartitionStand) -> PartitionState {
    match stand.life {
        _ if stand.ahead => PartitionState::Paused,
        Life::Waiting => PartitionState::Waiting,
        Life::Active => PartitionState::Active,
        Life::Idle => PartitionState::Idle,
        Life::Ended => PartitionState::Ended,
    }
}
