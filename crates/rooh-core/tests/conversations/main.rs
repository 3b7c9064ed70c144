//! Whole conversations on a paused clock.

mod commands;
mod completeness;
mod failover;
mod failures;
mod figures;
mod fillers;
mod holding;
mod hooks;
mod interruption;
mod patience;
mod properties;
mod realtime;
mod realtime_properties;
mod recording;
mod turns;
