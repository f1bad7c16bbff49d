//! The Grafana datasource adapter and the live page.
