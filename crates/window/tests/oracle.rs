//! Random out-of-order streams: what the crate gives is what the rules say.

#[path = "support/host.rs"]
mod host;
#[path = "oracle/naive.rs"]
mod naive;
#[path = "oracle/readers.rs"]
mod readers;
#[path = "oracle/streams.rs"]
mod streams;

use host::plain::{Fates, Given, Input, Mode, Seen, Value, Windows};
use host::{Closed, Host};
use naive::{Naive, Taken};
use oriel_window::Pane;
use proptest::prelude::*;
use readers::{Deltas, Numbers, Retractions, Row};
use std::collections::BTreeMap;
use streams::{Scenario, capped, tame, wild};

/// What the host gives of every epoch, and that it holds nothing at the end.
fn run(scenario: &Scenario, workers: usize) -> Vec<Seen> {
    whole_run(scenario, workers).into_iter().map(|(_, _, seen)| seen).collect()
}

fn whole_run(scenario: &Scenario, workers: usize) -> Vec<Closed> {
    let mut host = Host::new(&scenario.rules, workers, scenario.shards);
    let all = scenario.epochs.iter().map(|epoch| host.close(epoch)).collect();
    assert!(host.is_empty(), "the stream has ended, state has not");
    all
}

/// Each pane in plain values and as it is.
fn panes(scenario: &Scenario, workers: usize) -> Vec<(Given, Pane<String>)> {
    let of = |(_, panes, seen): Closed| seen.panes.into_iter().zip(panes.into_iter().flatten());
    whole_run(scenario, workers).into_iter().flat_map(of).collect()
}

fn in_mode(scenario: &Scenario, mode: Mode) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.rules.views.iter_mut().for_each(|view| view.mode = mode);
    scenario
}

/// The rows that are there at the end.
fn rows(seen: &[Seen]) -> BTreeMap<Row, Value> {
    let mut rows = BTreeMap::new();
    for pane in seen.iter().flat_map(|seen| &seen.panes) {
        for merged in &pane.merged {
            let row = rows.remove(&(pane.view, *merged, pane.key.clone()));
            assert!(row.is_some(), "only what was shown can be merged");
        }
        rows.insert((pane.view, pane.window, pane.key.clone()), pane.total.clone());
    }
    rows
}

/// The rows of all records, whatever their order.
fn recounted(scenario: &Scenario) -> BTreeMap<Row, Value> {
    let mut records: BTreeMap<(usize, String), Vec<Taken>> = BTreeMap::new();
    for (view, record, keys) in scenario.taken() {
        for key in keys {
            records.entry((view, key)).or_default().push(record.clone());
        }
    }
    let mut rows = BTreeMap::new();
    for ((view, key), records) in records {
        for (start, of_window) in windowed(&scenario.rules.views[view].windows, records) {
            rows.insert((view, start, key.clone()), naive::fold(&of_window));
        }
    }
    rows
}

/// The records of one key in each window.
fn windowed(windows: &Windows, records: Vec<Taken>) -> BTreeMap<i64, Vec<Taken>> {
    if let Windows::Sessions { gap } = windows {
        let sessions = naive::united(records, *gap, |record| record.time);
        return sessions.into_iter().map(|session| (session[0].time, session)).collect();
    }
    let mut all: BTreeMap<i64, Vec<Taken>> = BTreeMap::new();
    for record in records {
        for (start, _) in naive::windows(windows, record.time) {
            all.entry(start).or_default().push(record.clone());
        }
    }
    all
}

fn agrees_with_the_rules(scenario: &Scenario, workers: usize) -> Result<(), TestCaseError> {
    let mut naive = Naive::new(&scenario.rules);
    for (number, seen) in run(scenario, workers).iter().enumerate() {
        prop_assert_eq!(seen, &naive.close(&scenario.epochs[number]), "epoch {}", number);
    }
    Ok(())
}

fn workers_change_nothing(scenario: &Scenario) -> Result<(), TestCaseError> {
    let mut hosts = [1, 2, 4].map(|workers| Host::new(&scenario.rules, workers, scenario.shards));
    for epoch in &scenario.epochs {
        let (one, panes, seen) = hosts[0].close(epoch);
        for host in &mut hosts[1..] {
            let (other, same_panes, same_seen) = host.close(epoch);
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(&panes, &same_panes);
            prop_assert_eq!(&seen, &same_seen);
        }
    }
    Ok(())
}

