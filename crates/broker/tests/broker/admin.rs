//! What browsers get: the files, to whoever may connect, and the state, to operators alone.

use futures_util::SinkExt;
use oriel_broker::Config;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, ORIGIN,
};
use reqwest::{Method, Response, redirect};
use serde_json::{Value, json};

use crate::auth::{Folder, get, guarded, token};
use crate::slow::{QUEUE, REPLACED, frozen, publication, slow_broker};
use crate::support::{Broker, SOON, broker, broker_with, soon};

async fn fetch(broker: &Broker, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = broker.http.get(broker.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    soon("answer", request.send()).await.unwrap()
}

async fn state(broker: &Broker, query: &str) -> Value {
    let (status, body) = broker.get(broker.url(&format!("/admin/state{query}"))).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn names(state: &Value) -> Vec<&str> {
    state["topics"]["rows"].as_array().unwrap().iter().map(|row| row["topic"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn files_are_typed_and_sent_again_only_if_they_changed() {
    let broker = broker().await;
    for (path, kind) in [
        ("/oriel.js", "text/javascript; charset=utf-8"),
        ("/admin", "text/html; charset=utf-8"),
        ("/admin/admin.js", "text/javascript; charset=utf-8"),
        ("/admin/admin.css", "text/css; charset=utf-8"),
        ("/admin/icon.svg", "image/svg+xml"),
    ] {
        let first = fetch(&broker, path, &[]).await;
        let headers = first.headers().clone();
        assert_eq!(
            (first.status().as_u16(), &headers[CONTENT_TYPE]),
            (200, &kind.parse().unwrap()),
            "{path}"
        );
        assert_eq!(
            (&headers[CACHE_CONTROL], &headers["x-content-type-options"]),
            (&"no-cache".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(!first.text().await.unwrap().is_empty());
        let tag = headers[ETAG].to_str().unwrap();
        for known in [tag, &format!("\"other\", W/{tag}")] {
            let again = fetch(&broker, path, &[(IF_NONE_MATCH.as_str(), known)]).await;
            assert_eq!(
                (again.status().as_u16(), again.headers()[ETAG].to_str().unwrap()),
                (304, tag),
                "{path}"
            );
            assert_eq!(again.text().await.unwrap(), "");
        }
        assert_eq!(fetch(&broker, path, &[(IF_NONE_MATCH.as_str(), "\"other\"")]).await.status(), 200);
    }
    assert_eq!(fetch(&broker, "/admin/nothing.js", &[]).await.status(), 404);
    let still = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let moved = soon("answer", still.get(broker.url("/admin/")).send()).await.unwrap();
    assert_eq!((moved.status().as_u16(), &moved.headers()[LOCATION]), (308, &"../admin".parse().unwrap()));
}

#[tokio::test]
async fn pages_that_are_allowed_are_told_so_and_others_get_nothing() {
    let allow_origins = vec!["https://dash.example".to_owned()];
    let broker = broker_with(Config { allow_origins, ..Config::default() }).await;
    let allowed = [(ORIGIN.as_str(), "https://dash.example")];
    for path in ["/oriel.js", "/ws/v1/pubsub/topics", "/nothing"] {
        let answer = fetch(&broker, path, &allowed).await;
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://dash.example", "{path}");
        let refused = fetch(&broker, path, &[(ORIGIN.as_str(), "https://evil.example")]).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN)),
            (403, None)
        );
    }
    let asks = broker.http.request(Method::OPTIONS, broker.url("/ws/v1/pubsub/events"));
    let told = soon("answer", asks.header(ORIGIN, "https://dash.example").send()).await.unwrap();
    assert_eq!(told.status(), 204);
    let headers = told.headers()[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
    assert!(["authorization", "content-type", "last-event-id"].iter().all(|name| headers.contains(name)));
}

#[tokio::test]
async fn the_state_counts_what_happens() {
    let broker = broker().await;
    let first = state(&broker, "").await;
    assert_eq!(first["topics"], json!({"known": 0, "most": 10_000, "unheard": 0, "matching": 0, "rows": []}));
    let mut client = broker.client().await;
    client.subscribe("a").await;
    client.send(r#"{"type":"subscribe","topic":"*"}"#).await;
    client.publish("a", r#"{"n":"ß"}"#).await;
    client.publish("a", "2").await;
    client.publish("b", r#"{"n":"ß"}"#).await;
    for _ in 0..3 {
        client.next().await;
    }
    client.settled().await;
    let told = state(&broker, "").await;
    assert_eq!(told["epoch"], first["epoch"]);
    assert_eq!((&told["connections"]["open"], &told["connections"]["subscriptions"]), (&json!(1), &json!(2)));
    assert_eq!(told["counts"]["publications"], 3);
    assert!(
        told["memory"]["remembered"].as_u64().unwrap() > 0 && told["now"].as_i64() >= told["since"].as_i64()
    );
    let row = |at: usize| {
        let mut row = told["topics"]["rows"][at].clone();
        assert!(row["updated"].take().as_i64().unwrap() > 1_700_000_000_000);
        row
    };
    let of = |topic: &str, value: &str, seq: u64| {
        json!({"topic": topic, "value": value, "whole": true,
        "bytes": value.len(), "updated": null, "seq": seq, "subscribers": 1})
    };
    assert_eq!((row(0), row(1)), (of("a", "2", 2), of("b", r#"{"n":"ß"}"#, 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drops_are_told_by_policy_and_queues_by_their_bytes() {
    let broker = slow_broker().await;
    let none = json!({"conflate": 0, "disconnect": 0, "drop-oldest": 0, "gone": 0});
    assert_eq!(state(&broker, "").await["drops"], none);
    let (asleep, mut publisher) = (frozen(&broker, &["a"]).await, broker.client().await);
    let mut round = 0;
    let mut told = state(&broker, "").await;
    // The kernel takes some before the queue does, and the queue all there is room for.
    while told["memory"]["queued"].as_u64() < Some(QUEUE as u64 / 2) {
        assert!(round < 20_000, "80 MB do not fit anywhere: {told}");
        for _ in 0..8 {
            publisher.socket.send(publication("a", round)).await.unwrap();
            round += 1;
        }
        publisher.settled().await;
        told = state(&broker, "").await;
    }
    for _ in 0..100 {
        publisher.socket.send(publication("a", round)).await.unwrap();
    }
    publisher.settled().await;
    told = state(&broker, "").await;
    let replaced = broker.metric(REPLACED).await;
    assert!(replaced >= 80, "{replaced}");
    assert_eq!((&told["drops"]["conflate"], &told["drops"]["gone"]), (&json!(replaced), &json!(0)));
    let memory = &told["memory"];
    assert_eq!((&memory["queueMost"], &memory["queued"]), (&json!(QUEUE), &memory["longestQueue"]));
    assert!(memory["queued"].as_u64() > Some(0), "{memory}");
    drop(asleep);
    let gone = || async { state(&broker, "").await["drops"]["gone"].as_u64().filter(|gone| *gone > 0) };
    oriel_testkit::until("what waited is lost", SOON, gone).await;
}

#[tokio::test]
async fn topics_are_bounded_filtered_and_ordered() {
    let broker = broker().await;
    for number in (0..210).rev() {
        broker.post(&format!("t.{number:03}"), format!("\"{}\"", "x".repeat(number))).await;
    }
    broker.post("Z", "1").await;
    let all = state(&broker, "").await;
    assert_eq!((&all["topics"]["known"], &all["topics"]["matching"]), (&json!(211), &json!(211)));
    let shown = names(&all);
    assert_eq!((shown.len(), shown[0], shown[1], shown[199]), (200, "Z", "t.000", "t.198"));
    let long = &all["topics"]["rows"][199];
    assert_eq!(
        (long["value"].as_str().unwrap().len(), &long["whole"], &long["bytes"]),
        (160, &json!(false), &json!(200))
    );
    let newest = state(&broker, "?order=newest&limit=2").await;
    assert_eq!(names(&newest), ["Z", "t.000"]);
    let some = state(&broker, "?filter=.20&limit=1000").await;
    assert_eq!((names(&some).len(), &some["topics"]["matching"]), (10, &json!(10)));
    assert_eq!(names(&state(&broker, "?filter=.20&limit=0").await), Vec::<&str>::new());
    for query in ["?order=largest", "?limit=-1"] {
        assert_eq!(broker.get(broker.url(&format!("/admin/state{query}"))).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn only_operators_see_the_state_and_of_topics_what_they_may_hear() {
    let folder = Folder::new("admin");
    let (admin, first) = token("admin", "subscribe = [\"a.>\"]\nadmin = true");
    let (viewer, second) = token("viewer", "subscribe = [\">\"]\npublish = [\">\"]");
    let broker = guarded(&folder, &[&first, &second]).await;
    for path in ["/oriel.js", "/admin", "/admin/admin.js"] {
        assert_eq!(fetch(&broker, path, &[]).await.status(), 200, "{path}");
    }
    assert_eq!(fetch(&broker, "/admin/state", &[]).await.status(), 401);
    assert_eq!(get(&broker, "/admin/state", &viewer).await.0, 403);
    for topic in ["a.seen", "b.unseen"] {
        let request = broker.http.post(broker.topic(topic)).bearer_auth(&viewer);
        let request = request.header(CONTENT_TYPE, "application/json").body("1");
        assert_eq!(soon("answer", request.send()).await.unwrap().status(), 200);
    }
    let (status, body) = get(&broker, "/admin/state", &admin).await;
    assert_eq!(status, 200);
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (names(&told), &told["topics"]["known"], &told["topics"]["unheard"]),
        (vec!["a.seen"], &json!(2), &json!(1))
    );
    assert!(!body.contains("b.unseen"));
}
