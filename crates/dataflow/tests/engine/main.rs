//! The engine as a whole: nothing that is not decided may show in a result.

mod caps;
mod sources;
mod support;
mod workers;
