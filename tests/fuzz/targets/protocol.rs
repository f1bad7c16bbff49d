//! Any bytes as a message: reading gives a message or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_protocol::query;

fuzz_target!(|data: &[u8]| {
    let Some((first, message)) = data.split_first() else { return };
    match first % 2 {
        0 => drop(query::parse(message)),
        _ => drop(serde_json::from_slice::<oriel_protocol::view::DataResult>(message)),
    }
});
