//! The broker against clients that mean harm, as a process of its own: whatever they do,
//! it serves the others as before, and its memory stays within what was configured.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod crowd;
mod floods;
mod frames;
mod frozen;
mod healthy;
mod pages;
mod raw;
mod slow;
mod survives;
mod tls;
