//! What comes out of an outbox, as bytes for a WebSocket or an event stream.

use oriel_protocol::pubsub::{Beside, Cursor, Epoch, event};
use oriel_topics::{Next, Sent};

use crate::wire::text_frame;

/// What the connection asked to be told besides.
fn beside(sent: &Sent, epoch: Epoch) -> Beside {
    let Sent { publication, how, skipped, gap } = sent;
    Beside {
        cursor: how.stamped.then_some(Cursor { epoch, seq: publication.seq }),
        gap: *gap && how.stamped,
        skipped: if how.stamped || how.told { *skipped } else { 0 },
    }
}

/// Appends a WebSocket frame. `tail` is scratch room.
pub(crate) fn write_frame(into: &mut Vec<u8>, next: &Next, epoch: Epoch, tail: &mut Vec<u8>) {
    match next {
        Next::Answer(text) => text_frame(into, &[text]),
        Next::Publication(sent) => {
            let (shared, own) = sent.publication.frame.with(&beside(sent, epoch), tail);
            text_frame(into, &[shared, own]);
        }
    }
}

/// Appends a server-sent event; an event stream has no answers.
pub(crate) fn write_event(into: &mut Vec<u8>, next: &Next, epoch: Epoch) {
    if let Next::Publication(sent) = next {
        event(&sent.publication.topic, &sent.publication.frame, &beside(sent, epoch), into);
    }
}
