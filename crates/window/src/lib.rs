//! Windows, watermarks, triggers and panes over event time.
