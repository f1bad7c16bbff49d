//! What a client counts about itself.

/// Numbers since the beginning, for metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// There is a connection now.
    pub connected: bool,
    /// Connections made.
    pub connections: u64,
    /// Kept values sent, those sent again included.
    pub kept_sent: u64,
    /// Kept values that newer ones replaced before they were sent.
    pub kept_replaced: u64,
    /// Publications sent from the queue.
    pub queued_sent: u64,
    /// Publications that made way in a full queue.
    pub queue_dropped: u64,
    /// Publications that were just being sent when a connection broke: they may be lost.
    pub interrupted: u64,
    /// Publications not taken, because there was no room.
    pub full: u64,
    /// Publications not taken, because no broker would take them.
    pub too_large: u64,
    /// Frames that the broker refused.
    pub refused: u64,
    /// Updates that came for subscriptions.
    pub received: u64,
    /// Updates left out for newer ones, because nobody took them in time.
    pub skipped: u64,
    /// Frames of the broker that cannot be read.
    pub unreadable: u64,
}
