//! The broker's brain: inputs in, deliveries out.
