//! How far each partition has come, and which one holds the others back.

use super::encode::Encode;
use crate::publish::partition_state;
use crate::render::watermark;
use oriel_dataflow::Totals;
use oriel_protocol::view::PartitionState;
use oriel_time::EventTime;
use oriel_window::PartitionStand;
use std::fmt;

const STATES: [(&str, PartitionState); 5] = [
    ("waiting", PartitionState::Waiting),
    ("active", PartitionState::Active),
    ("idle", PartitionState::Idle),
    ("ended", PartitionState::Ended),
    ("paused", PartitionState::Paused),
];

pub(super) fn encode(names: &[String], totals: &Totals, encode: &mut Encode<'_, '_>) -> fmt::Result {
    let help = "The watermark; 0 before the first record";
    encode.gauge("watermark_milliseconds", help, millis(totals.watermark))?;
    let all = || names.iter().map(String::as_str).zip(&totals.partitions);
    let mut times = |name, help, time: fn(&PartitionStand) -> EventTime| {
        encode.gauges(name, help, all().map(|(name, stand)| (vec![("partition", name)], millis(time(stand)))))
    };
    let help = "The watermark of each partition; 0 before its first record";
    times("partition_watermark_milliseconds", help, |stand| stand.watermark)?;
    let help = "The largest event time that moved each partition; 0 before its first record";
    times("partition_largest_milliseconds", help, |stand| stand.largest)?;
    let help = "Whether the stream's watermark waits for the partition";
    let holds = all().map(|(name, stand)| (vec![("partition", name)], i64::from(stand.holds)));
    encode.gauges("partition_holds", help, holds)?;
    let help = "1 for the state that the partition is in";
    let states = all().flat_map(|(name, stand)| {
        let is = partition_state(stand);
        STATES.map(|(word, state)| (vec![("partition", name), ("state", word)], i64::from(state == is)))
    });
    encode.gauges("partition_state", help, states)
}

fn millis(time: EventTime) -> i64 {
    watermark(time).unwrap_or(0)
}
