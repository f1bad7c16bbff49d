//! What happens to the connection, for who watches it.

use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// There is a connection.
    Connected,
    /// There is none, and why: it broke, or could not be made. Told at each try.
    Lost(String),
    /// The broker refused a frame.
    Refused(Refusal),
    /// So many events were left out, because nobody took them in time.
    Missed(u64),
}

/// Why a frame was refused. Only its topic says which frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why, for programs: `forbidden`, `tooManySubscriptions` and so on.
    pub code: String,
    /// Why, for people.
    pub message: String,
    /// About which topic, or empty.
    pub topic: String,
}

/// The events of a client, from the moment on at which they were asked for. The first is
/// that there is a connection, if there is one.
#[derive(Debug)]
pub struct Events {
    first: Option<Event>,
    receiver: Option<Receiver<Event>>,
}

impl Events {
    pub(crate) fn new(connected: bool, receiver: Option<Receiver<Event>>) -> Self {
        Events { first: connected.then_some(Event::Connected), receiver }
    }

    /// The next event; none once the client is closed.
    pub async fn next(&mut self) -> Option<Event> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        match self.receiver.as_mut()?.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(Event::Missed(count)),
            Err(RecvError::Closed) => None,
        }
    }
}
