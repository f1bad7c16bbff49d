//! A broker that can be stopped, a wire to it that can be cut. Nothing waits without a
//! deadline.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use oriel_broker::{Config, RunError};
use oriel_client::{Address, Client, Event, Events, Options, Subscription, Update};
use oriel_protocol::pubsub::{Pattern, Topic};
use oriel_runtime::shutdown::{self, Trigger};
use oriel_runtime::task::{self, Group};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const SOON: Duration = Duration::from_secs(20);

pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(SOON, future).await.unwrap_or_else(|_| panic!("no {what} within {SOON:?}"))
}

pub(crate) fn topic(name: &str) -> Topic {
    name.parse().unwrap()
}

pub(crate) fn pattern(text: &str) -> Pattern {
    text.parse().unwrap()
}

/// A broker.
pub(crate) struct Broker {
    pub(crate) address: SocketAddr,
    trigger: Trigger,
    running: JoinHandle<Result<(), RunError>>,
}

impl Broker {
    pub(crate) async fn start() -> Broker {
        Broker::start_with(Config::default()).await
    }

    pub(crate) async fn start_with(config: Config) -> Broker {
        Broker::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), config)
    }

    /// Starts one where another was.
    pub(crate) async fn start_again(address: SocketAddr) -> Broker {
        Broker::start_on(TcpListener::bind(address).await.unwrap(), Config::default())
    }

    fn start_on(listener: TcpListener, config: Config) -> Broker {
        let address = listener.local_addr().unwrap();
        let (trigger, shutdown) = shutdown::channel();
        let config = Config { drain: Duration::from_secs(1), ..config };
        let running = task::spawn("broker", oriel_broker::run(listener, config, shutdown));
        Broker { address, trigger, running }
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        self.trigger.trigger();
        soon("end", self.running).await.unwrap().unwrap();
        self.address
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(options(self.address)).unwrap()
    }
}

/// Impatient options, so that tests do not wait.
pub(crate) fn options(address: SocketAddr) -> Options {
    let address: Address = format!("ws://{address}/pubsub").parse().unwrap();
    Options { retry: (Duration::from_millis(5), Duration::from_millis(50)), ..Options::new(address) }
}

/// A wire to a server that can be cut.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    crossing: Group,
    accepting: Group,
    target: SocketAddr,
}

impl Wire {
    pub(crate) async fn to(target: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Wire { address, crossing: Group::new("crossing"), accepting: Group::new("wire"), target };
        wire.accept(listener);
        wire
    }

    /// Breaks all connections; new ones are refused until the wire is mended.
    pub(crate) async fn cut(&self) {
        self.accepting.drain(Duration::ZERO).await;
        self.crossing.drain(Duration::ZERO).await;
    }

    pub(crate) async fn mend(&self) {
        self.accept(TcpListener::bind(self.address).await.unwrap());
    }

    fn accept(&self, listener: TcpListener) {
        let (crossing, target) = (self.crossing.clone(), self.target);
        self.accepting.spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                crossing.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        // An error says that one side has hung up.
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
    }
}

/// The next update.
pub(crate) async fn next(subscription: &mut Subscription) -> Update {
    soon("update", subscription.next()).await.expect("the client is open")
}

/// The next update's number, and that nothing was lost before it.
pub(crate) async fn whole(subscription: &mut Subscription) -> u64 {
    let update = next(subscription).await;
    assert!(!update.gap && update.skipped == 0, "{update:?}");
    update.data.parse().unwrap()
}

/// Waits for such an event, and passes over others.
pub(crate) async fn event(events: &mut Events, like: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = soon("event", events.next()).await.expect("the client is open");
        if like(&event) {
            return event;
        }
    }
}

/// Waits until there is no connection, and says why.
pub(crate) async fn lost(events: &mut Events) -> String {
    match event(events, |event| matches!(event, Event::Lost(_))).await {
        Event::Lost(why) => why,
        other => panic!("{other:?}"),
    }
}
