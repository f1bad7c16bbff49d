//! The table of rooms, and the dependencies that it allows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::{read, report};

/// Free everywhere: data, errors, calendars, hashing and collections.
const FREE: [&str; 9] =
    ["serde", "serde_json", "bytes", "thiserror", "chrono", "hashbrown", "lru", "memchr", "xxhash-rust"];

/// What no pure room may reach, by however many steps.
const IMPURE: [&str; 8] =
    ["tokio", "hyper", "axum", "reqwest", "tungstenite", "tokio-tungstenite", "timely", "rustls"];

const EDGES: [&str; 3] = ["stream", "broker", "adapter"];

/// A row of the table in ARCHITECTURE.md.
pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) layer: String,
    may_use: BTreeSet<String>,
}

/// The rows of the table whose header starts with `layer`.
pub(crate) fn table() -> Vec<Room> {
    let text = read("ARCHITECTURE.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| layer ")).skip(2);
    let rooms: Vec<Room> = rows.take_while(|line| line.starts_with('|')).map(room).collect();
    assert!(rooms.len() > 5, "ARCHITECTURE.md has no table of rooms");
    rooms
}

fn room(row: &str) -> Room {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [layer, name, _, may_use] = cells[..] else { panic!("a row of the rooms has four cells: {row}") };
    let ticked = may_use.split('`').skip(1).step_by(2).map(str::to_owned);
    Room { name: name.trim_matches('`').into(), layer: layer.into(), may_use: ticked.collect() }
}

/// Each package's normal dependencies, by name: of the workspace and of everything below it.
pub(crate) struct Graph {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<String>>,
    members: BTreeSet<String>,
}

impl Graph {
    /// What cargo says of this workspace, from the lock file and without a network.
    pub(crate) fn read() -> Graph {
        let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"];
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg(host())
            .current_dir(crate::root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Graph::from_metadata(&serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON"))
    }

    fn from_metadata(metadata: &Value) -> Graph {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let names = list(&metadata["packages"]).iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
        let normal = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let edges = list(&metadata["resolve"]["nodes"]).into_iter().map(|node| {
            let deps = list(&node["deps"]);
            (text(&node["id"]), deps.iter().filter(|dep| normal(dep)).map(|dep| text(&dep["pkg"])).collect())
        });
        let members = list(&metadata["workspace_members"]).iter().map(text).collect();
        Graph { names, edges: edges.collect(), members }
    }

    fn id(&self, room: &str) -> Option<&String> {
        let package = format!("oriel-{room}");
        self.members.iter().find(|id| self.names[*id] == package)
    }

    /// The rooms that are there, without the package of the tests.
    fn rooms(&self) -> BTreeSet<String> {
        let names = self.members.iter().map(|id| self.names[id].trim_start_matches("oriel-").to_owned());
        names.filter(|name| name != "tests").collect()
    }

    /// What a room's manifest names, rooms by their bare noun.
    fn direct(&self, room: &str) -> BTreeSet<String> {
        let Some(id) = self.id(room) else { return BTreeSet::new() };
        self.edges[id].iter().map(|dep| self.names[dep].trim_start_matches("oriel-").to_owned()).collect()
    }

    /// Everything that a room's code comes to stand on.
    fn reach(&self, room: &str) -> BTreeSet<&str> {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        let mut open: Vec<&String> = self.id(room).into_iter().collect();
        while let Some(id) = open.pop() {
            open.extend(self.edges[id].iter().filter(|dep| seen.insert(dep)));
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }
}

/// This machine's target: what other platforms would need may not have been downloaded.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

#[test]
fn every_room_is_in_the_table_and_the_other_way_round() {
    let table: BTreeSet<String> = table().into_iter().map(|room| room.name).collect();
    assert_eq!(table, Graph::read().rooms(), "ARCHITECTURE.md against the members of the workspace");
}

#[test]
fn a_manifest_names_only_what_its_room_may_use() {
    let graph = Graph::read();
    let mut faults = Vec::new();
    for room in table() {
        let direct = graph.direct(&room.name);
        let extra = direct.iter().filter(|dep| !FREE.contains(&dep.as_str()) && !room.may_use.contains(*dep));
        faults.extend(extra.map(|dep| format!("{} names {dep}", room.name)));
    }
    report("dependencies against the table of ARCHITECTURE.md", &faults);
}

#[test]
fn no_pure_room_reaches_io() {
    let graph = Graph::read();
    let mut faults = Vec::new();
    for room in table().iter().filter(|room| room.layer == "pure") {
        let reach = graph.reach(&room.name);
        let impure = IMPURE.iter().filter(|name| reach.contains(*name));
        faults.extend(impure.map(|name| format!("{} reaches {name}", room.name)));
    }
    report("pure rooms", &faults);
}

#[test]
fn the_check_sees_what_the_edges_reach() {
    let graph = Graph::read();
    let reach = graph.reach("broker");
    assert!(reach.contains("tokio") && reach.contains("hyper"), "else the rule above would hold of anything");
}

#[test]
fn timely_and_tokio_never_meet() {
    let graph = Graph::read();
    let named: Vec<String> = table()
        .into_iter()
        .filter(|room| graph.direct(&room.name).contains("timely"))
        .map(|room| room.name)
        .collect();
    assert_eq!(named, ["dataflow"], "the only room that names timely");
    assert!(!graph.reach("dataflow").contains("tokio"), "dataflow reaches tokio");
}

#[test]
fn the_three_programs_meet_only_on_the_wire() {
    let graph = Graph::read();
    let mut faults = Vec::new();
    for edge in EDGES {
        let reach = graph.reach(edge);
        let others =
            EDGES.iter().filter(|other| **other != edge && reach.contains(&*format!("oriel-{other}")));
        faults.extend(others.map(|other| format!("{edge} reaches {other}")));
    }
    report("stream, broker and adapter", &faults);
}
