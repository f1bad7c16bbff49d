//! The examples of `--help`, run as they stand there.

use std::process::Command;

use clap::CommandFactory;
use oriel_adapter::cli::{Args, LISTEN};

use super::adapter::Adapter;
use super::broker::Broker;
use super::messages;

/// Commands with the answers that stand below them, where they are told.
fn examples() -> Vec<(String, Option<String>)> {
    let help = Args::command().get_after_help().unwrap().to_string();
    let mut examples: Vec<(String, Option<String>)> = Vec::new();
    for line in help.lines() {
        if let Some(command) = line.strip_prefix("  $ curl ") {
            examples.push((format!("curl {command}"), None));
        } else if let (Some(answer), Some(last)) = (line.strip_prefix("  # "), examples.last_mut()) {
            last.1 = Some(answer.to_owned());
        }
    }
    examples
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_gives_the_answer_below_it() {
    if Command::new("curl").arg("--version").output().is_err() {
        return oriel_testkit::skip("each_example_gives_the_answer_below_it", "install curl");
    }
    let broker = Broker::start().await;
    broker.publish("twitter.topHashtags", &messages::hashtags());
    broker.publish("twitter.tweetStats", &messages::stats(5));
    let adapter = Adapter::start(&[&broker.url()]).await;
    adapter.lists(&["twitter.topHashtags", "twitter.tweetStats"]).await;
    let examples = examples();
    assert!(examples.len() >= 5, "{examples:?}");
    for (command, expected) in examples {
        let here = command.replace(&format!("http://{LISTEN}"), &adapter.base);
        let output = Command::new("sh").args(["-c", &here]).output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !answer.is_empty(), "{command}");
        assert!(expected.is_none_or(|expected| answer.trim() == expected), "{command} gave {answer}");
    }
    adapter.stop().await;
}
