//! The streaming application: source to windows to snapshot server.
