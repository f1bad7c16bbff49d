//! Partitions by hand.

use super::*;

const RULES: WatermarkRules = WatermarkRules {
    disorder: Span::from_millis(2),
    idle: Some(Span::from_millis(10)),
    jump: None,
    align: Some(Span::from_millis(100)),
};
const JUMPS: WatermarkRules = WatermarkRules { jump: Some(Span::from_millis(50)), ..RULES };

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

fn cut(caught_up: i64, ended: bool) -> PartitionCut {
    PartitionCut { caught_up: Span::from_millis(caught_up), ended }
}

fn spreads(rules: &WatermarkRules, times: &[i64]) -> Vec<Spread> {
    let mut all = Vec::new();
    for time in times {
        Spread::new(rules.stretch(at(*time)), at(*time), 0).merge_into(&mut all);
    }
    all
}

fn give(partition: &mut Partition, rules: &WatermarkRules, times: &[i64]) -> Option<EventTime> {
    partition.close(&mut spreads(rules, times), &cut(0, false), rules)
}

fn silent(partition: &mut Partition, millis: i64) {
    partition.close(&mut [], &cut(millis, false), &RULES);
}

fn seen(time: i64) -> Partition {
    let mut partition = Partition::new(EventTime::BEGINNING);
    give(&mut partition, &RULES, &[time]);
    partition
}

#[test]
fn the_slowest_partition_holds_the_others_back() {
    let all = [seen(10), seen(5)];
    assert_eq!(stream(&all), at(3));
    assert_eq!(all.map(|p| p.stand(at(3), RULES.align).holds), [false, true]);
    let waiting = Partition::new(EventTime::BEGINNING);
    assert_eq!(stream(&[seen(10), waiting]), EventTime::BEGINNING);
}

#[test]
fn an_earlier_event_never_moves_a_watermark_back() {
    let mut partition = seen(10);
    give(&mut partition, &RULES, &[4]);
    assert_eq!(stream(&[partition]), at(8));
}

#[test]
fn an_idle_partition_is_left_out_until_its_next_record() {
    let mut idle = seen(5);
    silent(&mut idle, 10);
    assert_eq!(stream(&[seen(20), idle.clone()]), at(18));
    give(&mut idle, &RULES, &[6]);
    assert_eq!(stream(&[seen(20), idle]), at(4));
}

#[test]
fn when_all_are_idle_the_watermark_goes_on_with_the_time_of_silence() {
    let mut partition = seen(10);
    silent(&mut partition, 9);
    assert_eq!(stream(std::slice::from_ref(&partition)), at(8));
    silent(&mut partition, 30);
    assert_eq!(stream(&[partition]), at(38));
}

#[test]
fn of_two_idle_partitions_as_far_ahead_the_longer_silence_counts_in_any_order() {
    let silent = |millis| {
        let mut partition = seen(10);
        silent(&mut partition, millis);
        partition
    };
    assert_eq!(stream(&[silent(30), silent(12)]), at(38));
    assert_eq!(stream(&[silent(12), silent(30)]), at(38));
}

#[test]
fn never_idle_means_that_silence_moves_nothing() {
    let mut partition = seen(10);
    let never = WatermarkRules { idle: None, ..RULES };
    partition.close(&mut [], &cut(1_000_000, false), &never);
    assert_eq!(stream(&[partition]), at(8));
}

#[test]
fn only_when_every_partition_has_ended_is_it_the_end_of_time() {
    let mut ended = seen(10);
    ended.close(&mut [], &cut(0, true), &RULES);
    assert_eq!(stream(&[ended.clone(), seen(5)]), at(3));
    assert_eq!(stream(&[ended]), EventTime::END);
}

#[test]
fn a_source_without_partitions_has_not_ended() {
    assert_eq!(stream(&[]), EventTime::BEGINNING);
}

#[test]
fn a_partition_that_appears_later_starts_at_the_streams_watermark() {
    assert_eq!(stream(&[seen(10), Partition::new(at(8))]), at(8));
}

#[test]
fn a_record_a_jump_ahead_moves_nothing_and_one_less_far_does() {
    let mut partition = Partition::new(EventTime::BEGINNING);
    assert_eq!(give(&mut partition, &JUMPS, &[10, 11, 12]), Some(at(12)));
    assert_eq!(give(&mut partition, &JUMPS, &[13, 14, 63, 64 + 50]), Some(at(63)));
    assert_eq!(give(&mut partition, &JUMPS, &[60, 61, 63 + 51]), Some(at(63)));
    assert_eq!(stream(&[partition]), at(61));
}

#[test]
fn times_reached_step_by_step_are_no_jump_however_far_they_lead() {
    let mut partition = Partition::new(EventTime::BEGINNING);
    give(&mut partition, &JUMPS, &[0]);
    assert_eq!(give(&mut partition, &JUMPS, &[200, 50, 150, 100, 300]), Some(at(200)));
}

#[test]
fn a_jump_of_most_records_is_the_new_time() {
    let mut partition = Partition::new(EventTime::BEGINNING);
    give(&mut partition, &JUMPS, &[0]);
    assert_eq!(give(&mut partition, &JUMPS, &[1, 1_000]), Some(at(1)), "a half is not most");
    assert_eq!(give(&mut partition, &JUMPS, &[2, 1_000, 1_001]), Some(at(1_001)));
}

#[test]
fn one_old_record_at_the_start_does_not_make_all_others_a_jump() {
    let mut partition = Partition::new(EventTime::BEGINNING);
    assert_eq!(give(&mut partition, &JUMPS, &[0, 5_000, 5_001]), Some(at(5_001)));
}

#[test]
fn a_partition_far_ahead_of_the_stream_is_not_to_be_read() {
    let ahead = |time: i64, stream| seen(time).stand(stream, RULES.align).ahead;
    assert!(!ahead(102, at(0)) && ahead(103, at(0)));
    assert!(!ahead(103, EventTime::BEGINNING), "nobody knows yet where the stream is");
    assert!(!seen(500).stand(at(0), None).ahead);
}
