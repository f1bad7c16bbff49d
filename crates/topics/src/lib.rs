//! The broker's brain as a state machine: inputs go in, deliveries come out.
//!
//! [`Topics`] knows who listens to what, stamps and remembers publications, and says
//! who has to get them. [`Queue`] is what one connection has still to be sent, with its
//! policy for being slow. Neither knows a socket, a lock, a task or a clock: time is an
//! argument, and what a connection or a long poll *is* is the caller's type.
//!
//! ```
//! use oriel_protocol::pubsub::{Ask, Draft, Epoch, Topic};
//! use oriel_time::ProcessingTime;
//! use oriel_topics::{Limits, Listener, Topics};
//!
//! #[derive(Clone, PartialEq, Debug)]
//! struct Name(&'static str);
//!
//! impl Listener for Name {
//!     fn hears(&self, _: &Topic) -> bool {
//!         true
//!     }
//! }
//!
//! let mut topics: Topics<Name, ()> = Topics::new(Epoch::new(1), Limits::default());
//! let (now, topic) = (ProcessingTime::from_millis(1_000), "news.eu".parse().unwrap());
//! let ann = topics.connect(Name("ann"));
//! topics.subscribe(now, ann, &"news.*".parse().unwrap(), Ask::default()).unwrap();
//! let delivery = topics.publish(now, &topic, Draft::new(&topic, "\"hello\""));
//! delivery.reached.each(&topic, |listener, _| assert_eq!(listener, &Name("ann")));
//! assert_eq!((delivery.publication.frame.timestamp(), delivery.publication.seq), (1_000, 1));
//! ```

mod audience;
mod held;
mod memory;
mod queue;
mod settings;
mod topics;
mod watch;
mod wild;

pub use audience::{ConnectionId, How, Listener, Reached};
pub use queue::{Next, Overflow, Queue, Queued, Sent};
pub use settings::{History, Limits, Rule, Slow};
pub use topics::{Delivery, First, Found, Publication, Replay, Sizes, TooMany, Topics, Wait, WaitId, Want};
