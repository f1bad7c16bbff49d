//! What panes hold.

use crate::dsl::check;

#[test]
fn the_example_discarding() {
    check(
        "tumbling 10s, disorder 2s, lateness 5s, early every 2 records, discarding",
        "
          1 |  -1 |
          4 |   2 | [0,10) EARLY #0 = 2, +2
         12 |  10 | [0,10) ON_TIME #1 = 2, +0
          9 |  10 | [0,10) LATE #2 = 3, +1
         17 |  15 | [10,20) EARLY #0 = 2, +2
          3 |  15 | too late 1
        end | end | [10,20) ON_TIME #1 = 2, +0, last
        ",
    );
}

#[test]
fn the_example_retracting() {
    check(
        "tumbling 10s, disorder 2s, lateness 5s, early every 2 records, retracting",
        "
          1 |  -1 |
          4 |   2 | [0,10) EARLY #0 = 2
         12 |  10 | [0,10) ON_TIME #1 = 2, -2
          9 |  10 | [0,10) LATE #2 = 3, -2
         17 |  15 | [10,20) EARLY #0 = 2
          3 |  15 | too late 1
        end | end | [10,20) ON_TIME #1 = 2, -2, last
        ",
    );
}

#[test]
fn discarding_by_time_over_shared_slices_gives_each_window_what_is_new_to_it() {
    check(
        "sliding 20s 10s, lateness 10s, early every 5s, discarding",
        "
            at=1 12 |  12 |
            at=5 13 |  13 | [0,20) EARLY #0 = 2, +2
                    |     | [10,30) EARLY #0 = 2, +2
             at=6 5 |  13 | [-10,10) LATE #0 = 1, +1
            at=7 21 |  21 | [0,20) ON_TIME #1 = 3, +1
            at=8 14 |  21 | [0,20) LATE #2 = 4, +1
              at=10 |  21 | [10,30) EARLY #1 = 4, +2
                    |     | [20,40) EARLY #0 = 1, +1
        at=11 15 16 |  21 | [0,20) LATE #3 = 6, +2
                end | end | [10,30) ON_TIME #2 = 6, +2, last
                    |     | [20,40) ON_TIME #1 = 1, +0, last
        ",
    );
}

#[test]
fn discarding_by_records_counts_for_each_window_alone() {
    check(
        "sliding 20s 10s, early every 2 records, discarding",
        "
         12 |  12 |
         13 |  13 | [0,20) EARLY #0 = 2, +2
            |     | [10,30) EARLY #0 = 2, +2
         15 |  15 |
         21 |  21 | [0,20) ON_TIME #1 = 3, +1, last
            |     | [10,30) EARLY #1 = 4, +2
         22 |  22 | [20,40) EARLY #0 = 2, +2
        end | end | [10,30) ON_TIME #2 = 5, +1, last
            |     | [20,40) ON_TIME #1 = 2, +0, last
        ",
    );
}

#[test]
fn discarding_on_time_only_gives_late_records_alone() {
    check(
        "sliding 20s 10s, lateness 10s, discarding",
        "
        5 12 |  12 | [-10,10) ON_TIME #0 = 1, +1
          25 |  25 | [0,20) ON_TIME #0 = 2, +2
          13 |  25 | [0,20) LATE #1 = 3, +1
         end | end | [10,30) ON_TIME #0 = 3, +3, last
             |     | [20,40) ON_TIME #0 = 1, +1, last
        ",
    );
}

#[test]
fn discarding_late_panes_by_time_hold_all_that_came_since_the_last() {
    check(
        "sliding 20s 10s, lateness 50s, late every 5s, discarding",
        "
        at=1 12 |  12 |
        at=2 35 |  35 | [0,20) ON_TIME #0 = 1, +1
                |     | [10,30) ON_TIME #0 = 1, +1
        at=3 11 |  35 |
         at=4 9 |  35 |
        at=5 12 |  35 | [-10,10) LATE #0 = 1, +1
                |     | [0,20) LATE #1 = 4, +3
                |     | [10,30) LATE #1 = 3, +2
        at=9 13 |  35 |
            end | end | [0,20) LATE #2 = 5, +1, last
                |     | [10,30) LATE #2 = 4, +1, last
                |     | [20,40) ON_TIME #0 = 1, +1, last
                |     | [30,50) ON_TIME #0 = 1, +1, last
        ",
    );
}

#[test]
fn discarding_gives_nothing_new_where_nothing_changed() {
    check(
        "tumbling 100s, early every 5s, unchanged, discarding",
        "
         at=1 1/a | 1 |
             at=5 | 1 | [0,100) a EARLY #0 = 1, +1
        at=10 2/b | 2 | [0,100) a EARLY #1 = 1, +0
                  |   | [0,100) b EARLY #0 = 1, +1
        ",
    );
}

#[test]
fn retracting_withdraws_what_the_window_itself_showed_last() {
    check(
        "sliding 20s 10s, lateness 10s, retracting",
        "
         5/a 12/b |  12 | [-10,10) a ON_TIME #0 = 1
             25/a |  25 | [0,20) a ON_TIME #0 = 1
                  |     | [0,20) b ON_TIME #0 = 1
        13/b 14/b |  25 | [0,20) b LATE #1 = 3, -1
             19/b |  25 | [0,20) b LATE #2 = 4, -3
              end | end | [10,30) a ON_TIME #0 = 1, last
                  |     | [10,30) b ON_TIME #0 = 4, last
                  |     | [20,40) a ON_TIME #0 = 1, last
        ",
    );
}
