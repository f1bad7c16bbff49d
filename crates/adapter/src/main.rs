//! `oriel-grafana`: see `--help`.

use std::process::ExitCode;

use oriel_adapter::cli::Args;
use oriel_adapter::run;
use oriel_runtime::{exit, logs, shutdown, task};

fn main() -> ExitCode {
    let args: Args = match exit::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    logs::init();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(start(args)),
        Err(error) => fail(&error, exit::START),
    }
}

#[allow(clippy::disallowed_methods, reason = "a main reads the environment")]
async fn start(args: Args) -> ExitCode {
    let (listener, access) = match args.listen.bind().await {
        Ok(bound) => bound,
        Err(error) => return fail(&error, exit::START),
    };
    let token = std::env::var("ORIEL_BROKER_TOKEN").ok();
    let config = match args.config(access, token.as_deref()) {
        Ok(config) => config,
        Err(error) => return fail(&error, exit::USAGE),
    };
    let (trigger, shutdown) = shutdown::channel();
    task::spawn("signals", shutdown::signals(trigger));
    run(listener, config, shutdown).await;
    ExitCode::from(exit::OK)
}

#[allow(clippy::print_stderr, reason = "why it cannot start is for whoever started it")]
fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("oriel-grafana: {error}");
    ExitCode::from(code)
}
