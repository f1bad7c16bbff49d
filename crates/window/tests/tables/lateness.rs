//! What comes late, and what comes too late.

use crate::dsl::check;

#[test]
fn a_window_that_first_appears_late_starts_with_a_late_pane() {
    check(
        "tumbling 10s, lateness 20s, early every 1 records",
        "
        25  |  25 | [20,30) EARLY #0 = 1
         3  |  25 | [0,10) LATE #0 = 1
         3  |  25 | [0,10) LATE #1 = 2
        15  |  25 | [10,20) LATE #0 = 1
        30  |  30 | [20,30) ON_TIME #1 = 1
            |     | [30,40) EARLY #0 = 1
        end | end | [30,40) ON_TIME #1 = 1, last
        ",
    );
}

#[test]
fn a_watermark_that_jumps_closes_and_purges_at_once() {
    check(
        "tumbling 10s, lateness 5s, early every 1s",
        "
         1     |   1 |
         2 94  |  94 | [0,10) ON_TIME #0 = 2, last
         9     |  94 | too late 1
        89     |  94 | [80,90) LATE #0 = 1
         1 end | end | [90,100) ON_TIME #0 = 1, last
               |     | too late 1
        ",
    );
}

#[test]
fn late_records_of_sliding_windows_miss_only_those_that_are_purged() {
    check(
        "sliding 30s 10s, lateness 5s",
        "
        12   |  12 |
        25   |  25 | [-10,20) ON_TIME #0 = 1, last
        13   |  25 | missed 1
        30   |  30 | [0,30) ON_TIME #0 = 3
        14   |  30 | [0,30) LATE #1 = 4
             |     | missed 1
        35   |  35 |
        15   |  35 | missed 2
        45   |  45 | [10,40) ON_TIME #0 = 7, last
        16   |  45 | too late 1
        20   |  45 | missed 2
        end  | end | [20,50) ON_TIME #0 = 5, last
             |     | [30,60) ON_TIME #0 = 3, last
             |     | [40,70) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn late_panes_by_records_count_those_that_came_after_closing() {
    check(
        "tumbling 10s, lateness 20s, late every 2 records",
        "
        1 2 3 |   3 |
           10 |  10 | [0,10) ON_TIME #0 = 3
            4 |  10 |
            5 |  10 | [0,10) LATE #1 = 5
        6 7 8 |  10 | [0,10) LATE #2 = 8
            9 |  10 | [0,10) LATE #3 = 9
            9 |  10 |
           30 |  30 | [0,10) LATE #4 = 10, last
              |     | [10,20) ON_TIME #0 = 1
          end | end | [30,40) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn late_panes_by_time_wait_for_the_next_multiple() {
    check(
        "tumbling 10s, lateness 20s, late every 5s",
        "
          at=3 1 |  1 |
         at=4 10 | 10 | [0,10) ON_TIME #0 = 1
          at=4 2 | 10 |
          at=5 3 | 10 | [0,10) LATE #1 = 3
          at=7 4 | 10 |
           at=11 | 10 | [0,10) LATE #2 = 4
           at=15 | 10 |
         at=16 5 | 10 |
        at=17 30 | 30 | [0,10) LATE #3 = 5, last
                 |    | [10,20) ON_TIME #0 = 1
        ",
    );
}

#[test]
fn late_panes_by_time_and_records_come_for_either() {
    check(
        "tumbling 10s, lateness 100s, late every 10s, late every 3 records",
        "
         at=1 10 |  10 |
        at=2 1 2 |  10 |
          at=3 3 |  10 | [0,10) LATE #0 = 3
          at=4 4 |  10 |
           at=10 |  10 | [0,10) LATE #1 = 4
           at=20 |  10 |
         at=21 5 |  10 |
         at=22 6 |  10 | [0,10) LATE #2 = 6
             end | end | [10,20) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn early_triggers_are_of_open_windows_and_late_ones_of_closed_windows() {
    check(
        "tumbling 10s, lateness 20s, early every 2 records, late every 3 records",
        "
            1 |  1 |
           10 | 10 | [0,10) ON_TIME #0 = 1
            2 | 10 |
        11 12 | 12 | [10,20) EARLY #0 = 3
          3 4 | 12 | [0,10) LATE #1 = 4
        ",
    );
    check(
        "tumbling 10s, lateness 20s, early every 5s, late every 7s",
        "
         at=1 1 |  1 |
        at=2 10 | 10 | [0,10) ON_TIME #0 = 1
         at=3 2 | 10 |
           at=5 | 10 | [10,20) EARLY #0 = 1
        at=6 11 | 11 |
           at=7 | 11 | [0,10) LATE #1 = 2
        ",
    );
}

#[test]
fn a_purge_shows_what_no_pane_has_shown_and_nothing_else() {
    check(
        "tumbling 10s, lateness 10s, late every 100 records",
        "
        1/a 2/b |   2 |
           10/c |  10 | [0,10) a ON_TIME #0 = 1
                |     | [0,10) b ON_TIME #0 = 1
            3/b |  10 |
           20/c |  20 | [0,10) b LATE #1 = 2, last
                |     | [10,20) c ON_TIME #0 = 1
           30/c |  30 | [20,30) c ON_TIME #0 = 1
            end | end | [30,40) c ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn the_end_of_the_stream_shows_what_late_triggers_held_back() {
    check(
        "sliding 20s 10s, lateness 100s, late every 100 records",
        "
          5 |   5 |
         30 |  30 | [-10,10) ON_TIME #0 = 1
            |     | [0,20) ON_TIME #0 = 1
          6 |  30 |
        end | end | [-10,10) LATE #1 = 2, last
            |     | [0,20) LATE #1 = 2, last
            |     | [20,40) ON_TIME #0 = 1, last
            |     | [30,50) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn a_record_is_late_for_one_window_and_early_for_the_next() {
    check(
        "sliding 20s 10s, lateness 30s, early every 1 records",
        "
        21 | 21 | [10,30) EARLY #0 = 1
           |    | [20,40) EARLY #0 = 1
        12 | 21 | [0,20) LATE #0 = 1
           |    | [10,30) EARLY #1 = 2
        ",
    );
}

#[test]
fn records_of_an_epoch_are_judged_by_the_watermark_before_it_in_any_order() {
    check(
        "tumbling 10s",
        "
        100 1 50 | 100 | [0,10) ON_TIME #0 = 1, last
                 |     | [50,60) ON_TIME #0 = 1, last
              99 | 100 | too late 1
             100 | 100 |
             end | end | [100,110) ON_TIME #0 = 2, last
        ",
    );
}
