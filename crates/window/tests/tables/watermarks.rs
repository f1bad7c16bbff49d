//! What partitions do to the watermark.

use crate::dsl::check;

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
        p0:21               | 21        | [10,20) ON_TIME #0 = 1, last
        p1:22               | 21        |
        p0:25               | 22        |
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

#[test]
fn a_jump_of_few_records_is_counted_and_moves_nothing() {
    check(
        "tumbling 10s, jump 100s",
        "
              5 |   5 |
        6 7 999 |   7 |
              8 |   8 |
        999 998 | 999 | [0,10) ON_TIME #0 = 4, last
            end | end | [990,1000) ON_TIME #0 = 3, last
        ",
    );
}

#[test]
fn times_that_lead_ahead_step_by_step_are_no_jump() {
    check(
        "tumbling 1000s, jump 100s",
        "
                  0 |   0 |
        300 100 200 | 300 |
            1 2 401 | 300 |
                400 | 400 |
        ",
    );
}

#[test]
fn a_partition_far_ahead_of_the_stream_is_told() {
    check(
        "tumbling 1000s, partitions 2, align 60s",
        "
            p1:900 | beginning |
            p0:840 |       840 |
        p1:900.001 |       840 | p1 ahead
            p0:841 |       841 |
            p1:950 |       841 | p1 ahead
            p1:end |       841 |
        ",
    );
}

#[test]
fn a_partition_that_appears_later_starts_at_the_streams_watermark() {
    check(
        "tumbling 10s, lateness 5s",
        "
              12 | 12 |
         13 p1:3 | 12 | [0,10) LATE #0 = 1
              14 | 12 |
           p1:20 | 14 |
        p1:21 25 | 21 | [10,20) ON_TIME #0 = 3
        ",
    );
    check(
        "tumbling 10s, idle 4s",
        "
                    12 | 12 |
        13 p1:silent=1 | 12 |
        14 p1:silent=4 | 14 |
                  p1:3 | 14 | too late 1
                    15 | 14 |
        ",
    );
}

#[test]
fn what_has_ended_neither_holds_the_stream_nor_leads_it() {
    check(
        "tumbling 10s, disorder 2s, idle 4s, partitions 2",
        "
         p0:5 p1:99 |   3 |
             p1:end |   3 |
        p0:silent=4 |   7 |
        p0:silent=7 |  10 | [0,10) ON_TIME #0 = 1, last
             p0:end | end | [90,100) ON_TIME #0 = 1, last
        ",
    );
}

#[test]
fn an_idle_partition_that_comes_back_is_judged_like_any_other() {
    check(
        "tumbling 10s, lateness 10s, idle 4s, partitions 2",
        "
                p0:1 p1:1 |  1 |
        p0:15 p1:silent=4 | 15 | [0,10) ON_TIME #0 = 2
                     p1:2 | 15 | [0,10) LATE #1 = 3
                    p0:30 | 15 |
        p0:31 p1:silent=4 | 31 | [10,20) ON_TIME #0 = 1, last
        ",
    );
}
