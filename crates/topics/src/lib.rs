//! The broker's brain as a state machine: inputs go in, deliveries come out.
//!
//! [`Topics`] knows who listens to what, stamps and remembers publications, and says
//! who has to get them. [`Queue`] is what one connection has still to be sent, with its
//! policy for being slow. Neither knows a socket, a lock, a task or a clock: time is an
//! argument, and what a connection or a long poll *is* is the caller's type.
//!
//! ```
//! use oriel_protocol::pubsub::Draft;
//! use oriel_time::ProcessingTime;
//! use oriel_topics::{Limits, Topics};
//!
//! let mut topics: Topics<&str, ()> = Topics::new(Limits::default());
//! let (now, topic) = (ProcessingTime::from_millis(1_000), "news".parse().unwrap());
//! let ann = topics.connect("ann");
//! topics.subscribe(now, ann, &topic, false).unwrap();
//! let delivery = topics.publish(now, &topic, Draft::new(&topic, "\"hello\""));
//! assert_eq!(delivery.audience.iter().collect::<Vec<_>>(), [&"ann"]);
//! assert_eq!(delivery.publication.frame.timestamp(), 1_000);
//! ```

mod audience;
mod memory;
mod queue;
mod topics;

pub use audience::{Audience, ConnectionId};
pub use queue::{Overflow, Queue, Queued};
pub use topics::{Delivery, Limits, Publication, Sizes, TooMany, Topics, Wait, WaitId};
