//! What clients and the broker say to each other: one JSON object a text frame, and
//! the bodies of the same over HTTP.
//!
//! A client sends [`ClientFrame`]s, the broker answers with [`DataFrame`]s and
//! [`FrameError`]s, which a client reads as [`ServerFrame`]s. `data` is never looked
//! into: its JSON text is passed on as it came.
//!
//! ```
//! use oriel_protocol::pubsub::{self, ClientFrame, DataFrame};
//! let sent = pubsub::publish(&"twitter.total".parse().unwrap(), r#"{"count": 1}"#);
//! let ClientFrame::Publish { topic, data } = ClientFrame::parse(&sent).unwrap() else { panic!() };
//! let frame = DataFrame::new(&topic, data, 1493619720000);
//! assert_eq!(
//!     frame.text(),
//!     r#"{"type":"data","topic":"twitter.total","data":{"count": 1},"timestamp":1493619720000}"#
//! );
//! ```

mod client;
mod cursor;
mod http;
mod pattern;
mod server;
mod topic;

pub use client::{Ask, ClientFrame, publish, subscribe, unsubscribe};
pub use cursor::{Cursor, CursorError, Epoch, Resume};
pub use http::{EventsQuery, PollQuery, TopicEntry, Value, event, posted, topic_list, value, value_after};
pub use pattern::{Pattern, PatternError};
pub use server::{Beside, Code, DataFrame, Draft, FrameError, ServerFrame, latest_topics};
pub use topic::{MAX_TOPIC_BYTES, Topic, TopicError};
