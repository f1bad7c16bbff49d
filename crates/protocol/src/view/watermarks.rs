//! How far each partition of a stream has come, as it is published on `<topic>._watermark`.

use serde::{Deserialize, Serialize};

/// What the topic of a stream's watermarks has after the stream's topic.
pub const WATERMARK: &str = "._watermark";

/// Where a partition is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartitionState {
    /// It has given no record yet, and holds the stream at the beginning of time.
    Waiting,
    /// It gives records.
    Active,
    /// It has nothing to give and is left out.
    Idle,
    /// It has ended by itself and is left out.
    Ended,
    /// It is too far ahead of the others and is not read on.
    Paused,
    /// Anything a later version may send.
    #[serde(other)]
    Other,
}

/// One partition of the source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub state: PartitionState,
    /// Its watermark in epoch milliseconds; null before its first record.
    pub watermark: Option<i64>,
    /// The largest event time seen in it, in epoch milliseconds.
    pub largest: Option<i64>,
    /// Whether the stream's watermark waits for this partition.
    pub holds: bool,
}

/// The watermark of a stream and of each partition of its source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Watermarks {
    /// The stream's, in epoch milliseconds; null before the first record.
    pub watermark: Option<i64>,
    /// Every partition.
    pub partitions: Vec<Partition>,
}
