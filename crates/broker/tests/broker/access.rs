//! "Who may connect", over real connections. Each case is in the rule's own tests.

use oriel_broker::Config;
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Broker, broker, broker_with, soon};

async fn get(broker: &Broker, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = broker.http.get(broker.url("/ws/v1/pubsub/topics"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = soon("answer", request.send()).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn refused(broker: &Broker, headers: &[(&'static str, &str)], flag: &str) {
    let (status, body) = get(broker, headers).await;
    assert_eq!(status, 403, "{headers:?}");
    assert!(body.contains(flag), "{body}");
    match broker.client_with(headers).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 403),
        Err(error) => panic!("{headers:?}: {error}"),
        Ok(_) => panic!("{headers:?} was upgraded"),
    }
    assert_eq!(broker.metric("oriel_broker_connections").await, 0);
}

async fn served(broker: &Broker, headers: &[(&'static str, &str)]) {
    assert_eq!(get(broker, headers).await.0, 200, "{headers:?}");
    let mut client = broker.client_with(headers).await.unwrap();
    client.settled().await;
    drop(client);
    broker.until("oriel_broker_connections", |count| count == 0).await;
}

#[tokio::test]
async fn a_foreign_page_is_refused_before_any_upgrade() {
    let broker = broker().await;
    for origin in ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"] {
        refused(&broker, &[("origin", origin)], "--allow-origin").await;
    }
}

#[tokio::test]
async fn a_rebound_host_is_refused_before_any_upgrade() {
    let broker = broker().await;
    let host = format!("evil.example:{}", broker.address.port());
    refused(&broker, &[("host", &host)], "--allow-host evil.example").await;
    let origin = format!("http://{host}");
    refused(&broker, &[("host", &host), ("origin", &origin)], "--allow-host").await;
}

#[tokio::test]
async fn a_page_of_the_same_host_and_port_is_served_whatever_its_scheme() {
    let broker = broker().await;
    let port = broker.address.port();
    for scheme in ["http", "https"] {
        served(&broker, &[("origin", &format!("{scheme}://127.0.0.1:{port}"))]).await;
        let (host, origin) = (format!("[::1]:{port}"), format!("{scheme}://[::1]:{port}"));
        served(&broker, &[("host", &host), ("origin", &origin)]).await;
        let (host, origin) = (format!("localhost:{port}"), format!("{scheme}://localhost:{port}"));
        served(&broker, &[("host", &host), ("origin", &origin)]).await;
    }
}

#[tokio::test]
async fn extensions_and_named_hosts_and_origins_are_served() {
    let allow = |name: &str| vec![name.to_owned()];
    let (allow_hosts, allow_origins) = (allow("broker.example"), allow("https://dash.example"));
    let broker = broker_with(Config { allow_hosts, allow_origins, ..Config::default() }).await;
    served(&broker, &[("origin", "chrome-extension://abcdefgh")]).await;
    served(&broker, &[("host", "broker.example")]).await;
    served(&broker, &[("origin", "https://dash.example")]).await;
    refused(&broker, &[("origin", "http://dash.example")], "--allow-origin").await;
}

#[tokio::test]
async fn every_route_is_guarded() {
    let broker = broker().await;
    for path in ["/metrics", "/live", "/ready", "/nothing", "/ws/v1/pubsub/topics/t", "/ws/v1/pubsub/events"]
    {
        let request = broker.http.get(broker.url(path)).header("origin", "http://evil.example");
        assert_eq!(soon("answer", request.send()).await.unwrap().status(), 403, "{path}");
    }
    let post = broker.http.post(broker.topic("t")).header("origin", "http://evil.example");
    let post = post.header("content-type", "application/json").body("1");
    assert_eq!(soon("answer", post.send()).await.unwrap().status(), 403);
    assert_eq!(broker.metric("oriel_broker_publications_total").await, 0);
}
