//! `oriel-broker`: see `--help`.

use std::process::ExitCode;

use oriel_broker::run_with;
use oriel_broker::security::{Security, reload_at};
use oriel_broker::settings::{self, Asked, Refused, Settings};
use oriel_runtime::{exit, listen, logs, shutdown, task};

fn main() -> ExitCode {
    let settings = match settings::read(std::env::args_os(), std::env::vars_os()) {
        Ok(Asked::Serve(settings)) => settings,
        Ok(Asked::Print(text)) => return exit::print(&text),
        Err(Refused::Usage(error)) => return exit::usage(&error),
        Err(refused) => return exit::refuse(&refused),
    };
    logs::init();
    settings.unknown.iter().for_each(|name| tracing::warn!("{name} is no setting"));
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(start(*settings)),
        Err(error) => complain(&error, exit::START),
    }
}

async fn start(settings: Settings) -> ExitCode {
    let (trigger, shutdown) = shutdown::channel();
    let signals = task::spawn("signals", shutdown::signals_but_hangup(trigger));
    let hangups = shutdown::hangups();
    let security = match Security::load(&settings.config) {
        Ok(security) => security,
        Err(error) => return complain(&error, exit::USAGE),
    };
    let listener = match listen::bind(&settings.listen, settings.reach).await {
        Ok(listener) => listener,
        Err(error) => return complain(&error, exit::START),
    };
    let reloads = task::spawn("reload", reload_at(hangups, security.clone()));
    let ended = run_with(listener, settings.config, security, shutdown).await;
    reloads.abort();
    signals.abort();
    match ended {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => complain(&error, exit::SOFTWARE),
    }
}

fn complain(error: &dyn std::error::Error, code: u8) -> ExitCode {
    tracing::error!("{error}");
    ExitCode::from(code)
}
