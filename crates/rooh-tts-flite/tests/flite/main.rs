//! The real library, where it is installed; without it every test says that it was skipped.

mod contract;
mod voice;
