//! Values of flags, and what is said of those that make no sense.

use std::fmt::Display;
use std::str::FromStr;

use oriel_runtime::size::Size;
use oriel_time::Span;

/// A value that a flag can have.
pub(super) trait Value: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static {
    /// What it is, as messages say it.
    const WHAT: &'static str;
}

impl Value for usize {
    const WHAT: &'static str = "a whole number";
}

impl Value for u32 {
    const WHAT: &'static str = "a whole number";
}

impl Value for Size {
    const WHAT: &'static str = "a number of bytes, or of KB, MB, GB, KiB, MiB or GiB, such as 512KiB,";
}

impl Value for Span {
    const WHAT: &'static str = "a whole number of ms, s, m, h or d, such as 500ms or 2h,";
}

/// The reader of values that are not less.
pub(super) fn at_least<V: Value>(least: V) -> impl Fn(&str) -> Result<V, String> + Clone {
    move |text| {
        let value = text.parse().ok().filter(|value| *value >= least);
        value.ok_or_else(|| format!("it has to be {} of at least {least}", V::WHAT))
    }
}

/// The reader of values from one to another.
pub(super) fn within<V: Value>(from: V, to: V) -> impl Fn(&str) -> Result<V, String> + Clone {
    move |text| {
        let value = text.parse().ok().filter(|value| (&from..=&to).contains(&value));
        value.ok_or_else(|| format!("it has to be {} from {from} to {to}", V::WHAT))
    }
}