fn adds_up(fates: &Fates) -> bool {
    fates.read == fates.counted + fates.filtered + fates.late + fates.bad
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn final_rows_are_those_of_a_recount_when_nothing_comes_too_late(
        scenario in tame(),
        workers in 1..5_usize,
    ) {
        let expected = recounted(&scenario);
        prop_assert_eq!(&rows(&run(&scenario, workers)), &expected);
        prop_assert_eq!(&rows(&run(&scenario.one_by_one(), workers)), &expected);
    }

    #[test]
    fn every_epoch_end_is_what_the_rules_say(scenario in wild(), workers in 1..5_usize) {
        agrees_with_the_rules(&scenario, workers)?;
    }

    #[test]
    fn one_record_an_epoch_gives_the_textbook_behaviour(scenario in wild()) {
        agrees_with_the_rules(&scenario.one_by_one(), 1)?;
    }

    #[test]
    fn the_number_of_workers_changes_nothing(scenario in wild()) {
        workers_change_nothing(&scenario)?;
    }

    #[test]
    fn the_number_of_workers_changes_nothing_past_a_cap(scenario in capped()) {
        workers_change_nothing(&scenario)?;
    }

    #[test]
    fn past_a_cap_the_bounds_cover_the_true_counts(scenario in capped()) {
        let mut exact = scenario.clone();
        exact.rules.views.iter_mut().for_each(|view| view.cap = None);
        for ((_, all, _), (_, _, exact)) in whole_run(&scenario, 2).iter().zip(&whole_run(&exact, 2)) {
            for (view, pane) in all.iter().enumerate().flat_map(|(view, all)| all.iter().map(move |p| (view, p))) {
                let same = |given: &&Given| {
                    (given.view, given.window, &given.key) == (view, pane.window.millis(), &pane.key)
                };
                let most = host::plain::value(&pane.total).count;
                let least = most - pane.error().map_or(0, |error| host::plain::value(error).count);
                let truth = exact.panes.iter().find(same).map(|given| given.total.count);
                prop_assert!(truth.is_some_and(|truth| least <= truth && truth <= most), "{:?}", pane);
            }
        }
    }

    #[test]
    fn every_record_is_accounted_for(scenario in wild(), workers in 1..5_usize) {
        let seen = run(&scenario, workers);
        for (epoch, seen) in scenario.epochs.iter().zip(&seen) {
            let broken = epoch.inputs.iter().filter(|(_, input)| matches!(input, Input::Broken)).count();
            prop_assert!(adds_up(&seen.all), "{:?}", seen.all);
            prop_assert_eq!(seen.all.read, epoch.inputs.len() as u64);
            for view in &seen.views {
                prop_assert!(adds_up(&view.fates), "{:?}", view.fates);
                prop_assert_eq!(view.fates.read, (epoch.inputs.len() - broken) as u64);
                prop_assert!(view.fates.counted <= seen.all.counted);
            }
        }
    }

    #[test]
    fn nothing_is_too_late_that_would_have_counted_one_at_a_time(mut scenario in wild()) {
        let grows = scenario.epochs.iter().any(|epoch| epoch.partitions.len() > scenario.rules.partitions);
        if grows || scenario.rules.jump.is_some() {
            // When all are idle, silence counts from the partition that is furthest; which
            // one that is may then depend on the cuts.
            scenario.rules.idle = None;
        }
        let late = |seen: &[Seen]| -> Vec<u64> {
            let views = 0..scenario.rules.views.len();
            views.map(|view| seen.iter().map(|seen| seen.views[view].fates.late).sum()).collect()
        };
        let together = late(&run(&scenario, 1));
        let alone = late(&run(&scenario.one_by_one(), 1));
        prop_assert!(together.iter().zip(&alone).all(|(t, a)| t <= a), "{:?} {:?}", together, alone);
    }

    #[test]
    fn the_panes_of_a_window_are_numbered_and_none_comes_after_the_last(
        scenario in wild(),
        workers in 1..5_usize,
    ) {
        let mut numbers = Numbers::default();
        for pane in run(&scenario, workers).iter().flat_map(|seen| &seen.panes) {
            numbers.take(pane, &scenario.rules.views[pane.view].windows)?;
        }
    }

    #[test]
    fn discarding_panes_merge_to_the_whole_value(scenario in wild(), workers in 1..5_usize) {
        let mut deltas = Deltas::default();
        for (given, pane) in panes(&in_mode(&scenario, Mode::Discarding), workers) {
            deltas.take(&given, &pane)?;
        }
    }

    #[test]
    fn a_reader_that_withdraws_and_adds_holds_the_rows(scenario in wild(), workers in 1..5_usize) {
        let retracting = in_mode(&scenario, Mode::Retracting);
        let mut reader = Retractions::default();
        for (given, pane) in panes(&retracting, workers) {
            reader.take(&given, &pane)?;
        }
        prop_assert_eq!(reader.rows(), rows(&run(&in_mode(&scenario, Mode::Accumulating), 1)));
    }

    #[test]
    fn the_mode_changes_nothing_but_what_is_beside_the_total(scenario in wild()) {
        let [one, other, third] = [Mode::Accumulating, Mode::Discarding, Mode::Retracting].map(|mode| {
            let mut seen = run(&in_mode(&scenario, mode), 2);
            for pane in seen.iter_mut().flat_map(|seen| &mut seen.panes) {
                pane.delta = None;
                pane.withdrawn.clear();
            }
            seen
        });
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&one, &third);
    }
}
