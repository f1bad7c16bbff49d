//! A number of bytes, written `1MiB`, `256MB` or `4096`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
///
/// ```
/// use oriel_runtime::size::Size;
/// assert_eq!("1MiB".parse::<Size>().unwrap().bytes(), 1 << 20);
/// assert_eq!(Size::new(2048).to_string(), "2KiB");
/// assert!("1M".parse::<Size>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size(u64);

/// Names that stand for one number only, the larger before the smaller.
const UNITS: [(&str, u64); 6] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

impl Size {
    /// That many bytes.
    pub const fn new(bytes: u64) -> Self {
        Size(bytes)
    }

    /// How many bytes it is.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// The same for what is in memory, at most as many as this machine can count.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Why a text is no size.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a size is a whole number of bytes, or of KB, MB, GB, KiB, MiB or GiB, such as 256MB or 1GiB")]
pub struct ParseSizeError;

impl FromStr for Size {
    type Err = ParseSizeError;

    fn from_str(text: &str) -> Result<Self, ParseSizeError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| ParseSizeError)?;
        if unit.is_empty() {
            return Ok(Size(number));
        }
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(ParseSizeError)?;
        number.checked_mul(*size).map(Size).ok_or(ParseSizeError)
    }
}

impl fmt::Display for Size {
    /// The largest unit that divides it, as a user would write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, size): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*size);
        match UNITS.iter().find(fits) {
            Some((name, size)) => write!(f, "{}{name}", self.0 / size),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_parses_and_prints_back() {
        for text in ["0", "1", "1KB", "3MB", "7GB", "1KiB", "512KiB", "256MiB", "4GiB", "1025"] {
            assert_eq!(text.parse::<Size>().expect(text).to_string(), text);
        }
        assert_eq!("1048576".parse::<Size>().expect("a size").to_string(), "1MiB");
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in
            ["", "MiB", "-1", "1.5MiB", "1 MiB", "1M", "1mib", "99999999999999999999", "99999999999GiB"]
        {
            assert_eq!(text.parse::<Size>(), Err(ParseSizeError), "{text}");
        }
    }
}
