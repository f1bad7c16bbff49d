//! The command line of `oriel-grafana`.

use clap::Parser;
use oriel_runtime::access::Access;
use oriel_runtime::listen::{Address, ListenArgs};

use crate::{Config, Upstream};

const EXAMPLES: &str = r#"Examples:
  $ oriel-grafana --upstream http://127.0.0.1:8890
  $ curl -s http://127.0.0.1:3333/live
  # ok
  $ curl -s http://127.0.0.1:3333/ready
  # ready
  $ curl -s -X POST http://127.0.0.1:3333/search
  # ["twitter.topHashtags","twitter.tweetStats"]
  $ curl -s http://127.0.0.1:3333/query -d '{"targets":[{"refId":"A","target":"twitter.topHashtags"}]}'
  $ curl -s http://127.0.0.1:3333/query -d '{"targets":[{"target":"twitter.tweetStats:total"}],"maxDataPoints":100}'
  $ curl -s -X POST http://127.0.0.1:3333/query
  # {"error":"Bad Request","message":"the query has no body: range and targets are needed"}

In Grafana: a data source of the JSON plugin (simpod-json-datasource) with the URL
http://127.0.0.1:3333. In a browser: the same URL is a live page.

A target is a view's topic (twitter.tweetStats) or one metric of it
(twitter.tweetStats:total). Where a panel has room for fewer points than there are, the
largest value of each step is kept; payload {"reduce":"last"} and others change that."#;

/// Shows streams in Grafana: a JSON datasource and a live page over the views of a
/// broker or a snapshot server.
#[derive(Parser, Clone, Debug)]
#[command(name = "oriel-grafana", version, after_help = EXAMPLES)]
pub struct Args {
    /// Where to listen: HOST:PORT, or PORT alone for 127.0.0.1
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3333")]
    pub listen: Address,
    /// A broker or a snapshot server, as http://HOST:PORT or ws://HOST:PORT/pubsub (may be repeated)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8890")]
    pub upstream: Vec<Upstream>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub common: ListenArgs,
}

impl Args {
    /// What the flags ask for; `loopback` says where the listener turned out to be.
    pub fn config(self, loopback: bool) -> Config {
        let access = Access::new(loopback, self.common.allow_host, self.common.allow_origin);
        Config { access, ..Config::new(self.upstream) }
    }
}
