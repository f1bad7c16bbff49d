//! `oriel-broker`: see `--help`.

use std::process::ExitCode;

use oriel_broker::cli::Args;
use oriel_broker::security::{Security, reload_at};
use oriel_broker::{Config, run_with};
use oriel_runtime::{exit, files, logs, shutdown, task};

fn main() -> ExitCode {
    let args: Args = match exit::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    logs::init();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(start(args)),
        Err(error) => complain(&error, exit::START),
    }
}

async fn start(args: Args) -> ExitCode {
    let (trigger, shutdown) = shutdown::channel();
    let signals = task::spawn("signals", shutdown::signals_but_hangup(trigger));
    let hangups = shutdown::hangups();
    let (listener, _) = match args.listen.bind().await {
        Ok(bound) => bound,
        Err(error) => return complain(&error, exit::START),
    };
    let config = Config::from(args);
    files::make_room(config.connections);
    let security = match Security::load(&config) {
        Ok(security) => security,
        Err(error) => return complain(&error, exit::USAGE),
    };
    let reloads = task::spawn("reload", reload_at(hangups, security.clone()));
    let ended = run_with(listener, config, security, shutdown).await;
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
