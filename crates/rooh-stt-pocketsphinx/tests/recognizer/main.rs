//! The real recognizer, where it is installed; without it every test says that it was skipped.

mod behavior;
mod contract;
mod figures;
mod speech;
