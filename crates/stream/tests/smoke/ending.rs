//! How a run is ended from outside.

use super::{GENERATOR, file, get, listening, program, signal, started, terminate};
use oriel_testkit::until;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::time::Duration;

/// Longer than a run may take to end, and as long as most supervisors have patience.
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn it_starts_is_ready_and_stops_on_sigterm_although_there_is_no_broker() {
    let config = file("generator.toml", GENERATOR);
    let (mut child, port) = started(&config, &["--broker", "http://127.0.0.1:1"]);
    assert_eq!(get(port, "/live").0, "HTTP/1.1 200 OK");
    assert_eq!(get(port, "/ready").0, "HTTP/1.1 200 OK");
    assert!(get(port, "/metrics").1.contains("oriel_stream_broker_connected 0"));
    assert!(get(port, "/views").1.contains(r#""target":"t.all""#));
    assert_eq!(terminate(&mut child), Some(0));
}

#[test]
fn whoever_closes_the_output_early_ends_the_run_with_its_summary() {
    let config = file("pipe.toml", &GENERATOR.replace("topic = \"t\"", "topic = \"t\"\ninterval = \"50ms\""));
    for print in ["--print", "--print=panes"] {
        let mut child = program().arg(&config).args([print, "--listen", "0"]).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("{\"type\":\"publish\""), "{first}");
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
        assert!(stderr.lines().last().unwrap().starts_with("records in="), "{stderr}");
    }
}

/// A pipe that is full for as long as somebody has its reading end.
fn full_pipe() -> (PipeReader, PipeWriter) {
    /// What a pipe holds.
    const ROOM: usize = 64 << 10;
    let (reader, mut writer) = std::io::pipe().unwrap();
    let full = writer.try_clone().unwrap();
    let (say, filled) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        writer.write_all(&[b' '; ROOM]).unwrap();
        say.send(()).unwrap();
        // Where it holds more, that too.
        while writer.write_all(&[b' '; ROOM]).is_ok() {}
    });
    filled.recv().unwrap();
    (reader, full)
}

/// The number in the metrics.
fn measured(port: u16, name: &str) -> u64 {
    let metrics = get(port, "/metrics").1;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|number| number.trim().parse().ok()).expect(name)
}

#[tokio::test]
async fn one_signal_ends_a_run_whose_output_nobody_reads() {
    let text = GENERATOR
        .replace("topic = \"t\"", "topic = \"t\"\ninterval = \"10ms\"")
        .replace("\nmetrics", "\nemit = { records = 1 }\nmetrics");
    let config = file("full.toml", &text);
    let panes = "oriel_stream_panes_total{view=\"all\"}";
    // With panes it soon reads no more either.
    for (print, grows, to) in
        [("--print", "oriel_stream_records_read_total", 20), ("--print=panes", panes, 1)]
    {
        let (_reader, full) = full_pipe();
        let (mut child, port) = listening(program().arg(&config).arg(print).stdout(full));
        until("a blocked output", LIMIT, async || (measured(port, grows) >= to).then_some(())).await;
        signal(&child);
        let ended = until(print, LIMIT, async || child.try_wait().unwrap()).await;
        assert_eq!(ended.code(), Some(1), "{print}");
    }
}

#[test]
fn results_that_cannot_be_written_are_an_error_however_short_the_run() {
    let config = file("disk.toml", &GENERATOR.replace("rate = 100", "count = 5"));
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for print in ["--print", "--print=panes"] {
        let run = program().arg(&config).args([print, "--listen", "0"]).stdout(full()).output().unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(1), "{print}: {stderr}");
        assert!(stderr.contains("cannot write results: No space left on device"), "{print}: {stderr}");
    }
}
