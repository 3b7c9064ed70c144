//! HTTP API, browser UI, agent wizard and sessions of Rooh.
#![doc = include_str!("../README.md")]

mod config;

mod accept;
mod connection;
mod limits;

mod auth;
mod guard;
mod hosts;
mod private_file;
mod tickets;

mod app;
mod error;
mod live;
mod phase;
mod sessions;

mod api;
mod assets;
mod openapi;
mod schemas;

pub use accept::{Server, serve, shutdown_signal};
pub use app::router;
pub use config::{Config, Wider};
pub use limits::Limits;
