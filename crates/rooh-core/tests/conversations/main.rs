//! Whole conversations on a paused clock.

mod commands;
mod completeness;
mod failures;
mod figures;
mod fillers;
mod holding;
mod hooks;
mod interruption;
mod patience;
mod properties;
mod recording;
mod turns;
