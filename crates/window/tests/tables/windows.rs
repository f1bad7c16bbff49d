//! Which windows hold a record, and when they close.

use crate::dsl::check;

#[test]
fn times_before_1970_floor_downwards() {
    check(
        "tumbling 10s, disorder 100s",
        "
        -20 -11 -10 -0.001 0 | -100 |
                         end |  end | [-20,-10) ON_TIME #0 = 2, last
                             |      | [-10,0) ON_TIME #0 = 2, last
                             |      | [0,10) ON_TIME #0 = 1, last
        ",
    );
    check(
        "sliding 20s 10s, disorder 100s",
        "
        -10 -0.001 | -100.001 |
               end |      end | [-20,0) ON_TIME #0 = 2, last
                   |          | [-10,10) ON_TIME #0 = 2, last
        ",
    );
}

#[test]
fn a_window_closes_when_the_watermark_is_at_its_end_and_not_a_millisecond_before() {
    check(
        "tumbling 10s, lateness 5s",
        "
        9.999      |  9.999 |
        10         | 10     | [0,10) ON_TIME #0 = 1
        14.999     | 14.999 |
        0          | 14.999 | [0,10) LATE #1 = 2
        15         | 15     |
        9.999      | 15     | too late 1
        end        | end    | [10,20) ON_TIME #0 = 3, last
        ",
    );
}

#[test]
fn a_sliding_window_counts_each_event_once_in_every_window_that_holds_it() {
    check(
        "sliding 60s 30s, disorder 100s",
        "
        0 29.999 30 59 60 | -40 |
                      end | end | [-30,30) ON_TIME #0 = 2, last
                          |     | [0,60) ON_TIME #0 = 4, last
                          |     | [30,90) ON_TIME #0 = 3, last
                          |     | [60,120) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn only_a_pane_after_which_none_can_come_is_the_last() {
    check(
        "tumbling 10s",
        "
         1  |   1 |
        10  |  10 | [0,10) ON_TIME #0 = 1, last
        end | end | [10,20) ON_TIME #0 = 1, last
        ",
    );
    check(
        "tumbling 10s, lateness 5s",
        "
         1     |   1 |
        10     |  10 | [0,10) ON_TIME #0 = 1
         2     |  10 | [0,10) LATE #1 = 2
         3 15  |  15 | [0,10) LATE #2 = 3, last
        20     |  20 | [10,20) ON_TIME #0 = 2
        19 end | end | [10,20) LATE #1 = 3, last
               |     | [20,30) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn a_keyed_view_gives_each_key_its_own_panes() {
    check(
        "tumbling 10s, lateness 20s",
        "
        1/b 2/a 3/b |   3 |
        10/a        |  10 | [0,10) a ON_TIME #0 = 1
                    |     | [0,10) b ON_TIME #0 = 2
        4/a         |  10 | [0,10) a LATE #1 = 2
        5/c         |  10 | [0,10) c LATE #0 = 1
        6/a+b+c     |  10 | [0,10) a LATE #2 = 3
                    |     | [0,10) b LATE #1 = 3
                    |     | [0,10) c LATE #1 = 2
        end         | end | [10,20) a ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn after_the_end_everything_is_too_late() {
    check(
        "tumbling 10s, lateness 5s",
        "
        1   | 1   |
        end | end | [0,10) ON_TIME #0 = 1, last
        999 | end | too late 1
        ",
    );
    check("tumbling 10s", "end | end |");
}

#[test]
fn an_offset_moves_where_windows_start() {
    check(
        "tumbling 10s offset 3s",
        "
        2.999 3 |      3 | [-7,3) ON_TIME #0 = 1, last
         12.999 | 12.999 |
             13 |     13 | [3,13) ON_TIME #0 = 2, last
            end |    end | [13,23) ON_TIME #0 = 1, last
        ",
    );
    check(
        "tumbling 10s offset 23s",
        "
          3 |   3 |
        end | end | [3,13) ON_TIME #0 = 1, last
        ",
    );
    check(
        "sliding 20s 10s offset -3s",
        "
        6.999 7 |   7 | [-13,7) ON_TIME #0 = 1, last
            end | end | [-3,17) ON_TIME #0 = 2, last
                |     | [7,27) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn windows_reach_from_the_first_valid_time_to_the_last() {
    check(
        "tumbling 10s",
        "
            -62135596800 |     -62135596800 |
        253402300799.999 | 253402300799.999 | [-62135596800,-62135596790) ON_TIME #0 = 1, last
                     end |              end | [253402300790,253402300800) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn the_global_window_holds_all_of_time_and_closes_at_the_end() {
    check(
        "global, early every 2 records",
        "
             5 |      5 |
          -7 3 |      5 | [beginning,end) EARLY #0 = 3
         99999 |  99999 | [beginning,end) EARLY #1 = 4
        100000 | 100000 |
           end |    end | [beginning,end) ON_TIME #2 = 5, last
             0 |    end | too late 1
        ",
    );
}

#[test]
fn the_global_window_of_a_key_starts_with_its_first_record() {
    check(
        "global, early every 5s, discarding",
        "
        at=1 1/a |   1 |
            at=5 |   1 | [beginning,end) a EARLY #0 = 1, +1
        at=6 0/b |   1 |
        at=9 end | end | [beginning,end) a ON_TIME #1 = 1, +0, last
                 |     | [beginning,end) b ON_TIME #0 = 1, +1, last
        ",
    );
}

#[test]
fn without_records_no_window_is_shown() {
    check(
        "sliding 20s 10s, lateness 5s, early every 1s, unchanged",
        "
             at=1 | beginning |
           at=5 0 |         0 | [-10,10) EARLY #0 = 1
                  |           | [0,20) EARLY #0 = 1
        at=5 60/- |        60 | [-10,10) ON_TIME #1 = 1, last
                  |           | [0,20) ON_TIME #1 = 1, last
                  |           | filtered 1
             at=9 |        60 |
              end |       end |
        ",
    );
}
