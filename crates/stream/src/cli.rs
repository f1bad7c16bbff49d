//! The command line of `oriel-stream`.

use crate::run::To;
use clap::{Parser, ValueEnum};
use oriel_client::{Address, Token, TokenError};
use oriel_runtime::listen::ListenArgs;
use std::path::PathBuf;

const EXAMPLES: &str = r#"Examples:
  Is the file valid? Then let it run:
  $ oriel-stream demo/tweets.toml --check
  # demo/tweets.toml: valid, 2 views
  $ oriel-stream demo/tweets.toml

  Ask the running program for its views, for one of them, and a query:
  $ curl -s http://127.0.0.1:8891/views
  # {"topic":"twitter","views":[{"name":"tweetStats","target":"twitter.tweetStats","kind":"series",...]}
  $ curl -s http://127.0.0.1:8891/views/topHashtags
  # {"id":"topHashtags","type":"dataResult","data":[...],"countdown":1,"meta":{...}}
  $ curl -s http://127.0.0.1:8891/query -d '{"id":"q1","type":"dataQuery","data":{"schemaKeys":{"view":"tweetStats"},"fields":["total"]}}'
  # {"id":"q1","type":"dataResult","data":[...],"meta":{...}}

  Stored tweets in the format of 2017, results as lines instead of to a broker:
  $ zcat tweets.json.gz | oriel-stream demo/tweets-v1.toml --print"#;

/// Counts an event stream in windows as it arrives, and serves the results while they
/// are still being computed.
#[derive(Parser, Clone, Debug)]
// Wrapped by clap, the examples could not be pasted into a shell.
#[command(name = "oriel-stream", version, after_help = EXAMPLES, term_width = 0)]
#[command(mut_arg("listen", |arg| arg.default_value("127.0.0.1:8891")))]
pub struct Args {
    /// The TOML file that names the source, the fields and the views
    pub config: PathBuf,
    /// Threads that count; one does millions of records a second
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = workers)]
    pub workers: usize,
    /// The broker that results go to: ws://HOST:PORT/pubsub or http://HOST:PORT; wss and https
    /// with TLS
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:8890/pubsub")]
    pub broker: Address,
    /// A file with the token that the broker asks for, read again for each connection; without
    /// it the variable ORIEL_BROKER_TOKEN is used
    #[arg(long, value_name = "FILE")]
    pub broker_token_file: Option<PathBuf>,
    /// Print each publication (`rows`) or each pane (`panes`) as a line on standard output
    /// instead of sending it
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "rows")]
    pub print: Option<Print>,
    /// Only say whether the file is valid, or everything that is wrong with it
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for help")]
    pub listen: ListenArgs,
}

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Print {
    /// The frames of rows that would be published.
    Rows,
    /// The frames of panes, of all views but those that have turned them off.
    Panes,
}

impl Args {
    /// Where results go; `token` is the value of the variable `ORIEL_BROKER_TOKEN`.
    ///
    /// # Errors
    /// When there is no token where one was said to be.
    pub fn to(&self, token: Option<&str>) -> Result<To, TokenError> {
        Ok(match self.print {
            Some(Print::Rows) => To::Lines(Box::new(std::io::stdout())),
            Some(Print::Panes) => To::Panes(Box::new(std::io::stdout())),
            None => {
                let token = Token::given(self.broker_token_file.as_deref(), token)?;
                To::Broker { address: self.broker.clone(), token }
            }
        })
    }
}

/// More workers than this are a slip of the finger.
const MAX_WORKERS: usize = 256;

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MAX_WORKERS) => Ok(count),
        _ => Err(format!("a whole number from 1 to {MAX_WORKERS}")),
    }
}
