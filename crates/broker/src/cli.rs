//! The command line of `oriel-broker`. Its flags are also the keys of the file and the
//! variables: what is said here of a setting holds wherever it is set.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use oriel_runtime::listen::ListenArgs;
use oriel_runtime::size::Size;
use oriel_topics::{History, Limits};

use crate::config::{Config, TlsFiles};

pub(crate) mod generate;
mod groups;
mod value;

pub use groups::{ClientArgs, MemoryArgs, SecurityArgs, SlowArgs};

/// The text before the examples.
const SETTINGS: &str = "Settings:
  Each flag but --check, --help and --version is a variable too, ORIEL_BROKER_ and its name, in which
  lists have commas: --queue-bytes is ORIEL_BROKER_QUEUE_BYTES. All of these but --config are keys of
  the file, which also has rules for some topics alone: --queue-bytes is queue_bytes. A flag weighs
  more than a variable, a variable more than the file. Sizes are bytes or end in KB, MB, GB, KiB, MiB
  or GiB; times end in ms, s, m, h or d.";

/// The examples, which are run by a test.
const EXAMPLES: &str = r#"Examples:
  $ oriel-broker
  $ oriel-broker --listen 8080 --forget-after 10m
  $ ORIEL_BROKER_HISTORY=100 oriel-broker --listen 8080 --check
  # valid: ORIEL_BROKER_HISTORY, --listen
  $ oriel-broker --config demo/broker.toml --check
  # valid: demo/broker.toml

  Publish a value, then ask for it, for the next one, and for all topics:
  $ curl -X POST -H 'Content-Type: application/json' -d '{"a":1}' http://127.0.0.1:8890/ws/v1/pubsub/topics/foo
  # {}
  $ curl http://127.0.0.1:8890/ws/v1/pubsub/topics/foo
  # {"timestamp":...,"data":{"a":1}}
  $ curl 'http://127.0.0.1:8890/ws/v1/pubsub/topics/foo?poll=true&laterThan=1493619720000'
  # {"timestamp":...,"data":{"a":1}}
  $ curl http://127.0.0.1:8890/ws/v1/pubsub/topics
  # [{"topic":"foo","lastUpdated":...}]

  WebSocket clients connect to ws://127.0.0.1:8890/pubsub and send text frames such as
  {"type":"subscribe","topic":"foo","latest":true}
  Pages import their client from http://127.0.0.1:8890/oriel.js; operators open http://127.0.0.1:8890/admin

  Complete flags in this shell, and read the manual page:
  $ source <(oriel-broker completions bash)
  $ oriel-broker man > oriel-broker.1 && man ./oriel-broker.1"#;

/// A pub/sub broker over WebSocket and HTTP that remembers each topic's last value.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "oriel-broker",
    version,
    after_help = format!("{SETTINGS}\n\n{EXAMPLES}"),
    // Wrapped by clap, the examples could not be pasted into a shell.
    term_width = 0,
    override_usage = "oriel-broker [OPTIONS]\n       oriel-broker <COMMAND>",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    mut_arg("listen", |arg| arg.default_value("127.0.0.1:8890")),
    mut_arg("insecure", |arg| arg.help_heading("Security").help(
        "Listen beyond loopback without tokens: whoever reaches the address may do everything"
    )),
)]
pub struct Args {
    #[command(subcommand)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub action: Option<Action>,
    /// Take settings from this TOML file; see demo/broker.toml for all there are
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Only say whether all settings and the files that they name are valid, or everything that is wrong
    #[arg(long)]
    pub check: bool,
    #[command(flatten, next_help_heading = "Listening")]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub listen: ListenArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub security: SecurityArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub clients: ClientArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub memory: MemoryArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub slow: SlowArgs,
}

/// What can be done instead of serving.
#[derive(Subcommand, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Print a script by which a shell completes the flags
    Completions {
        /// The shell that it is for
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Print a new token, and the lines about it for the file of tokens
    Token,
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        let Args { listen, security, clients, memory, slow, .. } = args;
        let tls = security.tls_cert.zip(security.tls_key);
        let history =
            History { count: slow.history, bytes: slow.history_bytes.bytes(), age: slow.history_age };
        Config {
            allow_hosts: listen.allow_host,
            allow_origins: listen.allow_origin,
            tokens: security.tokens,
            tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
            connections: clients.connections,
            connections_per_address: clients.connections_per_address,
            handshake: clients.handshake.std(),
            queue_bytes: slow.queue_bytes.bytes(),
            message_bytes: clients.message_bytes.bytes(),
            receive_bytes: clients.receive_bytes.map(Size::bytes),
            bad_frames: clients.bad_frames,
            ping: clients.ping.std(),
            publish_rate: clients.publish_rate,
            limits: Limits {
                topics: memory.topics,
                bytes: memory.topic_bytes.bytes(),
                age: memory.forget_after,
                subscriptions: clients.subscriptions,
                history,
                rules: Vec::new(),
            },
            drain: clients.drain.std(),
        }
    }
}

#[cfg(test)]
mod tests;
