//! Pages of others in the browser of somebody who may connect.

use crate::raw::{Raw, upgrade};
use crate::survives::{SMALL, metric, survives};

const CONTENT: &str = "Content-Type: application/json\r\nContent-Length: 1\r\n";

/// Every way in, with those lines of the head, in which PORT is the broker's; each is
/// refused with that status before anything is done.
async fn refused(lines: &str, status: &str) {
    survives(&SMALL, 0, async |broker| {
        let lines = lines.replace("PORT", &broker.port.to_string());
        let requests = [
            upgrade(&lines),
            format!("GET /ws/v1/pubsub/topics HTTP/1.1\r\n{lines}\r\n"),
            format!("GET /ws/v1/pubsub/events?topic=t HTTP/1.1\r\n{lines}\r\n"),
            format!("GET /metrics HTTP/1.1\r\n{lines}\r\n"),
            format!("POST /ws/v1/pubsub/topics/stolen HTTP/1.1\r\n{lines}{CONTENT}\r\n1"),
            format!("OPTIONS /ws/v1/pubsub/topics/stolen HTTP/1.1\r\n{lines}Access-Control-Request-Method: POST\r\n\r\n"),
        ];
        for request in requests {
            let mut raw = Raw::connect(broker).await;
            raw.send(request.as_bytes()).await.unwrap();
            let head = raw.head().await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{request}{head}");
            assert!(!head.to_ascii_lowercase().contains("access-control-allow"), "{request}{head}");
        }
        assert_eq!(metric(broker, "oriel_broker_topics").await, 1, "that of the healthy one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_refused() {
    for origin in [
        "http://evil.example",
        "http://evil.example:PORT",
        "http://localhost.evil.example:PORT",
        "http://127.0.0.1:1",
        "http://127.0.0.1.evil.example:PORT",
        "http://evil.example@127.0.0.1:PORT",
        "file://",
        "null",
        "",
    ] {
        refused(&format!("Host: 127.0.0.1:PORT\r\nOrigin: {origin}\r\n"), "403").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_were_bound_to_this_address_are_refused() {
    for host in [
        "evil.example:PORT",
        "evil.example",
        "localhost.evil.example:PORT",
        "127.0.0.1.evil.example:PORT",
        "127.0.0.1.:PORT",
        "[::1].evil.example:PORT",
    ] {
        refused(&format!("Host: {host}\r\n"), "403").await;
        refused(&format!("Host: {host}\r\nOrigin: http://{host}\r\n"), "403").await;
    }
}
