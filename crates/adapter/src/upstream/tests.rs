//! Addresses of upstreams.

use super::*;

#[test]
fn both_forms_of_an_address_lead_to_both_protocols() {
    for (given, base, socket) in [
        ("http://h:1", "http://h:1/views", "ws://h:1/pubsub"),
        ("http://h:1/", "http://h:1/views", "ws://h:1/pubsub"),
        ("ws://h:1/pubsub", "http://h:1/views", "ws://h:1/pubsub"),
        ("https://h:1", "https://h:1/views", "wss://h:1/pubsub"),
        ("wss://h/pubsub", "https://h/views", "wss://h/pubsub"),
        ("http://[::1]:1/a", "http://[::1]:1/a/views", "ws://[::1]:1/a/pubsub"),
    ] {
        let upstream: Upstream = given.parse().expect(given);
        assert_eq!((upstream.http(&["views"]).as_str(), &*upstream.socket().to_string()), (base, socket));
        assert_eq!(upstream.to_string(), given);
    }
}

#[test]
fn what_is_no_upstream_is_refused_by_name() {
    for given in ["", "h:1", "127.0.0.1:1", "ftp://h:1", "http://", "http://u:p@h:1", "http://h:1/?a=b"] {
        let error = given.parse::<Upstream>().expect_err(given).to_string();
        assert!(error.contains("use http://HOST:PORT or ws://HOST:PORT/pubsub"), "{error}");
    }
}

#[test]
fn a_name_is_one_path_segment() {
    let upstream: Upstream = "http://h:1".parse().expect("an upstream");
    assert_eq!(upstream.http(&["views", "a/b c"]).path(), "/views/a%2Fb%20c");
}
