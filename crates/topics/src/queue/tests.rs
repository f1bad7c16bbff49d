//! A connection's queue: below its budget, beyond it, and against a model.

use std::collections::BTreeMap;

use oriel_protocol::pubsub::DataFrame;
use proptest::prelude::*;

use super::*;
use crate::audience::How;
use crate::settings::Slow;

fn publication(topic: &str, value: usize) -> Arc<Publication> {
    let topic: Topic = topic.parse().expect(topic);
    // As long for each value, so that a budget is a number of entries.
    let frame = DataFrame::new(&topic, &format!("\"{value:04}\""), 0);
    let slow = match topic.as_str() {
        "o" | "p" => Slow::DropOldest,
        _ if topic.is_command() => Slow::Disconnect,
        _ => Slow::Conflate,
    };
    Arc::new(Publication { topic, frame, seq: value as u64, slow })
}

fn room_for(entries: usize) -> usize {
    entries * (publication("a", 0).frame.bytes().len() + ENTRY_BYTES)
}

fn queue(budget: usize) -> Queue {
    Queue::new(budget, 100)
}

fn push(queue: &mut Queue, topic: &str, value: usize) -> Result<Queued, Overflow> {
    queue.push(&publication(topic, value), TOLD)
}

const TOLD: How = How { stamped: false, told: true, replaying: false };

fn replaced(replaced: usize) -> Result<Queued, Overflow> {
    Ok(Queued { replaced, dropped: 0 })
}

fn bytes(next: Next) -> Bytes {
    match next {
        Next::Answer(bytes) => bytes,
        Next::Publication(sent) => sent.publication.frame.bytes().clone(),
    }
}

fn drained(queue: &mut Queue) -> Vec<Bytes> {
    std::iter::from_fn(|| queue.pop()).map(bytes).collect()
}

fn check(queue: &mut Queue, expected: &[(&str, usize)]) {
    let frames = expected.iter().map(|(topic, value)| publication(topic, *value).frame.bytes().clone());
    assert_eq!(drained(queue), frames.collect::<Vec<_>>());
    assert_eq!((queue.entries.len(), queue.bytes()), (0, 0));
    assert!(queue.index.is_none());
}

#[test]
fn nothing_is_dropped_below_the_budget() {
    let mut queue = queue(room_for(4));
    for value in 0..4 {
        assert_eq!(push(&mut queue, "a", value), replaced(0));
    }
    assert_eq!(queue.bytes(), room_for(4));
    check(&mut queue, &[("a", 0), ("a", 1), ("a", 2), ("a", 3)]);
}

#[test]
fn beyond_the_budget_the_newest_value_replaces_older_ones() {
    let mut queue = queue(room_for(4));
    for (topic, value) in [("a", 0), ("a", 1), ("b", 2), ("a", 3)] {
        push(&mut queue, topic, value).expect("room");
    }
    assert_eq!(push(&mut queue, "a", 4), replaced(2));
    check(&mut queue, &[("b", 2), ("a", 3), ("a", 4)]);
}

#[test]
fn a_topic_of_its_own_is_never_lost() {
    let mut queue = queue(room_for(2));
    for (value, topic) in ["a", "b", "c", "d", "a", "c"].into_iter().enumerate() {
        push(&mut queue, topic, value).expect("replaced");
    }
    assert_eq!(queue.bytes(), room_for(4));
    check(&mut queue, &[("a", 4), ("b", 1), ("c", 5), ("d", 3)]);
}

#[test]
fn a_value_keeps_its_turn_however_often_it_is_replaced() {
    let mut queue = queue(room_for(2));
    for round in 0..10 {
        for topic in ["a", "b", "c"] {
            push(&mut queue, topic, round).expect("replaced");
        }
    }
    check(&mut queue, &[("a", 9), ("b", 9), ("c", 9)]);
}

#[test]
fn commands_overflow_rather_than_replace_each_other() {
    let mut queue = queue(2 * room_for(1) + 20);
    push(&mut queue, "aQuery", 0).expect("room");
    push(&mut queue, "aQuery", 1).expect("room");
    assert_eq!(push(&mut queue, "aQuery", 2), Err(Overflow));
    assert_eq!(push(&mut queue, "a", 1), replaced(0));
    assert_eq!(queue.entries.len(), 3, "the commands before are still there");
    assert_eq!(queue.clear(), 3);
    assert!(queue.is_empty());
}

#[test]
fn an_answer_is_never_dropped_and_may_overflow() {
    let mut queue = queue(room_for(2));
    queue.answer(Bytes::from_static(b"no")).expect("room");
    for value in 0..9 {
        push(&mut queue, "a", value).expect("replaced");
    }
    assert_eq!(queue.answer(Bytes::from(vec![b'x'; room_for(2)])), Err(Overflow));
    assert_eq!(queue.pop(), Some(Next::Answer(Bytes::from_static(b"no"))));
    check(&mut queue, &[("a", 8)]);
}

#[test]
fn one_frame_larger_than_the_budget_still_passes() {
    let mut queue = queue(1);
    push(&mut queue, "aQuery", 1).expect("the only one");
    check(&mut queue, &[("aQuery", 1)]);
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Pop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![3 => (0..6_usize).prop_map(Step::Push), 2 => Just(Step::Pop)];
    proptest::collection::vec(step, 0..200)
}

