//! What a subscription asks for, and what it gets.

use std::sync::Arc;

use oriel_protocol::pubsub::{Cursor, Resume, Topic};

/// How a subscription begins, and how it goes on after a broken connection.
///
/// | | at the beginning | after a broken connection |
/// |---|---|---|
/// | `How::default()` | what is published from now on | the same, and the next update says `gap` |
/// | [`How::latest`] | the remembered value, then the same | the remembered value if it is another one |
/// | [`How::resume`] | what is published from now on | what was missed, or else the newest with `gap` |
/// | [`How::after`] | what came after a place | the same |
///
/// A wildcard cannot be resumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// The remembered value first, of every topic that is meant.
    pub latest: bool,
    /// From which place, and then without a loss that is not told.
    pub resume: Option<Resume>,
}

impl How {
    /// The present state, and what it becomes.
    pub fn latest() -> Self {
        How { latest: true, resume: None }
    }

    /// Everything from now on.
    pub fn resume() -> Self {
        How { latest: false, resume: Some(Resume::First) }
    }

    /// Everything after a place that an update of an earlier run told. On a connection on
    /// which the same topic was unsubscribed from it begins with a `gap`, to be on the safe
    /// side: values that were still on their way cannot be told from those asked for.
    pub fn after(cursor: Cursor) -> Self {
        How { latest: false, resume: Some(Resume::After(cursor)) }
    }
}

/// A publication, as a subscription gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    /// Where it was published.
    pub topic: Topic,
    /// What: the text of a JSON value.
    pub data: Arc<str>,
    /// When, in epoch milliseconds; grows strictly within a topic.
    pub timestamp: i64,
    /// Where in its topic it is, if the subscription resumes.
    pub cursor: Option<Cursor>,
    /// So many publications just before it were left out, because newer ones came before
    /// there was room for them.
    pub skipped: u64,
    /// Before it something may be lost, nobody knows how much.
    pub gap: bool,
}
