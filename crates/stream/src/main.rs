//! `oriel-stream`: see `--help`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use oriel_runtime::{exit, logs, shutdown, task};
use oriel_stream::cli::Args;
use oriel_stream::{Options, config, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Args = match exit::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let config = match config::load(&args.config) {
        Ok(config) => config,
        Err(faults) => return complain(&faults, exit::USAGE),
    };
    if args.check {
        return say(&format!("{}: valid, {} views", args.config.display(), config.views.len()));
    }
    logs::init();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let code = runtime.block_on(start(args, config)).unwrap_or_else(|code| code);
            // Whatever still blocks a thread must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => complain(&error, exit::START),
    }
}

#[allow(clippy::disallowed_methods, reason = "a main reads the environment")]
async fn start(args: Args, config: config::Config) -> Result<ExitCode, ExitCode> {
    let token = std::env::var("ORIEL_BROKER_TOKEN").ok();
    let to = args.to(token.as_deref()).map_err(|error| complain(&error, exit::USAGE))?;
    let (listener, access) = args.listen.bind().await.map_err(|error| complain(&error, exit::START))?;
    let (trigger, shutdown) = shutdown::channel();
    task::spawn("signals", shutdown::signals(trigger));
    let options = Options { workers: args.workers, to, access };
    let ended = run(listener, config, options, shutdown).await;
    Ok(match ended {
        Ok(summary) => complain(&summary, exit::OK),
        Err(error) => complain(&error, error.code()),
    })
}

#[allow(clippy::print_stderr, reason = "the last line of a run is for scripts, not a log line")]
fn complain(what: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("{what}");
    ExitCode::from(code)
}

#[allow(clippy::print_stdout, reason = "the answer to --check")]
fn say(what: &str) -> ExitCode {
    println!("{what}");
    ExitCode::SUCCESS
}
