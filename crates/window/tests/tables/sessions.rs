//! Sessions.

use crate::dsl::check;

#[test]
fn sessions_that_only_touch_are_two() {
    check(
        "sessions 10s",
        "
        0 10 |  10 | [0,10) ON_TIME #0 = 1, last
         end | end | [10,20) ON_TIME #0 = 1, last
        ",
    );
    check(
        "sessions 10s, disorder 20s",
        "
         10 | -10 |
          0 | -10 |
         20 |   0 |
        end | end | [0,10) ON_TIME #0 = 1, last
            |     | [10,20) ON_TIME #0 = 1, last
            |     | [20,30) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn sessions_that_overlap_are_one() {
    check(
        "sessions 10s",
        "
             0 |      0 |
         9.999 |  9.999 |
        19.999 | 19.999 | [0,19.999) ON_TIME #0 = 2, last
           end |    end | [19.999,29.999) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn all_records_of_an_epoch_are_united_first() {
    check(
        "sessions 10s",
        "
        16 0 8 |  16 |
           end | end | [0,26) ON_TIME #0 = 3, last
        ",
    );
}

#[test]
fn sessions_reach_over_1970() {
    check(
        "sessions 10s, disorder 20s",
        "
        -15 -6 3 | -17 |
             -26 | -17 |
             end | end | [-26,-16) ON_TIME #0 = 1, last
                 |     | [-15,13) ON_TIME #0 = 3, last
        ",
    );
}

#[test]
fn each_key_has_its_own_sessions() {
    check(
        "sessions 10s",
        "
        0/a 5/b 8/a |   8 |
               14/b |  14 |
               18/c |  18 | [0,18) a ON_TIME #0 = 2, last
                end | end | [5,24) b ON_TIME #0 = 2, last
                    |     | [18,28) c ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn a_record_that_bridges_two_sessions_makes_them_one() {
    check(
        "sessions 10s, disorder 100s, early every 1 records",
        "
          0 | -100 | [0,10) EARLY #0 = 1
         15 |  -85 | [15,25) EARLY #0 = 1
          8 |  -85 | [0,25) EARLY #1 = 3, merges 15
        end |  end | [0,25) ON_TIME #2 = 3, last
        ",
    );
}

#[test]
fn a_bridge_under_retraction_withdraws_what_both_have_shown() {
    check(
        "sessions 10s, disorder 100s, early every 1 records, retracting",
        "
          0 | -100 | [0,10) EARLY #0 = 1
         15 |  -85 | [15,25) EARLY #0 = 1
         16 |  -84 | [15,26) EARLY #1 = 2, -1
          8 |  -84 | [0,26) EARLY #2 = 4, -1, -2 of 15, merges 15
        end |  end | [0,26) ON_TIME #3 = 4, -4, last
        ",
    );
}

#[test]
fn a_bridge_under_discarding_gives_only_the_bridge() {
    check(
        "sessions 10s, disorder 100s, early every 1 records, discarding",
        "
          0 | -100 | [0,10) EARLY #0 = 1, +1
         15 |  -85 | [15,25) EARLY #0 = 1, +1
         16 |  -84 | [15,26) EARLY #1 = 2, +1
          8 |  -84 | [0,26) EARLY #2 = 4, +1, merges 15
        end |  end | [0,26) ON_TIME #3 = 4, +0, last
        ",
    );
}

#[test]
fn an_earlier_record_gives_its_session_another_name() {
    check(
        "sessions 10s, disorder 100s, early every 1 records, retracting",
        "
        20 | -80 | [20,30) EARLY #0 = 1
        15 | -80 | [15,30) EARLY #1 = 2, -1 of 20, merges 20
        10 | -80 | [10,30) EARLY #2 = 3, -2 of 15, merges 15
        25 | -75 | [10,35) EARLY #3 = 4, -3
        ",
    );
}

#[test]
fn sessions_that_gave_no_pane_are_not_named() {
    check(
        "sessions 10s, disorder 100s, early every 3 records, retracting",
        "
          20 | -80 |
          15 | -80 |
           0 | -80 |
        10 8 | -80 | [0,30) EARLY #0 = 5
        ",
    );
}

#[test]
fn a_session_that_absorbs_twice_before_it_fires_names_all_that_was_shown() {
    check(
        "sessions 10s, disorder 100s, early every 5s, retracting",
        "
        at=1 40 20 | -60 |
              at=5 | -60 | [20,30) EARLY #0 = 1
                   |     | [40,50) EARLY #0 = 1
           at=6 28 | -60 |
           at=7 35 | -60 |
           at=8 15 | -60 |
             at=10 | -60 | [15,50) EARLY #1 = 5, -1 of 20, -1 of 40, merges 20, merges 40
          at=15 16 | -60 | [15,50) EARLY #2 = 6, -5
        ",
    );
}

#[test]
fn a_merged_session_has_passed_the_multiples_of_its_largest_part() {
    check(
        "sessions 10s, disorder 100s, early every 4 records",
        "
           0 1 2 | -98 |
        20 21 22 | -78 |
              11 | -78 | [0,32) EARLY #0 = 7
              12 | -78 | [0,32) EARLY #1 = 8
        ",
    );
    check(
        "sessions 10s, disorder 100s, early every 2 records",
        "
        20 21 | -79 | [20,31) EARLY #0 = 2
           12 | -79 |
           13 | -79 | [12,31) EARLY #1 = 4, merges 20
        ",
    );
}

#[test]
fn records_triggers_of_sessions_count_for_each_key_alone() {
    check(
        "sessions 10s, disorder 100s, early every 2 records",
        "
        0/a 1/b | -99 |
            2/a | -98 | [0,12) a EARLY #0 = 2
          3/a+b | -97 | [1,13) b EARLY #0 = 2
        ",
    );
}

#[test]
fn time_triggers_of_sessions_are_due_for_those_that_changed() {
    check(
        "sessions 10s, disorder 100s, early every 5s",
        "
        at=1 0/a | -100 |
        at=5 3/b |  -97 | [0,10) a EARLY #0 = 1
                 |      | [3,13) b EARLY #0 = 1
        at=6 4/b |  -96 |
           at=10 |  -96 | [3,14) b EARLY #1 = 2
           at=15 |  -96 |
        ",
    );
    check(
        "sessions 10s, disorder 100s, early every 5s, unchanged",
        "
        at=1 0/a | -100 |
        at=5 3/b |  -97 | [0,10) a EARLY #0 = 1
                 |      | [3,13) b EARLY #0 = 1
        at=6 4/b |  -96 |
           at=10 |  -96 | [0,10) a EARLY #1 = 1
                 |      | [3,14) b EARLY #1 = 2
        ",
    );
}

#[test]
fn a_closed_session_that_is_extended_beyond_the_watermark_is_open_and_closes_again() {
    check(
        "sessions 10s, lateness 20s",
        "
         0/a |   0 |
        12/b |  12 | [0,10) a ON_TIME #0 = 1
         9/a |  12 |
        19/b |  19 | [0,19) a ON_TIME #1 = 2
         8/a |  19 | [0,19) a LATE #2 = 3
        39/b |  39 | [12,29) b ON_TIME #0 = 2
         end | end | [39,49) b ON_TIME #0 = 1, last
        ",
    );
    check(
        "sessions 10s, lateness 20s, early every 1 records, retracting",
        "
         0/a |  0 | [0,10) a EARLY #0 = 1
        12/b | 12 | [0,10) a ON_TIME #1 = 1, -1
             |    | [12,22) b EARLY #0 = 1
         9/a | 12 | [0,19) a EARLY #2 = 2, -1
        19/b | 19 | [0,19) a ON_TIME #3 = 2, -2
             |    | [12,29) b EARLY #1 = 2, -1
        ",
    );
}

#[test]
fn a_closed_session_may_close_again_in_the_epoch_that_extends_it() {
    check(
        "sessions 10s, lateness 20s",
        "
        0/a 12/b | 12 | [0,10) a ON_TIME #0 = 1
        9/a 19/b | 19 | [0,19) a ON_TIME #1 = 2
        ",
    );
}

#[test]
fn a_late_record_opens_a_closed_session_of_its_own() {
    check(
        "sessions 10s, lateness 20s",
        "
        30/b | 30 |
        15/a | 30 | [15,25) a LATE #0 = 1
         0/b | 30 | too late 1
        16/a | 30 | [15,26) a LATE #1 = 2
        46/b | 46 | [30,40) b ON_TIME #0 = 1
        ",
    );
}

#[test]
fn a_record_is_late_by_its_own_time_and_not_by_that_of_its_session() {
    check(
        "sessions 10s, lateness 5s",
        "
        0/a 8/a 16/a |  16 |
                20/b |  20 |
                 5/a |  20 | too late 1
                 6/a |  20 |
                 end | end | [0,26) a ON_TIME #0 = 4, last
                     |     | [20,30) b ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn a_late_record_bridges_two_closed_sessions() {
    check(
        "sessions 10s, lateness 30s, retracting",
        "
        0/a 12/a |  12 | [0,10) a ON_TIME #0 = 1
            30/b |  30 | [12,22) a ON_TIME #0 = 1
             5/a |  30 | [0,22) a LATE #1 = 3, -1, -1 of 12, merges 12
            52/b |  52 | [30,40) b ON_TIME #0 = 1
             end | end | [52,62) b ON_TIME #0 = 1, last
        ",
    );
    check(
        "sessions 10s, lateness 30s, discarding",
        "
        0/a 12/a | 12 | [0,10) a ON_TIME #0 = 1, +1
            30/b | 30 | [12,22) a ON_TIME #0 = 1, +1
             5/a | 30 | [0,22) a LATE #1 = 3, +1, merges 12
        ",
    );
}

#[test]
fn a_late_record_bridges_a_closed_and_an_open_session() {
    check(
        "sessions 10s, lateness 20s, retracting",
        "
         0/a |   0 |
        15/a |  15 | [0,10) a ON_TIME #0 = 1
         8/a |  15 |
        25/b |  25 | [0,25) a ON_TIME #1 = 3, -1
         end | end | [25,35) b ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn late_panes_of_sessions_by_records_count_those_that_came_after_closing() {
    check(
        "sessions 10s, lateness 50s, late every 2 records",
        "
        0/a 20/b |  20 | [0,10) a ON_TIME #0 = 1
             1/a |  20 |
             2/a |  20 | [0,12) a LATE #1 = 3
             3/b |  20 |
            60/b |  60 | [20,30) b ON_TIME #0 = 1
            63/b |  63 | [3,13) b LATE #0 = 1, last
             end | end | [60,73) b ON_TIME #0 = 2, last
        ",
    );
}

#[test]
fn late_panes_of_sessions_by_time_wait_for_the_next_multiple() {
    check(
        "sessions 10s, lateness 50s, late every 5s",
        "
        at=1 0/a 20/b | 20 | [0,10) a ON_TIME #0 = 1
             at=2 1/a | 20 |
             at=4 5/c | 20 |
                 at=5 | 20 | [0,11) a LATE #1 = 2
                      |    | [5,15) c LATE #0 = 1
                at=10 | 20 |
        ",
    );
    check(
        "sessions 10s, lateness 20s, late every 5s, unchanged",
        "
        at=1 0/a 20/b | 20 | [0,10) a ON_TIME #0 = 1
                 at=5 | 20 | [0,10) a LATE #1 = 1
            at=9 29/b | 29 |
           at=10 30/b | 30 | [0,10) a LATE #2 = 1, last
        ",
    );
}

#[test]
fn what_overlaps_only_a_purged_session_is_a_new_one() {
    check(
        "sessions 10s",
        "
        0/a 9/a |   9 |
           19/b |  19 | [0,19) a ON_TIME #0 = 2, last
           14/a |  19 |
            end | end | [14,24) a ON_TIME #0 = 1, last
                |     | [19,29) b ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn a_session_opens_closes_and_is_purged_in_one_epoch() {
    check(
        "sessions 10s, lateness 5s, early every 1 records",
        "
        0 5 50 | 50 | [0,15) ON_TIME #0 = 2, last
               |    | [50,60) EARLY #0 = 1
        ",
    );
}

#[test]
fn a_gap_without_end_and_a_lateness_without_end_last_until_the_end() {
    check(
        "sessions 106751991167d",
        "
        253402300799 | 253402300799 |
                 end |          end | [253402300799,end) ON_TIME #0 = 1, last
        ",
    );
    check(
        "sessions 10s, lateness 106751991167d, late every 2 records",
        "
        253402300799/a |  253402300799 |
          253400000000 |  253402300799 |
                   end |           end | [253400000000,253400000010) LATE #0 = 1, last
                       |               | [253402300799,253402300809) a ON_TIME #0 = 1, last
        ",
    );
}
