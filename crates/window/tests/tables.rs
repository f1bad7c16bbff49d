//! Windows as a reader would draw them: what comes in, what comes out.

#[path = "tables/dsl.rs"]
mod dsl;
#[path = "support/host.rs"]
mod host;

use dsl::check;

const EXAMPLE: &str = "tumbling 10s, disorder 2s, lateness 5s, every 2 records";

#[test]
fn the_example_with_one_record_an_epoch() {
    check(
        EXAMPLE,
        "
         1 | -1  |
         4 |  2  | [0,10) EARLY #0 = 2
        12 | 10  | [0,10) ON_TIME #1 = 2
         9 | 10  | [0,10) LATE #2 = 3
        17 | 15  | [10,20) EARLY #0 = 2
         3 | 15  | too late 1
       end | end | [10,20) ON_TIME #1 = 2, last
        ",
    );
}

#[test]
fn the_example_in_one_epoch() {
    check(
        EXAMPLE,
        "
        1 4 12 9 17 3 |  15 | [0,10) ON_TIME #0 = 4, last
                      |     | [10,20) EARLY #0 = 2
                  end | end | [10,20) ON_TIME #1 = 2, last
        ",
    );
}

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
fn a_window_that_first_appears_late_starts_with_a_late_pane() {
    check(
        "tumbling 10s, lateness 20s, every 1 records",
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
fn a_window_is_on_time_once_changed_or_not() {
    check(
        "tumbling 10s, lateness 10s, every 1 records",
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
fn a_watermark_that_jumps_closes_and_purges_at_once() {
    check(
        "tumbling 10s, lateness 5s, every 1s",
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
fn a_time_trigger_is_due_at_the_first_epoch_end_after_each_multiple() {
    check(
        "tumbling 100s, every 5s",
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
        "tumbling 10s, disorder 30s, every 5s, every 2 records",
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
        "tumbling 100s, every 5s",
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
        "tumbling 10s, every 3 records",
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
        "tumbling 10s, every 2 records",
        "
        1 1 1 1 1 | 1 | [0,10) EARLY #0 = 5
        1         | 1 | [0,10) EARLY #1 = 6
        1         | 1 |
        1         | 1 | [0,10) EARLY #2 = 8
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
fn the_slowest_partition_holds_the_stream_until_it_has_ended() {
    check(
        "tumbling 10s, partitions 2",
        "
        p0:25        | beginning |
        p1:3         |  3        |
        p1:12        | 12        | [0,10) ON_TIME #0 = 1, last
        p1:11 p1:end | 25        | [10,20) ON_TIME #0 = 2, last
        end          | end       | [20,30) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn an_idle_partition_is_left_out_until_its_next_record() {
    check(
        "tumbling 10s, lateness 5s, idle 4s, partitions 2",
        "
        p0:3  p1:3                | 3  |
        p0:12 p1:silent=3.999     | 3  |
        p0:13 p1:silent=4         | 13 | [0,10) ON_TIME #0 = 2
        p1:4  p0:14               | 13 | [0,10) LATE #1 = 3
        p0:27                     | 13 |
        p0:28 p1:silent=4         | 28 | [10,20) ON_TIME #0 = 3, last
        p1:14                     | 28 | too late 1
        p1:30 p0:30               | 30 | [20,30) ON_TIME #0 = 2
        ",
    );
}

#[test]
fn a_partition_that_never_gave_a_record_holds_the_stream_only_until_it_is_idle() {
    check(
        "tumbling 10s, idle 4s, partitions 2",
        "
        p0:12               | beginning |
        p1:silent=4         | 12        |
        p0:21               | 12        |
        p0:22 p1:silent=9   | 22        | [10,20) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn when_all_partitions_are_idle_the_last_window_closes_too() {
    check(
        "tumbling 10s, disorder 2s, idle 4s, partitions 2",
        "
        p0:5 p1:7               |  3 |
        silent=9   p1:silent=3  |  5 |
        silent=10  p1:silent=4  |  9 |
        silent=11  p1:silent=5  | 10 | [0,10) ON_TIME #0 = 2, last
        p0:6 p1:silent=6        | 10 | too late 1
        ",
    );
    check(
        "tumbling 10s, disorder 2s",
        "
        5             | 3 |
        silent=99999  | 3 |
        ",
    );
}

#[test]
fn records_that_a_view_leaves_out_move_the_watermark_all_the_same() {
    check(
        "tumbling 10s",
        "
        1         |  1 |
        4/- 5/!   |  5 | filtered 1
                  |    | bad 1
        broken    |  5 | bad 1
        12/-      | 12 | [0,10) ON_TIME #0 = 1, last
                  |    | filtered 1
        2/-       | 12 | filtered 1
        3/! 23/!  | 23 | bad 2
        ",
    );
}
