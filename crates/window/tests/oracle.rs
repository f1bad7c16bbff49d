//! Random out-of-order streams: what the crate gives is what the rules say.

#[path = "support/host.rs"]
mod host;
#[path = "oracle/naive.rs"]
mod naive;
#[path = "oracle/streams.rs"]
mod streams;

use host::{Fates, Given, Host, Seen};
use naive::Naive;
use proptest::prelude::*;
use std::collections::BTreeMap;
use streams::{Scenario, tame, wild};

/// View, window, key.
type Row = (usize, i64, String);

/// What the host gives of every epoch, and that it holds nothing at the end.
fn run(scenario: &Scenario, workers: usize) -> Vec<Seen> {
    let mut host = Host::new(&scenario.rules, workers, scenario.shards);
    let seen = scenario.epochs.iter().map(|epoch| host.close(epoch).2).collect();
    assert!(host.is_empty(), "the stream has ended, state has not");
    seen
}

fn panes(seen: &[Seen]) -> impl Iterator<Item = &Given> {
    seen.iter().flat_map(|seen| &seen.panes)
}

/// The last pane of each.
fn rows(seen: &[Seen]) -> BTreeMap<Row, i64> {
    panes(seen).map(|pane| ((pane.view, pane.window, pane.key.clone()), pane.value)).collect()
}

fn recounted(scenario: &Scenario) -> BTreeMap<Row, i64> {
    let mut rows = BTreeMap::new();
    for (view, time, keys) in scenario.taken() {
        for window in naive::windows(&scenario.rules.views[view], time) {
            for key in &keys {
                *rows.entry((view, window, key.clone())).or_insert(0) += 1;
            }
        }
    }
    rows
}

fn agrees_with_the_rules(scenario: &Scenario, workers: usize) -> Result<(), TestCaseError> {
    let mut naive = Naive::new(&scenario.rules);
    for (number, seen) in run(scenario, workers).iter().enumerate() {
        prop_assert_eq!(seen, &naive.close(&scenario.epochs[number]), "epoch {}", number);
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
        let mut hosts = [1, 2, 4].map(|workers| Host::new(&scenario.rules, workers, scenario.shards));
        for epoch in &scenario.epochs {
            let (mut one, panes, _) = hosts[0].close(epoch);
            for host in &mut hosts[1..] {
                let (other, same, _) = host.close(epoch);
                prop_assert_eq!(&one, &other);
                prop_assert_eq!(&panes, &same);
                one = other;
            }
        }
    }

    #[test]
    fn every_record_is_accounted_for(scenario in wild(), workers in 1..5_usize) {
        let seen = run(&scenario, workers);
        for (epoch, seen) in scenario.epochs.iter().zip(&seen) {
            let broken = epoch.inputs.iter().filter(|(_, input)| matches!(input, host::Input::Broken)).count();
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
    fn nothing_is_too_late_that_would_have_counted_one_at_a_time(scenario in wild()) {
        let late = |seen: &[Seen]| -> Vec<u64> {
            let views = 0..scenario.rules.views.len();
            views.map(|view| seen.iter().map(|seen| seen.views[view].fates.late).sum()).collect()
        };
        let together = late(&run(&scenario, 1));
        let alone = late(&run(&scenario.one_by_one(), 1));
        prop_assert!(together.iter().zip(&alone).all(|(t, a)| t <= a), "{:?} {:?}", together, alone);
    }

    #[test]
    fn the_panes_of_a_window_are_numbered_ordered_and_never_go_on_after_the_last(
        scenario in wild(),
        workers in 1..5_usize,
    ) {
        let mut of: BTreeMap<Row, Vec<Given>> = BTreeMap::new();
        for pane in panes(&run(&scenario, workers)) {
            of.entry((pane.view, pane.window, pane.key.clone())).or_default().push(pane.clone());
        }
        for panes in of.values() {
            for (number, pane) in panes.iter().enumerate() {
                prop_assert_eq!(pane.index as usize, number);
                prop_assert!(!pane.last || number == panes.len() - 1, "{:?}", panes);
            }
            for pair in panes.windows(2) {
                let order = ["EARLY", "ON_TIME", "LATE"];
                let place = |pane: &Given| order.iter().position(|timing| *timing == pane.timing);
                prop_assert!(place(&pair[0]) <= place(&pair[1]), "{:?}", pair);
                let changed = pair[0].value < pair[1].value;
                prop_assert!(changed || pair[1].timing == "ON_TIME" && pair[0].value == pair[1].value);
                prop_assert!(pair[0].timing != "ON_TIME" || pair[1].timing != "ON_TIME", "{:?}", pair);
            }
        }
    }
}
