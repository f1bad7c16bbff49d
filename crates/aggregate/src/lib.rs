//! Aggregates that merge in any order to the same bytes.
//!
//! A view's metrics in one window, or for one key of it, are a [`Cell`]: one state a
//! metric. A state has a zero, takes the values of records, merges with others and
//! gives an [`Output`]. Merging is associative and commutative and its result is
//! canonical: equal for every tree of merges. That is what lets every worker fold
//! its own share of an epoch first and exchange only what came of it.
//!
//! ```
//! use oriel_aggregate::{Cell, Function, Number, Output, Scalar};
//! use oriel_time::EventTime;
//! let mut left = Cell::zero(&[Function::Count, Function::Sum]);
//! let mut right = left.clone();
//! let give = |cell: &mut Cell, value| {
//!     cell.add(0);
//!     cell.take(1, EventTime::from_millis(0), Scalar::Number(Number::from_i64(value)));
//! };
//! give(&mut left, i64::MAX);
//! give(&mut right, 1);
//! give(&mut right, -1);
//! left.merge(&right);
//! assert_eq!(left.outputs().collect::<Vec<_>>(), [Output::Long(3), Output::Long(i64::MAX)]);
//! ```

mod aggregate;
mod average;
mod bins;
mod cell;
mod count;
mod decimal;
mod distinct;
mod dyadic;
mod edge;
mod extreme;
mod function;
mod number;
mod output;
mod quantile;
mod registers;
mod scalar;
mod state;
mod sum;

pub use cell::Cell;
pub use function::Function;
pub use number::Number;
pub use output::{Output, OutputType};
pub use scalar::Scalar;
