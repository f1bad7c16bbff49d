//! `oriel-broker`: see `--help`.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use oriel_broker::run_with;
use oriel_broker::security::{Security, reload_at};
use oriel_broker::settings::{self, Asked, Refused, Settings};
use oriel_runtime::{exit, files, listen, logs, shutdown, task};

fn main() -> ExitCode {
    let settings = match settings::read(std::env::args_os(), std::env::vars_os()) {
        Ok(Asked::Serve(settings)) => settings,
        Ok(Asked::Print(text)) => return print(&text),
        Err(Refused::Usage(error)) => return exit::usage(&error),
        Err(refused) => return refuse(&refused),
    };
    logs::init();
    settings.unknown.iter().for_each(|name| tracing::warn!("{name} is no setting"));
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(start(*settings)),
        Err(error) => Err((exit::START, error.into())),
    };
    ended.map_or_else(|(code, error)| complain(&*error, code), |()| ExitCode::from(exit::OK))
}

async fn start(settings: Settings) -> Result<(), (u8, Box<dyn Error>)> {
    let (trigger, shutdown) = shutdown::channel();
    let signals = task::spawn("signals", shutdown::signals_but_hangup(trigger));
    let hangups = shutdown::hangups();
    let Settings { listen, reach, config, .. } = settings;
    let security = Security::load(&config).map_err(|error| (exit::USAGE, error.into()))?;
    let listener = listen::bind(&listen, reach).await.map_err(|error| (exit::START, error.into()))?;
    files::make_room(config.connections);
    let reloads = task::spawn("reload", reload_at(hangups, security.clone()));
    let ended = run_with(listener, config, security, shutdown).await;
    reloads.abort();
    signals.abort();
    ended.map_err(|error| (exit::SOFTWARE, error.into()))
}

fn complain(error: &dyn Error, code: u8) -> ExitCode {
    tracing::error!("{error}");
    ExitCode::from(code)
}

#[allow(clippy::print_stderr, reason = "for who started it, before there is a log")]
fn refuse(faults: &dyn Error) -> ExitCode {
    eprintln!("{faults}");
    ExitCode::from(exit::USAGE)
}

fn print(text: &[u8]) -> ExitCode {
    let written = std::io::stdout().write_all(text);
    ExitCode::from(if written.is_ok() { exit::OK } else { exit::START })
}
