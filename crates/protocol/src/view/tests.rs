//! Each message byte for byte: as it was before the additions, with all of them, and with
//! what a later version may send.

use serde::de::DeserializeOwned;
use std::fmt::Debug;

use super::*;

/// Reads a text, and checks that it is written again as it came.
fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> T {
    let read: T = serde_json::from_str(text).expect(text);
    assert_eq!(serde_json::to_string(&read).expect("written"), text);
    read
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect(text)
}

#[test]
fn a_message_without_the_additions_is_read_and_written_as_before() {
    let stats: DataResult = same(concat!(
        r#"{"id":"tweetStats","type":"dataResult","data":[{"timestamp":0,"total":7}],"countdown":1,"#,
        r#""meta":{"kind":"series","schema":[{"name":"timestamp","type":"long"},{"name":"total","type":"long"}],"#,
        r#""window":{"size":60000,"slide":30000},"watermark":null,"asOf":3,"run":9,"revision":[1],"state":["open"]}}"#
    ));
    let meta = stats.meta.expect("beside the rows");
    assert_eq!(
        meta.window,
        Some(WindowMeta { size: Some(60_000), slide: Some(30_000), ..WindowMeta::default() })
    );
    assert_eq!((meta.counting, meta.order, meta.ranked_by), (None, None, None));
    let original: DataResult =
        same(r#"{"id":"1","type":"dataResult","data":[{"hashtag":"rust","count":"3"}]}"#);
    assert_eq!(original.meta, None);
    same::<Views>(concat!(
        r#"{"topic":"twitter","views":[{"name":"top","target":"twitter.top","kind":"top","#,
        r#""schema":[{"name":"hashtag","type":"string"}]}]}"#
    ));
}

#[test]
fn a_top_list_says_who_moved_and_how_it_was_counted() {
    let text = concat!(
        r#"{"kind":"top","schema":[{"name":"advertiser","type":"string"},{"name":"publisher","type":"string"},"#,
        r#"{"name":"users","type":"long","error":"HyperLogLog: 1.6 %"}],"window":{"global":true,"state":"open"},"#,
        r#""watermark":5,"asOf":3,"run":9,"revision":[0,0],"state":["open","open"],"counting":"spaceSaving","#,
        r#""entered":[false,true],"previous_rank":[1,null],"left":[{"per":"acme","key":null}],"inexact":[true,false],"#,
        r#""order":"ascending","keys":["advertiser","publisher"],"ranked_by":"users"}"#
    );
    let meta: Meta = same(text);
    assert_eq!((meta.counting, meta.order), (Some(Counting::SpaceSaving), Some(Order::Ascending)));
    assert_eq!(meta.previous_rank, [Some(1), None]);
    assert!(meta.window.is_some_and(|window| window.global && window.size.is_none()));
}

#[test]
fn sessions_say_where_each_row_ends() {
    let meta: Meta = same(concat!(
        r#"{"kind":"series","schema":[],"window":{"gap":30000},"watermark":5,"asOf":3,"run":9,"revision":[0,0],"#,
        r#""state":["final","open"],"counting":"capped","left":["a",null],"end":[31000,45000]}"#
    ));
    assert_eq!((meta.end, meta.counting), (vec![31_000, 45_000], Some(Counting::Capped)));
}

#[test]
fn what_says_nothing_is_left_out() {
    let meta = Meta { counting: Some(Counting::Exact), ..Meta::new(Kind::Top, Vec::new()) };
    assert_eq!(
        serde_json::to_string(&meta).expect("written"),
        r#"{"kind":"top","schema":[],"watermark":null,"asOf":0,"run":0,"revision":[],"state":[],"counting":"exact"}"#
    );
    assert_eq!(serde_json::to_string(&WindowMeta::default()).expect("written"), "{}");
}

#[test]
fn a_pane_is_its_window_its_key_and_its_value() {
    let pane: Pane = same(concat!(
        r#"{"seq":7,"window":{"start":0,"end":10000},"key":"rust","timing":"ON_TIME","index":1,"is_last":false,"#,
        r#""value":{"count":2}}"#
    ));
    assert_eq!((pane.timing, pane.per, pane.withdrawn), (Timing::OnTime, None, None));
    let global: Pane = same(concat!(
        r#"{"seq":0,"window":{"start":null,"end":null},"key":null,"per":null,"timing":"EARLY","index":0,"#,
        r#""is_last":false,"value":{"first":"a","avg":0.5,"max":null},"withdrawn":[]}"#
    ));
    assert_eq!((global.per, global.withdrawn), (Some(None), Some(Vec::new())));
    let merged: Pane = same(concat!(
        r#"{"seq":8,"window":{"start":-5000,"end":31000},"key":"u","per":"acme","timing":"LATE","index":2,"is_last":true,"#,
        r#""value":{"count":5},"withdrawn":[{"start":-5000,"value":{"count":1}},{"start":1000,"value":{"count":3}}],"#,
        r#""merged":[1000],"error":{"count":4}}"#
    ));
    assert_eq!((merged.merged, merged.per), (vec![1_000], Some(Some("acme".to_owned()))));
}

#[test]
fn watermarks_tell_of_each_partition() {
    let told: Watermarks = same(concat!(
        r#"{"watermark":-1,"partitions":[{"name":"a.ndjson","state":"active","watermark":-1,"largest":1999,"holds":true},"#,
        r#"{"name":"b","state":"waiting","watermark":null,"largest":null,"holds":false},"#,
        r#"{"name":"c","state":"idle","watermark":3,"largest":5,"holds":false},"#,
        r#"{"name":"d","state":"ended","watermark":3,"largest":5,"holds":false},"#,
        r#"{"name":"e","state":"paused","watermark":3,"largest":5,"holds":false}]}"#
    ));
    assert_eq!(told.partitions[4].state, PartitionState::Paused);
    same::<Watermarks>(r#"{"watermark":null,"partitions":[]}"#);
}

#[test]
fn what_a_later_version_sends_breaks_no_reader() {
    let meta: Meta = read(
        r#"{"kind":"cube","schema":[{"name":"x","type":"decimal","unit":"s"}],"window":{"size":1,"ticks":5,"state":"held"},
            "state":["held"],"counting":"sampled","order":"random","left":[7],"new":{"a":1}}"#,
    );
    assert_eq!(
        (meta.kind, meta.schema[0].kind, &meta.state[..]),
        (Kind::Other, ColumnType::Other, &[RowState::Other][..])
    );
    assert_eq!((meta.counting, meta.order), (Some(Counting::Other), Some(Order::Other)));
    let pane: Pane = read(
        r#"{"seq":1,"window":{"start":0,"end":1,"kind":"x"},"key":"a","timing":"SPECULATIVE","index":0,"is_last":false,
            "value":{"count":{"low":1}},"new":1}"#,
    );
    assert_eq!(pane.timing, Timing::Other);
    let told: Watermarks = read(
        r#"{"watermark":1,"partitions":[{"name":"a","state":"lost","watermark":1,"largest":1,"holds":false,"lag":2}],"new":1}"#,
    );
    assert_eq!(told.partitions[0].state, PartitionState::Other);
    let views: Views =
        read(r#"{"topic":"t","views":[{"name":"a","target":"t.a","kind":"cube","schema":[],"new":1}]}"#);
    assert_eq!(views.views[0].kind, Kind::Other);
}
