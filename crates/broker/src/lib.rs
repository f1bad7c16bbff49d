//! A WebSocket and HTTP pub/sub broker that remembers last values.
