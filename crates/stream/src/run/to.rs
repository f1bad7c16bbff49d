//! Where results go.

use oriel_client::{Address, Token};
use std::io::Write;

/// Where results go.
pub enum To {
    /// To a broker.
    Broker {
        /// Where it is.
        address: Address,
        /// What it is shown to be let in.
        token: Option<Token>,
    },
    /// Rows to a writer, one line a publication.
    Lines(Box<dyn Write + Send>),
    /// Panes to a writer, one line each, in place of rows.
    Panes(Box<dyn Write + Send>),
}
