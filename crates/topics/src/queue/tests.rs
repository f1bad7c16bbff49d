//! A connection's queue: below its budget, beyond it, and against a model.

use std::collections::BTreeMap;

use oriel_protocol::pubsub::DataFrame;
use proptest::prelude::*;

use super::*;

fn publication(topic: &str, value: usize) -> Arc<Publication> {
    let topic: Topic = topic.parse().expect(topic);
    // As long for each value, so that a budget is a number of entries.
    let frame = DataFrame::new(&topic, &format!("\"{value:04}\""), 0);
    Arc::new(Publication { topic, frame })
}

fn room_for(entries: usize) -> usize {
    entries * (publication("a", 0).frame.bytes().len() + ENTRY_BYTES)
}

fn drained(queue: &mut Queue) -> Vec<Bytes> {
    std::iter::from_fn(|| queue.pop()).collect()
}

fn check(queue: &mut Queue, expected: &[(&str, usize)]) {
    let frames = expected.iter().map(|(topic, value)| publication(topic, *value).frame.bytes().clone());
    assert_eq!(drained(queue), frames.collect::<Vec<_>>());
    assert_eq!((queue.len(), queue.bytes()), (0, 0));
    assert!(queue.index.is_none());
}

#[test]
fn nothing_is_dropped_below_the_budget() {
    let mut queue = Queue::new(room_for(4));
    for value in 0..4 {
        assert_eq!(queue.push(&publication("a", value)), Ok(Queued { dropped: 0 }));
    }
    assert_eq!(queue.bytes(), room_for(4));
    check(&mut queue, &[("a", 0), ("a", 1), ("a", 2), ("a", 3)]);
}

#[test]
fn beyond_the_budget_the_newest_value_replaces_older_ones() {
    let mut queue = Queue::new(room_for(4));
    for (topic, value) in [("a", 0), ("a", 1), ("b", 2), ("a", 3)] {
        queue.push(&publication(topic, value)).expect("room");
    }
    assert_eq!(queue.push(&publication("a", 4)), Ok(Queued { dropped: 2 }));
    check(&mut queue, &[("b", 2), ("a", 3), ("a", 4)]);
}

#[test]
fn a_topic_of_its_own_is_never_lost() {
    let mut queue = Queue::new(room_for(2));
    for (value, topic) in ["a", "b", "c", "d", "a", "c"].into_iter().enumerate() {
        queue.push(&publication(topic, value)).expect("replaced");
    }
    assert_eq!(queue.bytes(), room_for(4));
    check(&mut queue, &[("a", 4), ("b", 1), ("c", 5), ("d", 3)]);
}

#[test]
fn a_value_keeps_its_turn_however_often_it_is_replaced() {
    let mut queue = Queue::new(room_for(2));
    for round in 0..10 {
        for topic in ["a", "b", "c"] {
            queue.push(&publication(topic, round)).expect("replaced");
        }
    }
    check(&mut queue, &[("a", 9), ("b", 9), ("c", 9)]);
}

#[test]
fn commands_overflow_rather_than_replace_each_other() {
    let mut queue = Queue::new(2 * room_for(1) + 20);
    let command = |value| publication("aQuery", value);
    queue.push(&command(0)).expect("room");
    queue.push(&command(1)).expect("room");
    assert_eq!(queue.push(&command(2)), Err(Overflow));
    assert_eq!(queue.push(&publication("a", 1)), Ok(Queued { dropped: 0 }));
    assert_eq!(queue.len(), 3, "the commands before are still there");
    assert_eq!(queue.clear(), 3);
    assert!(queue.is_empty());
}

#[test]
fn an_answer_is_never_dropped_and_may_overflow() {
    let mut queue = Queue::new(room_for(2));
    queue.answer(Bytes::from_static(b"no")).expect("room");
    for value in 0..9 {
        queue.push(&publication("a", value)).expect("replaced");
    }
    assert_eq!(queue.answer(Bytes::from(vec![b'x'; room_for(2)])), Err(Overflow));
    assert_eq!(queue.pop().as_deref(), Some(b"no".as_slice()));
    check(&mut queue, &[("a", 8)]);
}

#[test]
fn one_frame_larger_than_the_budget_still_passes() {
    let mut queue = Queue::new(1);
    queue.push(&publication("aQuery", 1)).expect("the only one");
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
        let mut queue = Queue::new(room_for(room));
        let (mut pushed, mut popped, mut dropped) = (Vec::new(), Vec::new(), 0);
        for step in steps {
            match step {
                Step::Push(topic) => {
                    let next = publication(["a", "b", "c", "d", "e", "f"][topic], pushed.len());
                    let fits = queue.is_empty() || queue.bytes() + room_for(1) <= room_for(room);
                    pushed.push(Arc::clone(&next));
                    let queued = queue.push(&next).expect("no commands here");
                    prop_assert!(!fits || queued.dropped == 0);
                    dropped += queued.dropped;
                }
                Step::Pop => popped.extend(queue.pop()),
            }
            prop_assert_eq!(queue.bytes(), queue.len() * room_for(1));
            prop_assert_eq!(pushed.len(), popped.len() + queue.len() + dropped);
            prop_assert!(queue.len() <= room.max(6));
        }
        popped.extend(drained(&mut queue));
        prop_assert!(queue.index.is_none());
        let mut last = BTreeMap::new();
        for frame in &popped {
            let (topic, number) = read(frame, &pushed);
            prop_assert!(last.insert(topic, number).is_none_or(|before| before < number));
        }
        for (number, publication) in pushed.iter().enumerate() {
            prop_assert!(last[&publication.topic] >= number, "the newest of each topic came");
        }
    }
}
