//! What is written to standard output in place of the broker, and to files.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::Path;

/// The frame that publishes these bytes of JSON on a topic.
pub(crate) fn frame(topic: &str, data: &[u8]) -> Vec<u8> {
    let topic = serde_json::Value::from(topic).to_string();
    [br#"{"type":"publish","topic":"#, topic.as_bytes(), br#","data":"#, data, b"}"].concat()
}

/// Opens a file of lines, to append.
///
/// # Errors
/// When it cannot be opened; the message names it.
pub(crate) fn append(path: &Path) -> Result<BufWriter<File>, String> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map(BufWriter::new).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_json_whatever_the_topic() {
        assert_eq!(frame("t.v", b"[1]"), br#"{"type":"publish","topic":"t.v","data":[1]}"#);
        assert_eq!(frame("\"", b"1"), br#"{"type":"publish","topic":"\"","data":1}"#);
    }
}
