//! What has to be right about several settings together, and about the files they name.

use std::fs::File;
use std::path::Path;

use oriel_runtime::faults::Faults;
use oriel_runtime::listen::Reach;

use super::{Origin, Origins};
use crate::cli::Args;

/// What is missing for listening beyond loopback.
const BEYOND: &str = "there are no tokens: say with --tokens FILE who may do what, or add --insecure if \
                      everybody may do everything";

/// From where it may be reached.
pub(super) fn reach(args: &Args) -> Reach {
    if args.security.tokens.is_some() || args.listen.insecure {
        Reach::Anybody
    } else {
        Reach::Loopback { unless: BEYOND }
    }
}

/// All that is wrong.
pub(super) fn check(args: &Args, origins: &Origins) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let mut wrong = |id: &str, message: &dyn Fn(&str) -> String| {
        let origin = origins.get(id).unwrap_or(&Origin::Flag);
        faults.push(origin.fault(message(&origin.name(id))));
    };
    let listen = &args.listen.listen;
    if listen.is_beyond_loopback() && matches!(reach(args), Reach::Loopback { .. }) {
        wrong("listen", &|name| {
            format!("{name} is {listen}, which can be reached from outside, and {BEYOND}")
        });
    }
    let security = &args.security;
    match (&security.tls_cert, &security.tls_key) {
        (Some(_), None) => wrong("tls_cert", &|name| format!("{name} needs the key: add --tls-key FILE")),
        (None, Some(_)) => {
            wrong("tls_key", &|name| format!("{name} needs the certificate: add --tls-cert FILE"));
        }
        _ => {}
    }
    let message = args.clients.message_bytes;
    if let Some(room) = args.clients.receive_bytes.filter(|room| *room < message) {
        wrong("receive_bytes", &|name| {
            format!("{name} is {room}, but one message may have {message}: make it that at least")
        });
    }
    for (id, path) in
        [("tokens", &security.tokens), ("tls_cert", &security.tls_cert), ("tls_key", &security.tls_key)]
    {
        if let Some(why) = path.as_deref().and_then(unreadable) {
            wrong(id, &|name| format!("{name} cannot be read: {why}"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn unreadable(path: &Path) -> Option<String> {
    File::open(path).err().map(|error| format!("{}: {error}", path.display()))
}
