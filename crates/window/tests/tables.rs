//! Windows as a reader would draw them: what comes in, what comes out.

#[path = "tables/dsl.rs"]
mod dsl;
#[path = "support/host.rs"]
mod host;
#[path = "tables/lateness.rs"]
mod lateness;
#[path = "tables/modes.rs"]
mod modes;
#[path = "tables/sessions.rs"]
mod sessions;
#[path = "tables/triggers.rs"]
mod triggers;
#[path = "tables/watermarks.rs"]
mod watermarks;
#[path = "tables/windows.rs"]
mod windows;

use dsl::check;

const EXAMPLE: &str = "tumbling 10s, disorder 2s, lateness 5s, early every 2 records";

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
