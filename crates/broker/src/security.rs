//! What stands in files of its own: who is known, and the certificate.

use std::fmt::Display;

use oriel_runtime::faults::Faults;
use oriel_runtime::shutdown::Hangups;
use oriel_runtime::tls::{Tls, TlsError};

use crate::auth::Auth;
use crate::config::Config;

/// Both, as they are in use. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Security {
    pub(crate) auth: Auth,
    pub(crate) tls: Option<Tls>,
}

/// Why the broker would not be what its settings promise.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// The file of tokens.
    #[error(transparent)]
    Tokens(#[from] Faults),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Security {
    /// Reads the files that the settings name.
    pub fn load(config: &Config) -> Result<Self, SecurityError> {
        let auth = config.tokens.as_deref().map_or_else(|| Ok(Auth::open()), Auth::load)?;
        let tls = config.tls.as_ref().map(|files| Tls::load(&files.certificate, &files.key));
        Ok(Security { auth, tls: tls.transpose()? })
    }

    /// Reads them again. Of what has faults nothing is taken, and the faults are logged.
    pub fn reload(&self) {
        told("tokens", self.auth.reload());
        if let Some(tls) = &self.tls {
            told("certificate", tls.reload());
        }
    }
}

/// Reads the files again at each SIGHUP. For a task of its own.
pub async fn reload_at(mut hangups: Hangups, security: Security) {
    loop {
        hangups.next().await;
        security.reload();
    }
}

fn told(what: &str, done: Result<(), impl Display>) {
    match done {
        Ok(()) => tracing::info!(what, "read again"),
        Err(faults) => {
            faults.to_string().lines().for_each(|line| tracing::error!("{line}"));
            tracing::error!(what, "not read again: what was read before stays in use");
        }
    }
}
