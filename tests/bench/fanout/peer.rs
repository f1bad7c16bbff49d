//! The servers that are compared, and how each wants to be spoken to.

use oriel_tests::processes::Process;
use std::path::Path;
use std::process::{Command, Stdio};

/// A running server.
pub(crate) struct Peer {
    /// Its name in what is printed.
    pub(crate) name: &'static str,
    /// How it is spoken to.
    pub(crate) protocol: Protocol,
    /// The process, to be measured.
    pub(crate) process: Process,
}

impl Peer {
    /// Our broker as it is by default.
    pub(crate) fn oriel() -> Peer {
        let process = Process::start("oriel-broker", 0, &[]);
        Peer { name: "oriel-broker", protocol: Protocol::PubSub, process }
    }

    /// The other one, if it is installed. Only a file opens its WebSocket.
    pub(crate) fn nats(folder: &Path) -> Option<Peer> {
        let asked = Command::new("nats-server").arg("--version").stdout(Stdio::null()).status();
        asked.ok()?;
        let config = folder.join("nats.conf");
        let text = "listen: \"127.0.0.1:-1\"\nwebsocket { listen: \"127.0.0.1:-1\", no_tls: true }\n";
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new("nats-server");
        command.arg("--config").arg(config);
        let process = Process::listening(command, "websocket clients");
        Some(Peer { name: "nats-server", protocol: Protocol::Nats, process })
    }
}

/// What a client says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON in text frames.
    PubSub,
    /// Lines in binary frames, which need not begin and end with a line.
    Nats,
}

impl Protocol {
    /// Where the WebSocket is.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Protocol::PubSub => "/pubsub",
            Protocol::Nats => "/",
        }
    }

    /// The first byte of a frame that is a whole message.
    pub(crate) fn opcode(self) -> u8 {
        match self {
            Protocol::PubSub => 0x81,
            Protocol::Nats => 0x82,
        }
    }

    /// What has to be said first, if anything.
    pub(crate) fn hello(self) -> Option<&'static str> {
        (self == Protocol::Nats).then_some("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n")
    }

    pub(crate) fn subscribe(self, topic: &str) -> String {
        match self {
            Protocol::PubSub => format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#),
            Protocol::Nats => format!("SUB {topic} 1\r\n"),
        }
    }

    /// A question that is answered in its turn, and a part of the answer.
    pub(crate) fn question(self) -> (&'static str, &'static str) {
        match self {
            Protocol::PubSub => (r#"{"type":"getLatestTopics"}"#, "_latestTopics"),
            Protocol::Nats => ("PING\r\n", "PONG"),
        }
    }

    pub(crate) fn publish(self, topic: &str, data: &str) -> String {
        match self {
            Protocol::PubSub => format!(r#"{{"type":"publish","topic":"{topic}","data":{data}}}"#),
            Protocol::Nats => format!("PUB {topic} {}\r\n{data}\r\n", data.len()),
        }
    }
}
