//! Where in its frames a client is, told from their headers alone.
//!
//! The library that reads them keeps a buffer as large as the largest frame ever was. To
//! begin with a new one it has to be known when the old one is empty, which only whoever
//! has counted what went in can tell.

/// Of a client's frame: two bytes, eight of a length, four of a mask.
const HEADER: usize = 14;

/// The last frame of a message.
const FINAL: u8 = 0x80;

/// A frame that is no part of a message, but between its frames.
const CONTROL: u8 = 0x08;

/// A frame has a mask.
const MASKED: u8 = 0x80;

/// How far a client's frames have come.
#[derive(Debug)]
pub(crate) struct Inlet {
    /// What is not larger is not worth beginning anew.
    small: usize,
    header: [u8; HEADER],
    /// So much of the header has come, if the frame has not begun.
    have: usize,
    /// What has still to come of the frame, once its header has.
    left: u64,
    /// What has come of a message that is not whole.
    message: usize,
    /// A message has begun and is not whole.
    unfinished: bool,
    /// The largest that a message has become since the library is new.
    largest: usize,
    /// Whole messages and control frames that the library has not given.
    waiting: u64,
}

impl Inlet {
    pub(crate) fn new(small: usize) -> Self {
        Inlet {
            small,
            header: [0; HEADER],
            have: 0,
            left: 0,
            message: 0,
            unfinished: false,
            largest: 0,
            waiting: 0,
        }
    }

    /// How much of that may be read at once. After something large no more than a frame or
    /// its header, so that the library comes to hold nothing.
    pub(crate) fn room(&self, wanted: usize) -> usize {
        if !self.is_large() {
            return wanted;
        }
        let rest = match self.left {
            0 => needed(&self.header[..self.have]) - self.have,
            left => usize::try_from(left).unwrap_or(usize::MAX),
        };
        wanted.min(rest)
    }

    /// Follows what was read.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.left == 0 {
                self.header[self.have] = byte;
                self.have += 1;
                bytes = rest;
                if self.have == needed(&self.header[..self.have]) {
                    self.begin();
                }
                continue;
            }
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            bytes = &bytes[count..];
            self.left -= count as u64;
            if !self.is_control() {
                self.message += count;
                self.largest = self.largest.max(self.message);
            }
            if self.left == 0 {
                self.end();
            }
        }
    }

    /// The library has given a message or a control frame.
    pub(crate) fn given(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// The most that the library has held.
    pub(crate) fn largest(&self) -> usize {
        self.largest
    }

    /// Whether it should begin anew: it has held something large, and holds nothing.
    pub(crate) fn is_done(&self) -> bool {
        let empty = self.have == 0 && self.left == 0 && self.waiting == 0 && !self.unfinished;
        self.is_large() && empty
    }

    /// The library is new.
    pub(crate) fn renewed(&mut self) {
        self.largest = 0;
    }

    fn is_large(&self) -> bool {
        self.largest > self.small
    }

    fn is_control(&self) -> bool {
        self.header[0] & CONTROL != 0
    }

    /// The header is whole.
    fn begin(&mut self) {
        self.left = length(&self.header);
        self.have = 0;
        if self.left == 0 {
            self.end();
        }
    }

    /// The frame is whole.
    fn end(&mut self) {
        let last = self.header[0] & FINAL != 0;
        if !self.is_control() {
            self.unfinished = !last;
            self.message = if last { 0 } else { self.message };
        }
        // One in between that claims to go on is a mistake, which the library has yet to see.
        self.waiting += u64::from(last || self.is_control());
    }
}

/// The bytes of a header that begins like that.
fn needed(header: &[u8]) -> usize {
    let Some(second) = header.get(1) else { return 2 };
    let mask = if second & MASKED == 0 { 0 } else { 4 };
    match second & !MASKED {
        126 => 4 + mask,
        127 => 10 + mask,
        _ => 2 + mask,
    }
}

fn length(header: &[u8; HEADER]) -> u64 {
    match header[1] & !MASKED {
        126 => u16::from_be_bytes([header[2], header[3]]).into(),
        127 => header[2..10].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        short => short.into(),
    }
}
