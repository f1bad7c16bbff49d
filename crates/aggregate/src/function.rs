//! The functions by name.

use crate::{OutputType, bins, distinct};

/// An aggregate function, as a configuration names it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Function {
    /// The number of records, or of those that have a field.
    Count,
    /// The exact sum of numbers.
    Sum,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// The exact sum by the count.
    Average,
    /// The value of the earliest record; of several the larger value.
    First,
    /// The value of the latest record; of several the larger value.
    Last,
    /// How many different values.
    Distinct,
    /// For q from 0 to 1, the number at place ⌊q · (n − 1)⌋ of all n in ascending
    /// order, the smallest at place 0: 0 asks for the minimum, 1 for the maximum.
    Quantile(f64),
}

impl Function {
    /// It takes numbers only.
    pub fn needs_number(self) -> bool {
        match self {
            Function::Sum | Function::Min | Function::Max | Function::Average | Function::Quantile(_) => true,
            Function::Count | Function::First | Function::Last | Function::Distinct => false,
        }
    }

    /// The error that a sketch may make, and the range over which that holds; none if it is exact.
    pub fn error(self) -> Option<String> {
        match self {
            Function::Distinct => Some(distinct::error()),
            Function::Quantile(_) => Some(bins::error()),
            _ => None,
        }
    }

    /// What its outputs are.
    pub fn output_type(self) -> OutputType {
        match self {
            Function::Count | Function::Distinct => OutputType::Long,
            Function::First | Function::Last => OutputType::Any,
            _ => OutputType::Number,
        }
    }
}
