//! "Who may connect", case by case.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

fn loopback() -> Access {
    Access::new(true, vec!["Broker.Example".to_owned()], vec!["https://dash.example".to_owned()])
}

fn served(host: &str, origin: Option<&str>) {
    assert_eq!(loopback().check(Some(host), origin), Ok(()), "{host} {origin:?}");
}

fn refused(host: &str, origin: Option<&str>) -> Refusal {
    loopback().check(Some(host), origin).expect_err(&format!("{host} {origin:?}"))
}

#[test]
fn loopback_serves_localhost_addresses_and_named_hosts() {
    for host in
        ["localhost", "localhost:8890", "LOCALHOST:1", "127.0.0.1:8890", "127.0.0.2", "192.168.1.9:80"]
    {
        served(host, None);
    }
    for host in ["[::1]", "[::1]:8890", "[0:0:0:0:0:0:0:1]:8890", "[2001:db8::1]"] {
        served(host, None);
    }
    served("broker.example", None);
    served("BROKER.example:8890", None);
}

#[test]
fn a_rebound_name_is_refused_with_the_flag_to_use() {
    let refusal = refused("evil.example:8890", None);
    assert_eq!(refusal, Refusal::Host("evil.example".to_owned()));
    assert!(refusal.to_string().ends_with("--allow-host evil.example"), "{refusal}");
    for host in ["localhost.evil.example", "127.0.0.1.evil.example", "sub.localhost", "127.1", "0x7f.0.0.1"] {
        assert!(matches!(refused(host, None), Refusal::Host(_)), "{host}");
    }
}

#[test]
fn a_host_that_is_none_is_refused() {
    for host in [
        "",
        ":80",
        "::1",
        "[::1",
        "[::1]x:80",
        "a b",
        "a/b",
        "a@localhost",
        "localhost:",
        "localhost:x",
        "localhost:99999",
    ] {
        assert_eq!(refused(host, None), Refusal::NoHost, "{host}");
    }
    assert_eq!(loopback().check(None, None), Err(Refusal::NoHost));
}

#[test]
fn an_origin_is_served_if_host_and_port_are_those_of_the_request() {
    served("localhost:8890", Some("http://localhost:8890"));
    served("127.0.0.1:8890", Some("http://127.0.0.1:8890"));
    served("[::1]:8890", Some("http://[::1]:8890"));
    served("[::1]:8890", Some("http://[0:0::1]:8890"));
    served("localhost", Some("http://localhost"));
    served("localhost", Some("http://localhost:80"));
    served("localhost:443", Some("https://localhost"));
}

#[test]
fn the_scheme_of_an_origin_is_not_compared() {
    served("localhost:8890", Some("https://localhost:8890"));
    served("localhost:8890", Some("HTTP://LocalHost:8890"));
    served("localhost", Some("https://localhost"));
}

#[test]
fn another_origin_is_refused_with_the_flag_to_use() {
    let refusal = refused("localhost:8890", Some("http://evil.example"));
    assert!(refusal.to_string().ends_with("--allow-origin http://evil.example"), "{refusal}");
    for origin in [
        "http://localhost:3000",
        "http://localhost",
        "http://127.0.0.1:8890",
        "http://localhost.evil.example:8890",
        "http://localhost:8890@evil.example",
        "http://evil.example/localhost:8890",
        "null",
        "",
        "localhost:8890",
        "file://",
    ] {
        assert!(matches!(refused("localhost:8890", Some(origin)), Refusal::Origin(_)), "{origin}");
    }
}

#[test]
fn a_port_that_is_not_written_is_the_default_of_the_scheme() {
    for (host, origin) in [("localhost", "http://localhost:443"), ("localhost:80", "https://localhost")] {
        assert!(matches!(refused(host, Some(origin)), Refusal::Origin(_)), "{host} {origin}");
    }
}

#[test]
fn a_named_origin_is_served() {
    served("localhost:8890", Some("https://dash.example"));
    served("localhost:8890", Some("https://DASH.example"));
    refused("localhost:8890", Some("http://dash.example"));
    refused("localhost:8890", Some("https://dash.example:8443"));
}

#[test]
fn extensions_are_served_on_loopback_only() {
    let open = Access::new(false, Vec::new(), Vec::new());
    for origin in ["chrome-extension://abcdef", "moz-extension://0-1-2", "safari-web-extension://A"] {
        served("localhost:8890", Some(origin));
        assert!(open.check(Some("broker:8890"), Some(origin)).is_err(), "{origin}");
    }
}

#[test]
fn beyond_loopback_any_host_is_served_but_not_any_origin() {
    let open = Access::new(false, Vec::new(), Vec::new());
    assert_eq!(open.check(Some("broker:8890"), None), Ok(()));
    assert_eq!(open.check(Some("broker:8890"), Some("http://broker:8890")), Ok(()));
    assert!(open.check(Some("broker:8890"), Some("http://other:8890")).is_err());
}

#[test]
fn beyond_loopback_a_named_host_leaves_no_others() {
    let named = Access::new(false, vec!["broker".to_owned()], Vec::new());
    assert_eq!(named.check(Some("broker:8890"), None), Ok(()));
    assert_eq!(named.check(Some("localhost:8890"), None), Ok(()));
    assert!(named.check(Some("rebound.example:8890"), None).is_err());
}

#[test]
fn an_origin_on_the_command_line_is_checked() {
    assert_eq!(parse_origin("https://Dash.example/"), Ok("https://dash.example".to_owned()));
    assert_eq!(parse_origin("null"), Ok("null".to_owned()));
    for text in ["dash.example", "https://", "://x", "https://a/b", "*"] {
        assert!(parse_origin(text).is_err(), "{text}");
    }
}

async fn ask(headers: &[(&str, &str)]) -> (StatusCode, String) {
    let guarded = Router::new().route("/", get(async || "in")).layer(from_fn_with_state(loopback(), guard));
    let mut request = axum::http::Request::builder().uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = guarded.oneshot(request.body(Body::empty()).expect("request")).await.expect("answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn the_guard_answers_403_in_json() {
    assert_eq!(ask(&[("host", "localhost")]).await, (StatusCode::OK, "in".to_owned()));
    let (status, body) = ask(&[("host", "localhost"), ("origin", "http://evil.example")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let expected = r#"{"error":"Forbidden","message":"pages from 'http://evil.example' may not connect; to allow them start with --allow-origin http://evil.example"}"#;
    assert_eq!(body, expected);
}

#[tokio::test]
async fn the_guard_refuses_a_header_that_comes_twice() {
    for twice in [[("host", "localhost"), ("host", "localhost")], [("origin", "null"), ("origin", "null")]] {
        let (status, _) = ask(&[&[("host", "localhost")], twice.as_slice()].concat()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}
