//! However the demo ends, nothing that it started goes on.

use std::net::{TcpListener, TcpStream};

use crate::running::{Demo, Ports, kill};

const WITHOUT: [(&str, &str); 1] = [("ORIEL_GRAFANA", "none")];

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

async fn ends_by(signal: &str) {
    let demo = Demo::start(&format!("ends-by-{signal}"), Ports::free(), &WITHOUT);
    let ready = demo.line("ready: ");
    assert_eq!(ready, format!("ready: {}/", demo.adapter()));
    let ports = [demo.ports.broker, demo.ports.stream, demo.ports.adapter];
    assert!(ports.iter().all(|port| listens(*port)), "all three are up");
    demo.signal(signal);
    let (status, _) = demo.end().await;
    assert!(status.success(), "after {signal} it ended with {status}");
    assert!(!ports.iter().any(|port| listens(*port)), "after {signal} nobody listens");
}

#[tokio::test]
async fn ctrl_c_stops_all_programs() {
    ends_by("INT").await;
}

#[tokio::test]
async fn a_termination_stops_all_programs() {
    ends_by("TERM").await;
}

#[tokio::test]
async fn a_closed_terminal_stops_all_programs() {
    ends_by("HUP").await;
}

#[tokio::test]
async fn a_program_that_dies_is_named_and_ends_the_demo() {
    let demo = Demo::start("dies", Ports::free(), &WITHOUT);
    demo.line("ready: ");
    let ports = [demo.ports.broker, demo.ports.stream, demo.ports.adapter];
    kill("KILL", demo.process_of("stream"));
    let (status, said) = demo.end().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("demo: stream has stopped by itself"), "{said}");
    assert!(said.contains("listening"), "the end of its log is there: {said}");
    assert!(!ports.iter().any(|port| listens(*port)), "the others are stopped");
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    let demo = Demo::start("busy", Ports { stream: port, ..Ports::free() }, &WITHOUT);
    let (status, said) = demo.end().await;
    assert_eq!(status.code(), Some(1));
    assert!(said.contains(&format!("port {port} is in use, oriel-stream needs it")), "{said}");
}

#[tokio::test]
async fn a_wrong_choice_of_grafana_says_what_there_is() {
    let demo = Demo::start("choice", Ports::free(), &[("ORIEL_GRAFANA", "binry")]);
    let (status, said) = demo.end().await;
    assert_eq!(status.code(), Some(64));
    assert!(said.contains("ORIEL_GRAFANA is binary, docker or none, not 'binry'"), "{said}");
}
