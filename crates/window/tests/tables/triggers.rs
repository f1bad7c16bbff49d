//! When windows fire.

use crate::dsl::check;

#[test]
fn a_window_is_on_time_once_changed_or_not() {
    check(
        "tumbling 10s, lateness 10s, early every 1 records",
        "
        4/a       |   4 | [0,10) a EARLY #0 = 1
        5/b       |   5 | [0,10) b EARLY #0 = 1
        6/b       |   6 | [0,10) b EARLY #1 = 2
        10/-      |  10 | [0,10) a ON_TIME #1 = 1
                  |     | [0,10) b ON_TIME #2 = 2
                  |     | filtered 1
        11/-      |  11 | filtered 1
        end       | end |
        ",
    );
}

#[test]
fn a_time_trigger_is_due_at_the_first_epoch_end_after_each_multiple() {
    check(
        "tumbling 100s, early every 5s",
        "
        at=3     1  |   1 |
        at=4.999 2  |   2 |
        at=5        |   2 | [0,100) EARLY #0 = 2
        at=6     3  |   3 |
        at=9.9   4  |   4 |
        at=23    5  |   5 | [0,100) EARLY #1 = 5
        at=24    6  |   6 |
        at=25       |   6 | [0,100) EARLY #2 = 6
        at=30       |   6 |
        at=31    7  |   7 |
        at=35    8  |   8 | [0,100) EARLY #3 = 8
        end         | end | [0,100) ON_TIME #4 = 8, last
        ",
    );
}

#[test]
fn a_time_trigger_is_due_for_all_windows_of_a_view_together_and_each_gives_one_pane() {
    check(
        "tumbling 10s, disorder 30s, early every 5s, early every 2 records",
        "
        at=1      1 11  | -19 |
        at=5 12 13 2 35 |   5 | [0,10) EARLY #0 = 2
                        |     | [10,20) EARLY #0 = 3
                        |     | [30,40) EARLY #0 = 1
        at=10     40 12 |  10 | [0,10) ON_TIME #1 = 2, last
                        |     | [10,20) EARLY #1 = 4
                        |     | [40,50) EARLY #0 = 1
        ",
    );
}

#[test]
fn a_clock_that_goes_back_makes_nothing_due() {
    check(
        "tumbling 100s, early every 5s",
        "
        at=11  1  | 1 |
        at=2   2  | 2 |
        at=9   3  | 3 |
        at=14  4  | 4 |
        at=15     | 4 | [0,100) EARLY #0 = 4
        ",
    );
}

#[test]
fn a_records_trigger_counts_the_records_of_a_window_over_all_keys() {
    check(
        "tumbling 10s, early every 3 records",
        "
        1/a           | 1 |
        2/b           | 2 |
        3/a           | 3 | [0,10) a EARLY #0 = 2
                      |   | [0,10) b EARLY #0 = 1
        4/b+c         | 4 |
        4/-           | 4 | filtered 1
        5/b           | 5 |
        6/b           | 6 | [0,10) b EARLY #1 = 4
                      |   | [0,10) c EARLY #0 = 1
        ",
    );
}

#[test]
fn a_records_trigger_fires_once_for_all_the_multiples_of_an_epoch() {
    check(
        "tumbling 10s, early every 2 records",
        "
        1 1 1 1 1 | 1 | [0,10) EARLY #0 = 5
        1         | 1 | [0,10) EARLY #1 = 6
        1         | 1 |
        1         | 1 | [0,10) EARLY #2 = 8
        ",
    );
}

#[test]
fn time_triggers_have_multiples_before_1970_too() {
    check(
        "tumbling 100s, early every 5s",
        "
        at=-9 1 | 1 |
        at=-6 2 | 2 |
        at=-5 3 | 3 | [0,100) EARLY #0 = 3
        at=-1 4 | 4 |
           at=0 | 4 | [0,100) EARLY #1 = 4
        ",
    );
}

#[test]
fn unchanged_panes_come_for_all_keys_when_a_trigger_is_due() {
    check(
        "tumbling 100s, early every 5s, unchanged",
        "
        at=1 1/a 2/b | 2 |
            at=5 3/b | 3 | [0,100) a EARLY #0 = 1
                     |   | [0,100) b EARLY #0 = 2
               at=10 | 3 | [0,100) a EARLY #1 = 1
                     |   | [0,100) b EARLY #1 = 2
           at=12 4/a | 4 |
               at=16 | 4 | [0,100) a EARLY #2 = 2
                     |   | [0,100) b EARLY #2 = 2
        ",
    );
    check(
        "tumbling 10s, early every 2 records, unchanged",
        "
            1/a | 1 |
            2/b | 2 | [0,10) a EARLY #0 = 1
                |   | [0,10) b EARLY #0 = 1
        3/b 4/b | 4 | [0,10) a EARLY #1 = 1
                |   | [0,10) b EARLY #1 = 3
            5/- | 5 | filtered 1
        ",
    );
}

#[test]
fn unchanged_late_panes_come_while_the_window_is_held_and_not_because_of_its_purge() {
    check(
        "tumbling 10s, lateness 10s, late every 5s, unchanged",
        "
        at=1 1/a 2/b |  2 |
           at=2 10/a | 10 | [0,10) a ON_TIME #0 = 1
                     |    | [0,10) b ON_TIME #0 = 1
                at=5 | 10 | [0,10) a LATE #1 = 1
                     |    | [0,10) b LATE #1 = 1
            at=6 3/b | 10 |
           at=7 20/a | 20 | [0,10) b LATE #2 = 2, last
                     |    | [10,20) a ON_TIME #0 = 1
          at=10 30/a | 30 | [10,20) a LATE #1 = 1, last
                     |    | [20,30) a ON_TIME #0 = 1
        ",
    );
    check(
        "tumbling 10s, lateness 10s, unchanged",
        "
        1/a 2/b |  2 |
           10/a | 10 | [0,10) a ON_TIME #0 = 1
                |    | [0,10) b ON_TIME #0 = 1
           11/a | 11 |
            3/b | 11 | [0,10) a LATE #1 = 1
                |    | [0,10) b LATE #1 = 2
        ",
    );
}

#[test]
fn sliding_windows_share_records_and_fire_each_by_its_own_number() {
    check(
        "sliding 20s 10s, early every 3 records",
        "
          5 6 |  6 |
           11 | 11 | [-10,10) ON_TIME #0 = 2, last
              |    | [0,20) EARLY #0 = 3
        12 13 | 13 | [10,30) EARLY #0 = 3
           14 | 14 | [0,20) EARLY #1 = 6
        ",
    );
}
