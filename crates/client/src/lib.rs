//! A client of the broker.
//!
//! [`Client::connect`] gives a handle at once and keeps a connection up behind it, for
//! ever. What is published waits for the connection; what was subscribed to is
//! subscribed to again after each break, from where it was.
//!
//! ```
//! # use tokio::net::TcpListener;
//! use oriel_client::{Client, How, Options};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let address = format!("ws://{}/pubsub", listener.local_addr()?);
//! # let (_stop, shutdown) = oriel_runtime::shutdown::channel();
//! # oriel_runtime::task::spawn("broker", oriel_broker::run(listener, Default::default(), shutdown));
//!
//! // address = "ws://127.0.0.1:8890/pubsub"
//! let client = Client::connect(Options::new(address.parse()?))?;
//! let mut clicks = client.subscribe(&"ads.clicks".parse()?, How::resume())?;
//! client.publish(&"ads.clicks".parse()?, &[1, 2, 3])?;
//!
//! let update = clicks.next().await.ok_or("the client was closed")?;
//! assert_eq!(&*update.data, "[1,2,3]");
//! assert!(!update.gap && update.skipped == 0);
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! - An update that is missing is told: by [`Update::skipped`] where newer values
//!   replaced it, on the way or here, by [`Update::gap`] where nobody knows. A
//!   subscription that [resumes](How::resume) gets what it missed during a break, as far
//!   as the broker still has it. No update comes twice, and those of a topic come in
//!   their order.
//! - Whatever waits has a bound, and a policy for when it is reached: [`WhenFull`] for
//!   what is [published](Client::publish), the newest of each topic for what is
//!   [kept](Client::keep) and for updates that nobody takes.
//! - A publication is sent at most once; the broker does not confirm it. A kept value
//!   is sent again after each break.
//! - A [`Token`] is sent as a header, and is in no address, log or panic.
//!
//! # Present state
//!
//! A program that shows state keeps values and asks for the latest: each side may be
//! restarted at any time.
//!
//! ```
//! # use tokio::net::TcpListener;
//! # use oriel_client::{Client, Event, How, Options};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let address: oriel_client::Address = format!("ws://{}/pubsub", listener.local_addr()?).parse()?;
//! # let (_stop, shutdown) = oriel_runtime::shutdown::channel();
//! # oriel_runtime::task::spawn("broker", oriel_broker::run(listener, Default::default(), shutdown));
//! let sensor = Client::connect(Options::new(address.clone()))?;
//! sensor.keep(&"room.kitchen".parse()?, &serde_json::json!({"celsius": 21.5}))?;
//! sensor.close().await;
//!
//! let page = Client::connect(Options::new(address))?;
//! let mut events = page.events();
//! let mut rooms = page.subscribe(&"room.*".parse()?, How::latest())?;
//! let update = rooms.next().await.ok_or("the client was closed")?;
//! assert_eq!(update.topic.as_str(), "room.kitchen");
//! assert_eq!(&*update.data, r#"{"celsius":21.5}"#);
//! assert_eq!(events.next().await, Some(Event::Connected));
//! # Ok(())
//! # }
//! ```
//!
//! # The way through it
//!
//! What is decided is decided in `core`, without a socket, a task or a clock, and tested
//! there against random breaks. `link` is the task that dials, sends and hears; `shared`
//! is what lies between it and the handles.

mod address;
mod client;
mod core;
mod counts;
mod error;
mod event;
mod inbox;
mod link;
mod options;
mod shared;
mod subscription;
mod token;
mod trust;
mod update;

pub use address::{Address, AddressError};
pub use client::Client;
pub use counts::Counts;
pub use error::{ConnectError, PublishError, SubscribeError};
pub use event::{Event, Events, Refusal};
pub use options::{Options, WhenFull};
pub use subscription::Subscription;
pub use token::{Token, TokenError};
pub use trust::{Trust, TrustError};
pub use update::{How, Update};
