//! Any bytes as a message: reading gives a message or an error, never a panic, and what was
//! read and is written again reads the same. The first byte chooses who reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_protocol::query;
use oriel_protocol::view::{DataResult, Pane, Views, Watermarks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fuzz_target!(|data: &[u8]| {
    let Some((first, message)) = data.split_first() else { return };
    match first % 5 {
        0 => a_query(message),
        1 => both_ways::<DataResult>(message),
        2 => both_ways::<Views>(message),
        3 => both_ways::<Pane>(message),
        _ => both_ways::<Watermarks>(message),
    }
});

fn a_query(message: &[u8]) {
    if let Err(error) = query::parse(message) {
        let answer = serde_json::to_value(&error).expect("an error is an answer");
        assert_eq!(answer["type"], "error");
    }
}

fn both_ways<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(message) else { return };
    let again = serde_json::to_string(&read).expect("a message is written");
    assert_eq!(read, serde_json::from_str(&again).expect("a message is read"));
}
