//! The JSON datasource contract, as Grafana's plugins use it.

use reqwest::Method;
use reqwest::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN,
};
use serde_json::{Value, json};

use super::adapter::Adapter;
use super::broker::Broker;
use super::messages::{self, MINUTE, START};

const TOP: &str = "twitter.topHashtags";
const STATS: &str = "twitter.tweetStats";

async fn started() -> (Broker, Adapter) {
    let broker = Broker::start().await;
    broker.publish(TOP, &messages::hashtags());
    broker.publish(STATS, &messages::stats(5));
    broker.publish("twitterQuery", &json!({"id": "q", "type": "schemaQuery"}));
    broker.publish("twitter.tweetStats.panes", &messages::pane());
    broker.publish("twitter._watermark", &messages::watermarks());
    broker.publish("noise", &json!({"temperature": 21}));
    let adapter = Adapter::start(&[&broker.url()]).await;
    adapter.lists(&[TOP, STATS]).await;
    (broker, adapter)
}

#[tokio::test]
async fn every_route_of_the_contract_answers() {
    let (_broker, adapter) = started().await;
    assert_eq!(adapter.get("").await.status(), 200);
    let metrics = adapter.ask("/metrics", json!({})).await;
    assert_eq!(metrics[1]["value"], STATS);
    let asked = json!({"metric": STATS, "payload": {}, "name": "metric"});
    assert_eq!(adapter.ask("/metric-payload-options", asked).await[0]["value"], "total");
    let variable = adapter.ask("/variable", json!({"payload": {"target": TOP}, "range": {}})).await;
    assert_eq!(variable[0], json!({"__text": "rust", "__value": "rust"}));
    assert_eq!(adapter.ask("/tag-keys", json!({})).await[0]["text"], "hashtag");
    assert_eq!(adapter.ask("/tag-values", json!({"key": "hashtag"})).await[0]["text"], "rust");
    assert_eq!(adapter.ask("/annotations", json!({"annotation": {"query": "#deploy"}})).await, json!([]));
    adapter.stop().await;
}

#[tokio::test]
async fn all_targets_of_a_query_are_answered_with_numbers_in_range() {
    let (_broker, adapter) = started().await;
    let frames = adapter
        .ask("/query", json!({"range": {"from": "2017-05-01T06:23:00.000Z", "to": "2017-05-01T06:30:00.000Z"},
            "intervalMs": 1000, "maxDataPoints": 500,
            "targets": [{"refId": "A", "target": r"twitter\.tweetStats:total"}, {"refId": "B", "target": TOP}]}))
        .await;
    assert_eq!(frames[0]["refId"], "A");
    assert_eq!(frames[0]["datapoints"], json!([[20, START + MINUTE], [5, START + 2 * MINUTE]]));
    assert_eq!(frames[0]["meta"]["custom"]["openFrom"], START + 2 * MINUTE);
    assert_eq!((&frames[1]["refId"], &frames[1]["rows"][0]), (&json!("B"), &json!(["rust", 24, "0", 0])));
}

#[tokio::test]
async fn keys_can_be_listed_filtered_and_drawn_each_as_a_line() {
    let (broker, adapter) = started().await;
    broker.publish("twitter.bySite", &messages::by_site());
    adapter.lists(&["twitter.bySite", TOP, STATS]).await;
    let keys = adapter.ask("/variable", json!({"payload": {"target": "twitter.bySite"}})).await;
    assert_eq!((&keys[0]["__value"], &keys[1]["__value"]), (&json!(messages::MARKUP), &json!("eu")));
    let asked = json!({"queries": [{"refId": "A", "target": "twitter.bySite"}]});
    let names: Vec<Value> = adapter
        .ask("/tag-keys", asked)
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["text"].clone())
        .collect();
    assert_eq!(names, ["site", "total", "mean"]);
    let values = adapter
        .ask(
            "/tag-values",
            json!({"key": "site", "filters": [{"key": "total", "operator": ">", "value": "5"}]}),
        )
        .await;
    assert_eq!(values, json!([{"text": "eu", "value": "eu"}]));
    let frames = adapter
        .ask(
            "/query",
            json!({"targets": [{"refId": "A", "target": r"twitter\.bySite:total"}],
            "filters": [{"key": "site", "operator": "=~", "value": "e.|us"}]}),
        )
        .await;
    assert_eq!((frames.as_array().map(Vec::len), &frames[0]["tags"]), (Some(1), &json!({"site": "eu"})));
    assert_eq!(frames[0]["datapoints"], json!([[9, START], [3, START + MINUTE]]));
}

#[tokio::test]
async fn the_originals_strings_are_answered_as_numbers() {
    let (broker, adapter) = started().await;
    broker.publish("apex.stats", &messages::original_stats());
    broker.publish("apex.top", &messages::original_hashtags());
    broker.publish("plain", &json!([{"name": "a", "n": 1}]));
    adapter.lists(&["apex.stats", "apex.top", "plain", TOP, STATS]).await;
    let frames = adapter.ask("/query", json!({"targets": [{"refId": "A", "target": "apex.stats"}, {"refId": "B", "target": "apex.top"}]})).await;
    assert_eq!(frames[0]["datapoints"], json!([[3, START], [20, START + MINUTE]]));
    assert_eq!(frames[1]["rows"], json!([["apex", 24, "0"], ["42", 9, "1"]]));
}

