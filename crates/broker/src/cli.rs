//! The command line of `oriel-broker`.

use clap::Parser;
use oriel_runtime::listen::ListenArgs;
use oriel_time::Span;
use oriel_topics::Limits;

use crate::config::{Config, MESSAGE_BYTES, QUEUE_BYTES};

const EXAMPLES: &str = r#"Examples:
  $ oriel-broker
  $ oriel-broker --listen 8080 --forget-after 10m

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
  {"type":"subscribe","topic":"foo","latest":true}"#;

/// A pub/sub broker over WebSocket and HTTP that remembers each topic's last value.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "oriel-broker",
    version,
    after_help = EXAMPLES,
    // Wrapped by clap, the examples could not be pasted into a shell.
    term_width = 0,
    mut_arg("listen", |arg| arg.default_value("127.0.0.1:8890"))
)]
pub struct Args {
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub listen: ListenArgs,
    /// Bytes that may wait for one subscriber before newer values replace older ones
    #[arg(long, value_name = "N", default_value_t = QUEUE_BYTES)]
    pub queue_bytes: usize,
    /// The largest message, in bytes
    #[arg(long, value_name = "N", default_value_t = MESSAGE_BYTES)]
    pub message_bytes: usize,
    /// Topics whose last value is remembered
    #[arg(long, value_name = "N", default_value_t = Limits::default().topics)]
    pub topics: usize,
    /// Bytes of last values that are remembered
    #[arg(long, value_name = "N", default_value_t = Limits::default().bytes)]
    pub topic_bytes: usize,
    /// Forget a topic this long after its last publication, such as 90s, 60m or 2h
    #[arg(long, value_name = "SPAN", default_value_t = Limits::default().age)]
    pub forget_after: Span,
    /// Subscriptions that one connection may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().subscriptions)]
    pub subscriptions: usize,
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        Config {
            allow_hosts: args.listen.allow_host,
            allow_origins: args.listen.allow_origin,
            queue_bytes: args.queue_bytes,
            message_bytes: args.message_bytes,
            limits: Limits {
                topics: args.topics,
                bytes: args.topic_bytes,
                age: args.forget_after,
                subscriptions: args.subscriptions,
                ..Limits::default()
            },
            ..Config::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_sound_and_their_defaults_are_the_configs() {
        Args::command().debug_assert();
        let args = Args::try_parse_from(["oriel-broker"]).expect("no flag is needed");
        assert_eq!(args.listen.listen.to_string(), "127.0.0.1:8890");
        assert_eq!(format!("{:?}", Config::from(args)), format!("{:?}", Config::default()));
    }
}