/// The topic of a publication's frame and the number in it.
fn read(frame: &Bytes, pushed: &[Arc<Publication>]) -> (Topic, usize) {
    let at = pushed.iter().position(|publication| publication.frame.bytes() == frame);
    let at = at.expect("only what was pushed comes out");
    (pushed[at].topic.clone(), at)
}

proptest! {
    /// Whatever is pushed and popped: each topic's values come in order and without a
    /// duplicate, the newest always comes, the drops and bytes add up, nothing is
    /// dropped that fits, and what is held is within the budget or one value a topic.
    #[test]
    fn a_queue_keeps_its_promises(steps in steps(), room in 1..8_usize) {
        let mut queue = queue(room_for(room));
        let (mut pushed, mut popped, mut dropped) = (Vec::new(), Vec::new(), 0);
        for step in steps {
            match step {
                Step::Push(topic) => {
                    let next = publication(["a", "b", "c", "d", "e", "f"][topic], pushed.len());
                    let fits = queue.is_empty() || queue.bytes() + room_for(1) <= room_for(room);
                    pushed.push(Arc::clone(&next));
                    let queued = queue.push(&next, TOLD).expect("no commands here");
                    prop_assert!(!fits || queued == Queued::default());
                    dropped += queued.replaced + queued.dropped;
                }
                Step::Pop => popped.extend(queue.pop().map(told)),
            }
            prop_assert_eq!(queue.bytes(), queue.entries.len() * room_for(1));
            prop_assert_eq!(pushed.len(), popped.len() + queue.entries.len() + dropped);
            prop_assert!(queue.entries.len() <= room.max(6));
        }
        popped.extend(std::iter::from_fn(|| queue.pop()).map(told));
        prop_assert!(queue.index.is_none());
        let mut last: BTreeMap<Topic, usize> = BTreeMap::new();
        for (frame, skipped) in &popped {
            let (topic, number) = read(frame, &pushed);
            let before = last.insert(topic.clone(), number);
            prop_assert!(before.is_none_or(|before| before < number));
            let from = before.map_or(0, |before| before + 1);
            let between = pushed[from..number].iter().filter(|other| other.topic == topic).count();
            prop_assert_eq!(*skipped, between as u64, "what was left out is told");
        }
        for (number, publication) in pushed.iter().enumerate() {
            prop_assert!(last[&publication.topic] >= number, "the newest of each topic came");
        }
    }
}

/// The frame, and how many it says were left out before.
fn told(next: Next) -> (Bytes, u64) {
    let skipped = match &next {
        Next::Publication(sent) => sent.skipped,
        Next::Answer(_) => 0,
    };
    (bytes(next), skipped)
}

#[test]
fn the_oldest_go_where_that_is_the_policy_and_the_next_says_how_many() {
    let mut queue = queue(room_for(8));
    for value in 0..8 {
        assert_eq!(push(&mut queue, "o", value), replaced(0));
    }
    let Ok(Queued { replaced: 0, dropped }) = push(&mut queue, "p", 8) else { panic!("dropped") };
    assert!((1..=3).contains(&dropped), "{dropped}");
    let all: Vec<_> = std::iter::from_fn(|| queue.pop()).map(told).collect();
    assert_eq!(all.len(), 9 - dropped);
    assert_eq!(all[0], (publication("o", dropped).frame.bytes().clone(), dropped as u64));
    assert!(all[1..].iter().all(|(_, skipped)| *skipped == 0));
}

#[test]
fn what_was_dropped_of_a_topic_is_told_when_it_comes_again() {
    let mut queue = queue(room_for(2));
    push(&mut queue, "p", 0).expect("room");
    for value in 1..9 {
        push(&mut queue, "o", value).expect("dropped");
    }
    push(&mut queue, "p", 9).expect("dropped");
    let last = std::iter::from_fn(|| queue.pop()).map(told).last().expect("some");
    assert_eq!(last, (publication("p", 9).frame.bytes().clone(), 1));
}

#[test]
fn whoever_invents_topics_does_not_fill_the_memory() {
    let mut queue = Queue::new(room_for(2), 5);
    for value in 0..5 {
        push(&mut queue, &format!("t{value}"), value).expect("one value a topic");
    }
    assert_eq!(push(&mut queue, "t5", 5), Err(Overflow));
    assert!(push(&mut queue, "t0", 6).is_ok(), "those that are there are still replaced");
}

#[test]
fn a_number_that_was_not_expected_is_a_gap_once() {
    let mut queue = queue(room_for(9));
    let pattern: Pattern = "a".parse().expect("a pattern");
    let how = How { stamped: true, ..How::default() };
    let gaps = |queue: &mut Queue, values: &[usize]| -> Vec<bool> {
        for value in values {
            queue.push(&publication("a", *value), how).expect("room");
        }
        let sent = std::iter::from_fn(|| queue.pop()).map(|next| match next {
            Next::Publication(sent) => sent.gap,
            Next::Answer(_) => panic!("no answer"),
        });
        sent.collect()
    };
    let topic: Topic = "a".parse().expect("a topic");
    let over = |seq| Replay { pieces: Vec::new(), how, next: None, expect: Some(seq) };
    queue.replayed(&topic, &over(3)).expect("room");
    assert_eq!(gaps(&mut queue, &[3, 4]), [false, false]);
    queue.replayed(&topic, &over(3)).expect("room");
    assert_eq!(gaps(&mut queue, &[5, 6]), [true, false]);
    queue.replayed(&topic, &over(3)).expect("room");
    queue.end(&pattern);
    assert_eq!(gaps(&mut queue, &[7]), [false]);
}
