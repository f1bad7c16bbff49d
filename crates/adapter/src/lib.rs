//! The Grafana datasource adapter and the live page.
mod answer;
mod cell;
mod clock;
mod fault;
mod filter;
mod lists;
mod reduce;
mod request;
mod store;
mod target;
mod view;
