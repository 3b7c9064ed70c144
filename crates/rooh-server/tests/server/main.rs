//! The real server on a port of its own, as clients of every kind meet it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod limits;
mod openapi;
mod providers;
mod rest;
mod security;
mod talk;
