//! Frames of which each counts, as far as there is room: the oldest make way.

use bytes::Bytes;
use std::collections::VecDeque;

/// Bytes that may wait: some 50,000 panes, more than anybody catches up with by reading.
const ROOM: usize = 16 << 20;

/// Frames in order.
#[derive(Default)]
pub(super) struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Queue {
    /// Appends a frame; says how many had to go for it.
    pub(super) fn push(&mut self, frame: Bytes) -> u64 {
        self.bytes += frame.len();
        self.frames.push_back(frame);
        let mut dropped = 0;
        // The newest stays, whatever its size.
        while self.bytes > ROOM && self.frames.len() > 1 {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    /// Takes the oldest.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_way_for_the_newest() {
        let mut queue = Queue::default();
        let frame = |byte: u8, size| Bytes::from(vec![byte; size]);
        assert_eq!(queue.push(frame(1, ROOM / 2)), 0);
        assert_eq!(queue.push(frame(2, ROOM / 2)), 0);
        assert_eq!(queue.push(frame(3, 1)), 1);
        assert_eq!(queue.push(frame(4, ROOM + 1)), 2);
        assert_eq!(queue.pop().map(|frame| frame[0]), Some(4));
        assert_eq!(queue.pop(), None);
        assert_eq!(queue.push(frame(5, ROOM)), 0);
    }
}
