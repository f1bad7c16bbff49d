//! The command line of `oriel-grafana`.

use std::path::PathBuf;

use clap::Parser;
use oriel_client::{Token, TokenError, Trust, TrustError};
use oriel_runtime::access::Access;
use oriel_runtime::listen::ListenArgs;

use crate::{Config, Upstream};

/// Where it listens unless told otherwise.
pub const LISTEN: &str = "127.0.0.1:3333";

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
#[command(mut_arg("listen", |arg| arg.default_value(LISTEN)))]
pub struct Args {
    /// A broker or a snapshot server, as http://HOST:PORT or ws://HOST:PORT/pubsub, or https and wss
    /// with TLS (may be repeated)
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8890")]
    pub upstream: Vec<Upstream>,
    /// A file with the token that the broker asks for, read again for each connection; without
    /// it the variable ORIEL_BROKER_TOKEN is used
    #[arg(long, value_name = "FILE")]
    pub broker_token_file: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub listen: ListenArgs,
}

/// Why the flags cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ArgsError {
    /// There is no token where one was said to be.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No certificate can be believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl Args {
    /// What the flags ask for, and who may connect; `token` is the value of the variable
    /// `ORIEL_BROKER_TOKEN`.
    ///
    /// # Errors
    /// When they cannot be followed.
    pub fn config(self, access: Access, token: Option<&str>) -> Result<Config, ArgsError> {
        let token = Token::given(self.broker_token_file.as_deref(), token)?;
        let encrypted = self.upstream.iter().any(Upstream::is_encrypted);
        let trust = encrypted.then(Trust::system).transpose()?;
        Ok(Config { access, token, trust, ..Config::new(self.upstream) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Args, String> {
        let program = ["oriel-grafana"].iter().chain(flags);
        Args::try_parse_from(program).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_the_fixed_names() {
        let args = parse(&[]).expect("no flag is needed");
        assert_eq!(args.listen.listen.to_string(), LISTEN);
        assert_eq!(args.upstream, ["http://127.0.0.1:8890".parse().expect("an upstream")]);
    }

    #[test]
    fn several_upstreams_replace_the_default() {
        let args = parse(&["--listen", "0", "--upstream", "http://a:1", "--upstream", "ws://b:2/pubsub"]);
        assert_eq!(args.expect("valid").upstream.len(), 2);
        let fault = parse(&["--upstream", "b:2"]).expect_err("no upstream");
        assert!(fault.contains("use http://HOST:PORT or ws://HOST:PORT/pubsub"), "{fault}");
    }
}
