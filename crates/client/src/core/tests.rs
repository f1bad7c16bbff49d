//! A client against a model of a broker.

mod broker;
mod following;
mod interleaving;
