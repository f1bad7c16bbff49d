//! Filters, derived fields and lookups.

use super::support::Case;
use oriel_stream::RunError;
use serde_json::{Value, json};

const DERIVED: &str = r#"
[record.derive]
site = "lower(host(g))"
rate = "ratio(x, 2)"
[lookup.names]
path = "names.csv"
key = "id"
field = "k"
"#;

fn case(name: &str, views: &str, records: &str) -> Case {
    let case = Case::new(name, &format!("{DERIVED}{views}"), records);
    case.write("names.csv", "id,name,city\n1,Acme,Rome\n2,Bolt,\n");
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_may_be_over_columns_of_tables_and_computed_fields() {
    let views = r#"
[view.names]
kind = "series"
window = { size = "10s" }
by = "names.name"
metrics = { n = "count", cities = "count(names.city)", rate = "sum(rate)" }
[view.sites]
kind = "top"
window = { size = "10s" }
by = "site"
"#;
    let records = concat!(
        "{\"t\":1,\"k\":1,\"g\":\"https://Rust-Lang.ORG/a\",\"x\":3}\n",
        "{\"t\":2,\"k\":\"1\",\"g\":\"https://rust-lang.org/b\",\"x\":4}\n",
        "{\"t\":3,\"k\":2,\"g\":\"nowhere\"}\n{\"t\":4,\"k\":9}\n",
    );
    let done = case("columns", views, records).rows(2).await;
    let row = |name: Option<&str>, n: u64, cities: u64, rate: Value| json!({"timestamp": 0, "names.name": name, "n": n, "cities": cities, "rate": rate});
    let rows = json!([
        row(None, 1, 0, Value::Null),
        row(Some("Acme"), 2, 2, json!(3.5)),
        row(Some("Bolt"), 1, 0, Value::Null),
    ]);
    assert_eq!(done.lines.last("t.names")["data"], rows);
    let sites = json!([{"site": "rust-lang.org", "count": 2, "label": "0", "rank": 0}]);
    assert_eq!(done.lines.last("t.sites")["data"], sites);
    assert_eq!(done.summary.totals.misses.of(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_that_fails_makes_the_record_bad_only_where_it_is_needed() {
    let view = |name: &str, rest: &str| {
        format!(
            "[view.{name}]\nkind = \"series\"\nwindow = \"global\"\nmetrics = {{ n = \"count\" }}\n{rest}\n"
        )
    };
    let views = [
        view("all", ""),
        view("some", "where = 'x > 2'"),
        view("needs", "where = 'rate > 1.0'"),
        view("table", "where = 'names.name == \"Acme\"'"),
    ];
    let records =
        "{\"t\":1,\"k\":1,\"x\":3}\n{\"t\":2,\"k\":1,\"x\":\"many\"}\n{\"t\":3,\"k\":2,\"x\":1}\n{\"t\":4}\n";
    let case = case("fails", &views.concat(), records);
    let done = case.rows(1).await;
    let tallies: Vec<_> = done.summary.totals.views.iter().map(|t| (t.counted, t.filtered, t.bad)).collect();
    assert_eq!(tallies, [(4, 0, 0), (1, 2, 1), (1, 2, 1), (2, 2, 0)]);
    let bad = case.read("bad.ndjson");
    assert!(!bad.is_empty() && bad.iter().all(|line| line["reason"] == "expression"), "{bad:?}");
    assert!(bad.iter().all(|line| line["record"] == "{\"t\":2,\"k\":1,\"x\":\"many\"}"), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_the_file_has_not_stops_the_start() {
    let views = "[view.v]\nkind = \"top\"\nwindow = \"global\"\nby = \"names.town\"\n";
    let error = case("town", views, "").refused().await;
    let RunError::Start(message) = error else { panic!("{error:?}") };
    assert!(message.contains("names.town") && message.contains("names.city"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_changes_is_read_again_and_a_broken_one_is_not_taken() {
    let views = "[view.v]\nkind = \"series\"\nwindow = \"global\"\nby = \"names.name\"\nemit = { records = 1 }\nmetrics = { n = \"count\" }\n";
    let live = case("reload", views, "").live().await;
    let record = "{\"t\":1,\"k\":1}\n";
    live.case.append("in.ndjson", record);
    let has = |result: &Value, name: &str| {
        result["data"].as_array().is_some_and(|rows| rows.iter().any(|row| row["names.name"] == name))
    };
    live.published("t.v", |result| has(result, "Acme")).await;
    live.case.write("names.csv", "id,name,city\n1\n");
    live.measured(|metrics| metrics.find("lookup_failures_total{lookup=\"names\"}") == Some(1)).await;
    live.case.write("names.csv", "id,name,city\n1,Acme Inc,Rome\n");
    // Whichever record is the first to meet the new table: it is published.
    let mut look = async || {
        live.case.append("in.ndjson", record);
        live.lines.all("t.v").into_iter().find(|result| has(result, "Acme Inc"))
    };
    oriel_testkit::until("the new table", std::time::Duration::from_secs(30), &mut look).await;
    live.stop().await;
}
