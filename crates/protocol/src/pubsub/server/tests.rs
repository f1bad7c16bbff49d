//! Frames of the broker, to the byte.

use super::*;

fn check(topic: &str, data: &str, timestamp: i64, expected: &str) {
    let frame = DataFrame::new(&topic.parse().expect(topic), data, timestamp);
    assert_eq!(frame.text(), expected);
    assert_eq!(frame.data(), data.as_bytes());
    let read = ServerFrame::Data { topic: topic.into(), data, timestamp, beside: Beside::default() };
    assert_eq!(ServerFrame::parse(frame.text()), Some(read));
}

#[test]
fn data_frames_are_those_of_the_original() {
    check("t", "1", 1, r#"{"type":"data","topic":"t","data":1,"timestamp":1}"#);
    check(
        "twitter.topHashtags",
        r#"[{"hashtag":"rust", "count":24}]"#,
        1493619720000,
        r#"{"type":"data","topic":"twitter.topHashtags","data":[{"hashtag":"rust", "count":24}],"timestamp":1493619720000}"#,
    );
    check("\"ü\\", "null", -5, r#"{"type":"data","topic":"\"ü\\","data":null,"timestamp":-5}"#);
}

#[test]
fn clones_share_the_bytes() {
    let frame = DataFrame::new(&"t".parse().expect("topic"), "1", 1);
    assert_eq!(frame.bytes().as_ptr(), frame.clone().bytes().as_ptr());
}

#[test]
fn errors_name_the_topic_if_there_is_one() {
    let text = |code, message: &str, topic| FrameError::new(code, message, topic).text();
    assert_eq!(
        text(Code::BadTopic, "no \"x\"", Some("a b")),
        r#"{"type":"error","code":"badTopic","message":"no \"x\"","topic":"a b"}"#
    );
    assert_eq!(text(Code::NotJson, "m", None), r#"{"type":"error","code":"notJson","message":"m"}"#);
    assert_eq!(text(Code::Forbidden, "m", Some("")), r#"{"type":"error","code":"forbidden","message":"m"}"#);
}

#[test]
fn clients_pass_over_what_they_do_not_know() {
    assert_eq!(ServerFrame::parse(r#"{"type":"later","x":1}"#), Some(ServerFrame::Other));
    let error = ServerFrame::Error { code: "badTopic".into(), message: "m".into(), topic: "".into() };
    assert_eq!(ServerFrame::parse(r#"{"type":"error","code":"badTopic","message":"m"}"#), Some(error));
    for text in ["", "x", "[]", r#"{"type":5}"#, r#"{"type":"data","timestamp":"1"}"#] {
        assert_eq!(ServerFrame::parse(text), None, "{text}");
    }
}

#[test]
fn what_one_subscriber_gets_besides_follows_the_shared_bytes() {
    let frame = DataFrame::new(&"t".parse().expect("topic"), "1", 9);
    let cursor = Some(Cursor { epoch: Epoch::new(255), seq: 7 });
    let plain = r#"{"type":"data","topic":"t","data":1,"timestamp":9"#;
    for (beside, end) in [
        (Beside::default(), "}"),
        (Beside { cursor, ..Beside::default() }, r#","epoch":"00000000000000ff","seq":7}"#),
        (Beside { skipped: 3, ..Beside::default() }, r#","skipped":3}"#),
        (
            Beside { cursor, gap: true, skipped: 1 },
            r#","epoch":"00000000000000ff","seq":7,"gap":true,"skipped":1}"#,
        ),
    ] {
        let mut tail = Vec::new();
        let (head, tail) = frame.with(&beside, &mut tail);
        let text = String::from_utf8([head, tail].concat()).expect("UTF-8");
        assert_eq!(text, [plain, end].concat());
        let read = ServerFrame::Data { topic: "t".into(), data: "1", timestamp: 9, beside };
        assert_eq!(ServerFrame::parse(&text), Some(read));
    }
}
