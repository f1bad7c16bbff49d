//! The metrics: accounts, partitions, what is held.

use super::support::Case;

const VIEWS: &str = r#"
[view.series]
kind = "series"
window = { size = "20s", slide = "10s" }
where = "x > 0"
metrics = { sum = "sum(x)" }
[view.top]
kind = "top"
by = "k"
window = { size = "10s" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_add_up_from_the_metrics_alone() {
    let live = Case::new("accounts", VIEWS, "").live().await;
    live.case.append(
        "in.ndjson",
        concat!(
            "{\"t\":1,\"x\":1,\"k\":\"a\"}\n{\"t\":2,\"x\":-1}\n{\"t\":\"no\"}\n{\n{\"t\":3,\"x\":\"many\"}\n",
            "{\"t\":4,\"x\":true,\"k\":{}}\n{\"t\":99999999999}\n{\"t\":50,\"x\":2,\"k\":\"b\"}\n",
        ),
    );
    live.measured(|metrics| metrics.find("records_read_total") == Some(8)).await;
    live.case.append("in.ndjson", "{\"t\":5,\"x\":1,\"k\":\"a\"}\n");
    let metrics = live.measured(|metrics| metrics.find("records_read_total") == Some(9)).await;
    metrics.accounts(&["series", "top"]);
    assert_eq!(metrics.sum("rejected_total", "\"syntax\""), 1);
    assert_eq!(metrics.sum("rejected_total", "\"time\""), 1);
    assert_eq!(metrics.sum("rejected_total", "\"late\""), 1);
    assert_eq!(metrics.sum("view_records_total", "view=\"top\",fate=\"late\""), 1);
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_told_by_view_and_by_window_and_purge_gives_it_back() {
    let live = Case::new("held", VIEWS, "").live().await;
    live.case.append("in.ndjson", "{\"t\":1,\"x\":1,\"k\":\"a\"}\n{\"t\":1,\"x\":1,\"k\":\"b\"}\n");
    let cells = |window: i64| format!("window_cells{{view=\"top\",window=\"{window}\"}}");
    let metrics = live.measured(|metrics| metrics.find(&cells(0)) == Some(2)).await;
    let bytes = |name: &str| metrics.of(&format!("{name}{{view=\"top\"}}"));
    assert!(bytes("view_cell_bytes") > 0 && bytes("view_cells") == 2);
    live.case.append("in.ndjson", "{\"t\":100,\"x\":1,\"k\":\"c\"}\n");
    // Each worker tells what it holds when it gets there.
    let metrics = live
        .measured(|metrics| metrics.find(&cells(0)).is_none() && metrics.find(&cells(100_000)) == Some(1))
        .await;
    assert_eq!(metrics.of("view_cells{view=\"top\"}"), 1);
    live.measured(|metrics| metrics.find("view_rows{view=\"top\"}") == Some(3)).await;
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_partition_says_how_far_it_is_and_which_one_holds_the_others() {
    let case = Case::new("partitions", VIEWS, "").with("\"in.ndjson\"", "\"in*.ndjson\"\nparallel = true");
    case.write("in-ahead.ndjson", "{\"t\":100}\n");
    case.append("in.ndjson", "{\"t\":7}\n");
    let case = case.with("path = \"in*.ndjson\"", "path = \"in*.ndjson\"\nfollow = true");
    let path = |case: &Case, name: &str| format!("{{partition=\"{}\"", case.path(name).display());
    let (behind, ahead) = (path(&case, "in.ndjson"), path(&case, "in-ahead.ndjson"));
    let live = case.run().await;
    let mark = |partition: &str| format!("partition_watermark_milliseconds{partition}}}");
    let metrics = live
        .measured(|m| m.find(&mark(&behind)) == Some(5_000) && m.find(&mark(&ahead)) == Some(98_000))
        .await;
    assert_eq!(metrics.of("watermark_milliseconds"), 5_000);
    assert_eq!(metrics.of(&format!("partition_holds{behind}}}")), 1);
    assert_eq!(metrics.of(&format!("partition_holds{ahead}}}")), 0);
    assert_eq!(metrics.of(&format!("partition_largest_milliseconds{ahead}}}")), 100_000);
    assert_eq!(metrics.of(&format!("partition_state{behind},state=\"active\"}}")), 1);
    assert_eq!(metrics.of(&format!("partition_state{behind},state=\"idle\"}}")), 0);
    live.stop().await;
}
