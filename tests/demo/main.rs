//! The demo as a person starts it: `demo/run` with the real executables. What it says, that it
//! ends with all it started, and the Grafana that it would have started, by a stand-in.

mod dashboards;
mod ending;
mod running;
mod stand_in;
