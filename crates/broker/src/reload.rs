//! SIGHUP: what stands in files beside the settings is read again.

use std::fmt::Display;

use oriel_runtime::shutdown::Hangups;
use oriel_runtime::tls::Tls;

use crate::auth::Auth;

/// Reads the tokens and the certificate again at each hangup. Of what has faults nothing is
/// taken, and the faults are logged. For a task of its own.
pub async fn on_hangup(mut hangups: Hangups, auth: Auth, tls: Option<Tls>) {
    loop {
        hangups.next().await;
        told("tokens", auth.reload());
        if let Some(tls) = &tls {
            told("the certificate", tls.reload());
        }
    }
}

fn told(what: &str, done: Result<(), impl Display>) {
    match done {
        Ok(()) => tracing::info!("read again: {what}"),
        Err(faults) => {
            faults.to_string().lines().for_each(|line| tracing::error!("{line}"));
            tracing::error!("not read again: {what}; what was read before stays in use");
        }
    }
}