#[tokio::test]
async fn bodies_paths_and_content_types_are_taken_as_they_come() {
    let (_broker, adapter) = started().await;
    for (path, body) in [("//search", ""), ("/search/", "{}"), ("///search//", "null"), ("/search", " ")] {
        assert_eq!(adapter.post(path, body).await, (200, json!([TOP, STATS])), "{path}");
    }
    let request =
        adapter.client.post(format!("{}/tag-keys", adapter.base)).header(CONTENT_TYPE, "text/plain");
    assert_eq!(request.send().await.unwrap().status(), 200);
    for path in
        ["/metrics", "/metric-payload-options", "/variable", "/tag-keys", "/tag-values", "/annotations"]
    {
        assert_eq!(adapter.post(path, "").await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn errors_carry_a_message_that_a_panel_shows() {
    let (_broker, adapter) = started().await;
    let check = async |path: &str, body: &str, status: u16, part: &str| {
        let (answered, error) = adapter.post(path, body.to_owned()).await;
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            answered == status && message.contains(part) && error["error"].is_string(),
            "{path} {body}: {answered} {error}"
        );
    };
    check("/query", "", 400, "no body").await;
    check("/query", "{}", 400, "no body").await;
    check("/query", r#"{"range":{}}"#, 400, "no targets").await;
    check("/query", "{", 400, "not JSON").await;
    check("/query", r#"{"targets":[{"target":"x"}],"range":{"from":2,"to":1}}"#, 400, "from is after").await;
    check("/query", r#"{"targets":[{"target":"x"}]}"#, 404, "unknown target 'x'; known: twitter.topHashtags")
        .await;
    check("/variable", r#"{"payload":{"target":"x"}}"#, 404, "unknown target 'x'").await;
    check("/tag-values", r#"{"filters":[{"key":"k","operator":"~"}]}"#, 400, "unknown filter operator").await;
    check("/nowhere", "", 404, "nothing at /nowhere").await;
    check("/stream", "", 405, "/stream").await;
}

#[tokio::test]
async fn half_edited_panels_get_an_empty_answer() {
    let (_broker, adapter) = started().await;
    assert_eq!(adapter.ask("/query", json!({"targets": [{"refId": "A", "target": ""}]})).await, json!([]));
    let frames = adapter
        .ask("/query", json!({"targets": [{"refId": "A", "target": "x"}, {"refId": "B", "target": TOP}]}))
        .await;
    assert_eq!(frames[0]["meta"]["notices"][0]["severity"], "warning");
    assert_eq!((frames[0]["refId"].as_str(), frames[1]["refId"].as_str()), (Some("A"), Some("B")));
}

#[tokio::test]
async fn a_browser_gets_the_page_and_it_asks_for_nothing_from_outside() {
    let (_broker, adapter) = started().await;
    let page = adapter.client.get(&adapter.base).header(ACCEPT, "text/html,*/*;q=0.8").send().await.unwrap();
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(
        !html.contains("http://")
            && !html.contains("https://")
            && !html.contains("style=")
            && !html.contains("<script>")
    );
    for asset in html.split('"').filter(|part| part.starts_with("/assets/")) {
        assert_eq!(adapter.get(asset).await.status(), 200, "{asset}");
    }
    assert_eq!(adapter.get("/assets/../Cargo.toml").await.status(), 404);
}

#[tokio::test]
async fn strangers_are_refused_and_allowed_pages_are_told_so() {
    let (_broker, adapter) = started().await;
    let search = || adapter.client.post(format!("{}/search", adapter.base));
    assert_eq!(search().header(HOST, "evil.example").send().await.unwrap().status(), 403);
    let refused = search().header(ORIGIN, "http://evil.example").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.json::<Value>().await.unwrap()["message"].as_str().unwrap().contains("--allow-origin"));
    let allowed = search().header(ORIGIN, "http://grafana.example").send().await.unwrap();
    assert_eq!(allowed.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "http://grafana.example");
    let asked = adapter.client.request(Method::OPTIONS, format!("{}/query", adapter.base));
    let told = asked.header(ORIGIN, "http://grafana.example").send().await.unwrap();
    assert_eq!(
        (told.status().as_u16(), told.headers()[ACCESS_CONTROL_ALLOW_ORIGIN].to_str().unwrap()),
        (204, "http://grafana.example")
    );
}

#[tokio::test]
async fn its_own_metrics_stand_beside_the_list_of_metrics() {
    let (_broker, adapter) = started().await;
    let text = adapter.get("/metrics").await.text().await.unwrap();
    assert!(text.contains(r#"oriel_adapter_messages_total{outcome="kept"}"#), "{text}");
    assert!(text.contains(r#"oriel_adapter_messages_total{outcome="no_result"} 1"#), "{text}");
    assert!(text.contains("oriel_adapter_upstream_up{"), "{text}");
    assert!(text.contains(r#"oriel_adapter_requests_total{route="/search",status="200"}"#), "{text}");
}
