//! Where in a topic a subscriber is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One life of a broker: 16 hex digits, drawn at its start. Numbers of different epochs
/// have nothing to do with each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of that number.
    pub fn new(number: u64) -> Self {
        Epoch(number)
    }
}

/// The last publication of a topic that a subscriber has: `EPOCH:SEQ`.
///
/// ```
/// use oriel_protocol::pubsub::Cursor;
/// let cursor: Cursor = "00000000000000ff:7".parse().unwrap();
/// assert_eq!((cursor.seq, cursor.to_string().as_str()), (7, "00000000000000ff:7"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Cursor {
    /// The life of the broker in which it was numbered.
    pub epoch: Epoch,
    /// Its number, which grows strictly within its topic and epoch.
    pub seq: u64,
}

/// From where a subscriber wants to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resume {
    /// It was never here: from now on.
    First,
    /// From what follows this.
    After(Cursor),
}

/// What is no cursor, or no epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a place in a topic is EPOCH:SEQ, 16 hex digits and a whole number, as data frames carry them")]
pub struct CursorError;

impl FromStr for Epoch {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        number.map(Epoch).ok_or(CursorError)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (epoch, seq) = text.split_once(':').ok_or(CursorError)?;
        let digits = seq.bytes().all(|byte| byte.is_ascii_digit());
        let seq = seq.parse().ok().filter(|_| digits).ok_or(CursorError)?;
        Ok(Cursor { epoch: epoch.parse()?, seq })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (epoch, seq) in [(0, 0), (u64::MAX, u64::MAX), (0xabc, 1)] {
            let cursor = Cursor { epoch: Epoch::new(epoch), seq };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in ["", ":", "0:1", "00000000000000000:1", "000000000000000g:1", "+00000000000000f:1"] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
        for seq in ["", "-1", "+1", "1.0", "18446744073709551616", " 1"] {
            let text = format!("{:016x}:{seq}", 1);
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }
}
