//! What is held, for how long, and how it is told about.

use super::*;
use serde_json::json;

const GRACE: Span = Span::from_millis(60_000);

fn at(millis: i64) -> ProcessingTime {
    ProcessingTime::from_millis(millis)
}

fn view(target: &str, n: i64) -> View {
    View::from_message(target, &json!([{"n": n}]).to_string(), at(0)).expect("rows")
}

fn store(urls: &[&str]) -> Store {
    Store::new(urls.iter().map(|url| (*url).to_owned()), GRACE)
}

#[test]
fn nothing_is_answered_before_an_upstream_has() {
    let store = store(&["http://a"]);
    assert_eq!(store.catalogue(at(0)).away().as_deref(), Some("upstream http://a has not answered yet"));
    store.away(0, "connection refused".to_owned(), at(5));
    let away = store.catalogue(at(1_000_000)).away().expect("still awaited");
    assert_eq!(away, "upstream http://a has not answered yet (connection refused)");
    store.live(0, Role::Broker);
    assert_eq!(store.catalogue(at(0)).away(), None);
}

#[test]
fn an_upstream_that_went_away_is_answered_for_with_a_warning_then_not_at_all() {
    let store = store(&["http://a"]);
    store.live(0, Role::Broker);
    store.put(0, view("t", 1)).expect("kept");
    store.away(0, "gone".to_owned(), at(1_000));
    store.away(0, "still gone".to_owned(), at(9_000));
    let stale = store.catalogue(at(61_000)).get("t").and_then(|held| held.stale.clone()).expect("a warning");
    assert!(stale.contains("away since 1970-01-01 00:00:01 UTC (still gone)"), "{stale}");
    let late = store.catalogue(at(61_001));
    assert!(late.away().is_some() && late.get("t").is_some_and(|held| held.expired.is_some()));
    store.live(0, Role::Broker);
    assert!(store.catalogue(at(70_000)).get("t").is_some_and(|held| held.stale.is_none()));
}

#[test]
fn of_two_upstreams_the_live_one_answers() {
    let store = store(&["http://a", "http://b"]);
    for upstream in 0..2 {
        store.live(upstream, Role::Broker);
        store.put(upstream, view("t", upstream as i64)).expect("kept");
    }
    let shown = |now| store.catalogue(at(now)).get("t").map(|held| held.view.rows[0][0].clone());
    assert_eq!(shown(0), Some(json!(0)));
    store.away(0, String::new(), at(0));
    assert_eq!(shown(0), Some(json!(1)));
    assert_eq!(store.entries()[0].view.rows[0][0], json!(1));
    store.away(1, String::new(), at(0));
    assert_eq!(shown(0), Some(json!(0)));
}

#[test]
fn a_view_that_its_upstream_lost_is_kept_for_the_grace() {
    let store = store(&["http://a"]);
    store.live(0, Role::Broker);
    store.put(0, view("t", 1)).expect("kept");
    store.listed(0, |_| false, at(0));
    assert!(store.catalogue(at(1)).get("t").is_some_and(|held| held.stale.is_some()));
    store.listed(0, |_| true, at(1));
    assert!(store.catalogue(at(1)).get("t").is_some_and(|held| held.stale.is_none()));
    store.listed(0, |_| false, at(2));
    store.listed(0, |_| false, at(60_002));
    assert_eq!(store.entries().len(), 1);
    store.listed(0, |_| false, at(60_003));
    assert_eq!(store.entries().len(), 0);
}

#[test]
fn views_and_bytes_are_bounded() {
    let store = store(&["http://a"]);
    for n in 0..MAX_VIEWS {
        store.put(0, view(&format!("t{n}"), 1)).expect("kept");
    }
    assert_eq!(store.put(0, view("more", 1)), Err(Refused::TooMany));
    assert_eq!(store.put(0, view("t0", 2)), Ok(()));
    let large = View { bytes: MAX_BYTES, ..view("t1", 1) };
    assert_eq!(store.put(0, large), Err(Refused::TooLarge));
    let alone = self::store(&["http://a"]);
    let large = View { bytes: MAX_BYTES, ..view("t", 1) };
    assert_eq!(alone.put(0, large.clone()), Ok(()));
    assert_eq!(alone.put(0, large), Ok(()), "the same view again takes the place of the old one");
}

#[test]
fn each_change_wakes_readers_and_raises_the_version() {
    let store = store(&["http://a"]);
    let mut changes = store.changes();
    store.live(0, Role::Snapshot);
    assert!(changes.has_changed().expect("open"));
    changes.mark_unchanged();
    store.live(0, Role::Snapshot);
    assert!(!changes.has_changed().expect("open"), "nothing changed");
    store.put(0, view("t", 1)).expect("kept");
    store.put(0, view("t", 2)).expect("kept");
    assert_eq!(store.entries()[0].revision, 1);
    assert!(changes.has_changed().expect("open"));
}
