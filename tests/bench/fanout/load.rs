//! One publisher and many subscribers of one topic.

use super::listener::{Listener, message, quantile};
use super::peer::Peer;
use super::socket::Socket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::interval;

const TOPIC: &str = "bench";

/// The publisher is at most that far ahead of the slowest subscriber: a load that fits
/// into anybody's queues, so that none has a reason to drop.
const WINDOW: usize = 256;

/// And is told so at each that many messages.
const BLOCK: usize = 16;

/// What is done to a server.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// How many subscribers.
    pub(crate) subscribers: usize,
    /// Published in all.
    pub(crate) messages: usize,
    /// Published a second; as fast as it goes if none is said.
    pub(crate) rate: Option<u32>,
}

/// What came of it.
pub(crate) struct Figures {
    deliveries: usize,
    /// Messages that did not come to a subscriber.
    pub(crate) lost: usize,
    processor_time: Duration,
    latencies: Vec<Duration>,
}

impl Figures {
    /// Deliveries for each second of the server's processor time.
    pub(crate) fn per_processor_second(&mut self) -> f64 {
        self.deliveries as f64 / self.processor_time.as_secs_f64()
    }

    /// The 99th percentile of the times from publish to receive, in milliseconds.
    pub(crate) fn p99(&mut self) -> f64 {
        quantile(&mut self.latencies, 0.99)
    }
}

impl Load {
    /// Does it.
    pub(crate) async fn run(self, peer: &Peer) -> Figures {
        let begun = Instant::now();
        let progress = Arc::new(Progress::new(self));
        let mut listeners = Vec::new();
        for _ in 0..self.subscribers {
            let mut socket = Socket::connect(peer, false).await;
            socket.subscribe(TOPIC).await;
            listeners.push(Listener::new(socket, self.rate.is_some()));
        }
        let listen = |listener| tokio::spawn(self.listen(listener, begun, Arc::clone(&progress)));
        let listening: Vec<_> = listeners.into_iter().map(listen).collect();
        let publisher = Socket::connect(peer, false).await;
        let before = peer.process.processor_time();
        let publishing = tokio::spawn(self.publish(publisher, begun, Arc::clone(&progress)));
        let (mut lost, mut latencies) = (0, Vec::new());
        for listener in listening {
            let heard = listener.await.unwrap();
            lost += heard.lost + self.messages - heard.next;
            latencies.extend(heard.latencies);
        }
        let processor_time = peer.process.processor_time() - before;
        publishing.abort();
        Figures { deliveries: self.messages * self.subscribers - lost, lost, processor_time, latencies }
    }

    async fn publish(self, mut socket: Socket, begun: Instant, progress: Arc<Progress>) {
        let mut due = self.rate.map(|rate| interval(Duration::from_secs(1) / rate));
        for number in 0..self.messages {
            match &mut due {
                Some(due) => drop(due.tick().await),
                None if number % BLOCK == 0 => progress.credit().await,
                None => {}
            }
            socket.publish(TOPIC, &message(number, begun.elapsed())).await;
        }
        // Hanging up with something unread would take what is on its way with it.
        while socket.fill().await {}
    }

    async fn listen(self, mut listener: Listener, begun: Instant, progress: Arc<Progress>) -> Listener {
        let mut before = 0;
        while listener.next < self.messages && listener.hear(begun).await {
            progress.reached(before, listener.next);
            before = listener.next;
        }
        listener
    }
}

/// How far the slowest subscriber is.
struct Progress {
    subscribers: usize,
    /// How many have each block.
    blocks: Vec<AtomicUsize>,
    credit: Semaphore,
}

impl Progress {
    fn new(load: Load) -> Progress {
        let blocks = (0..=load.messages / BLOCK).map(|_| AtomicUsize::new(0)).collect();
        Progress { subscribers: load.subscribers, blocks, credit: Semaphore::new(WINDOW) }
    }

    /// Waits until a block may be published.
    async fn credit(&self) {
        self.credit.acquire_many(BLOCK as u32).await.unwrap().forget();
    }

    /// A subscriber was at one message and is at another now.
    fn reached(&self, before: usize, now: usize) {
        for block in &self.blocks[before / BLOCK..now / BLOCK] {
            if block.fetch_add(1, AcqRel) + 1 == self.subscribers {
                self.credit.add_permits(BLOCK);
            }
        }
    }
}
