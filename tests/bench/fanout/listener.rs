//! Messages that can be counted and timed, and who does so.

use super::socket::Socket;
use memchr::memmem;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Bytes of a message.
pub(crate) const SIZE: usize = 256;

/// How a message begins, which is nowhere else.
const MARK: &str = "{\"n\":\"";

/// Who hears nothing for that long has lost the rest.
const SILENCE: Duration = Duration::from_secs(10);

/// A message of a topic: its number, when it was sent, and what fills it up.
pub(crate) fn message(number: usize, sent: Duration) -> String {
    let head = format!("{MARK}{number:010}\",\"at\":\"{:020}\",\"pad\":\"", sent.as_nanos());
    format!("{head:x<0$}\"}}", SIZE - 2)
}

/// Takes all whole messages out of what was received, whatever is around them.
pub(crate) fn take(plain: &mut Vec<u8>, mut each: impl FnMut(usize, Duration)) {
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let mut done = 0;
    for at in memmem::find_iter(plain, MARK) {
        let Some(message) = plain.get(at..at + SIZE) else { break };
        each(number(&message[6..16]) as usize, Duration::from_nanos(number(&message[24..44])));
        done = at + SIZE;
    }
    plain.drain(..done);
}

/// A subscriber of one topic.
pub(crate) struct Listener {
    socket: Socket,
    /// The number of the message that is due.
    pub(crate) next: usize,
    /// Those that did not come.
    pub(crate) lost: usize,
    /// How long each was on its way, if that is asked for.
    pub(crate) latencies: Vec<Duration>,
    timed: bool,
}

impl Listener {
    pub(crate) fn new(socket: Socket, timed: bool) -> Listener {
        Listener { socket, next: 0, lost: 0, latencies: Vec::new(), timed }
    }

    /// Hears what there is; false when nothing more comes.
    pub(crate) async fn hear(&mut self, begun: Instant) -> bool {
        if timeout(SILENCE, self.socket.fill()).await != Ok(true) {
            return false;
        }
        take(&mut self.socket.plain, |number, sent| {
            assert!(number >= self.next, "message {number} came twice or late");
            self.lost += number - self.next;
            self.next = number + 1;
            if self.timed {
                self.latencies.push(begun.elapsed().saturating_sub(sent));
            }
        });
        true
    }
}

/// A quantile of times, in milliseconds.
pub(crate) fn quantile(times: &mut [Duration], quantile: f64) -> f64 {
    let place = (times.len() as f64 * quantile) as usize;
    let (_, time, _) = times.select_nth_unstable(place);
    time.as_secs_f64() * 1_000.0
}
