//! What stands in files of its own: who is known, and the certificate.

use std::fmt::Display;

use oriel_runtime::faults::Faults;
use oriel_runtime::shutdown::Hangups;
use oriel_runtime::tls::Tls;

use crate::auth::Auth;
use crate::config::Config;

/// Both, as they are in use. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Security {
    pub(crate) auth: Auth,
    pub(crate) tls: Option<Tls>,
}

impl Security {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn load(config: &Config) -> Result<Self, Faults> {
        let auth = config.tokens.as_deref().map_or_else(|| Ok(Auth::open()), Auth::load);
        let tls = config.tls.as_ref().map(|files| Tls::load(&files.certificate, &files.key)).transpose();
        let tls = tls.map_err(|error| Faults::whole(error.to_string()));
        match (auth, tls) {
            (Ok(auth), Ok(tls)) => Ok(Security { auth, tls }),
            (auth, tls) => {
                let mut faults = auth.err().unwrap_or_default();
                faults.extend(tls.err().unwrap_or_default());
                Err(faults)
            }
        }
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

#[cfg(test)]
mod tests {
    use crate::config::TlsFiles;

    use super::*;

    #[test]
    fn the_faults_of_all_files_are_told_together() {
        let tls = TlsFiles { certificate: "/nowhere/cert".into(), key: "/nowhere/key".into() };
        let config = Config { tokens: Some("/nowhere/tokens".into()), tls: Some(tls), ..Config::default() };
        let faults = Security::load(&config).expect_err("nothing is there").to_string();
        let lines: Vec<&str> = faults.lines().collect();
        assert!(lines[0].starts_with("/nowhere/tokens: cannot read it: "), "{faults}");
        assert!(lines[1].starts_with("cannot read /nowhere/cert: "), "{faults}");
        assert_eq!(lines[2..], ["2 faults"]);
    }

    #[test]
    fn without_files_everybody_may_do_everything_in_the_clear() {
        let security = Security::load(&Config::default()).expect("nothing to read");
        assert!(security.auth.current().is_open() && security.tls.is_none());
        security.reload();
        assert!(security.auth.current().is_open());
    }
}
