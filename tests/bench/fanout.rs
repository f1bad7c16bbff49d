//! Fan-out: one publisher and many subscribers of one topic, `oriel-broker` beside
//! `nats-server`, both with default settings, over WebSocket and under the same load.

pub(crate) mod frozen;
pub(crate) mod idle;
mod listener;
mod load;
mod peer;
mod socket;

use crate::median;
use load::{Figures, Load};
use peer::Peer;
use std::path::Path;
use tokio::runtime::Runtime;

/// Rounds in which the two take turns, after one that warms both up.
const ROUNDS: usize = 5;

/// What is compared: a load, and which of its figures.
struct Case {
    what: &'static str,
    load: Load,
    figure: fn(&mut Figures) -> f64,
}

/// Runs long enough that a hundredth of a second, in which processor time is counted,
/// is about a hundredth of it.
const CASES: [Case; 3] = [
    Case {
        what: "deliveries per CPU second, 100 subscribers",
        load: Load { subscribers: 100, messages: 40_000, rate: None },
        figure: Figures::per_processor_second,
    },
    Case {
        what: "deliveries per CPU second, 1,000 subscribers",
        load: Load { subscribers: 1_000, messages: 4_000, rate: None },
        figure: Figures::per_processor_second,
    },
    Case {
        what: "ms to the p99 of 500 messages/s x 100 subscribers",
        load: Load { subscribers: 100, messages: 2_500, rate: Some(500) },
        figure: Figures::p99,
    },
];

/// Prints the figures of both, and their ratios.
pub(crate) fn measure(folder: &Path) {
    let runtime = Runtime::new().unwrap();
    let mut peers = vec![Peer::oriel()];
    peers.extend(Peer::nats(folder));
    println!("fan-out: {}-byte messages, one publisher, {ROUNDS} rounds that take turns", listener::SIZE);
    if peers.len() == 1 {
        println!(
            "  nats-server is missing, so there is nothing to compare with: apt-get install nats-server"
        );
    }
    for case in &CASES {
        case.compare(&runtime, &peers);
    }
}

impl Case {
    fn compare(&self, runtime: &Runtime, peers: &[Peer]) {
        let mut rounds = vec![Vec::new(); peers.len()];
        let mut lost = vec![0; peers.len()];
        for round in 0..=ROUNDS {
            for turn in 0..peers.len() {
                // Each goes first in every second round.
                let nth = (round + turn) % peers.len();
                let mut figures = runtime.block_on(self.load.run(&peers[nth]));
                lost[nth] += figures.lost;
                if round > 0 {
                    rounds[nth].push((self.figure)(&mut figures));
                }
            }
        }
        println!("  {}", self.what);
        for ((peer, rounds), lost) in peers.iter().zip(&rounds).zip(lost) {
            println!("    {:<14} {}   lost {lost}", peer.name, spread(rounds));
        }
        if let [oriel, nats] = &rounds[..] {
            let ratios: Vec<f64> = oriel.iter().zip(nats).map(|(oriel, nats)| oriel / nats).collect();
            println!("    {:<14} {}", "ratio", spread(&ratios));
        }
    }
}

/// The least, the middle and the most of the rounds.
fn spread(rounds: &[f64]) -> String {
    let mut sorted = rounds.to_vec();
    let middle = median(&mut sorted);
    let shown = [sorted[0], middle, sorted[sorted.len() - 1]].map(|figure| match figure {
        large if large >= 1_000.0 => format!("{large:>9.0}"),
        small => format!("{small:>9.2}"),
    });
    format!("min {}   median {}   max {}", shown[0], shown[1], shown[2])
}
