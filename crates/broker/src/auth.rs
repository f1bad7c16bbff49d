//! Who may do what: tokens and keys from a file, the rights that they carry, and the guard
//! before the routes.
//!
//! A token is known by its SHA-256 alone, a JSON web token by the key that signed it. What
//! they mean is decided in [`Keys`], which knows no clock and no file; [`Auth`] holds the
//! keys in use, swaps them when the file is read again, and tells the connections that came
//! by the old ones when they have to leave. Nothing here repeats a token: not in an answer,
//! a log, an error or a `Debug`.

mod credential;
mod denied;
mod file;
mod guard;
mod guesses;
mod jwt;
mod keys;
mod rights;
mod table;
mod token;

pub use denied::Denied;
pub use guard::{Auth, Lost, admin, guard};
pub use keys::{Grant, Keys};
pub use rights::Rights;
pub use token::{Fresh, NoChance, fresh};

pub(crate) use credential::subprotocol;
