//! Agents on file, from text to builder and back.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod providers;

#[cfg(unix)]
mod bombs;
mod build;
mod format;
mod import;
mod store;

use rooh_core::Error;

/// What is wrong, one line each.
fn lines(error: &Error) -> Vec<String> {
    error.parts().iter().map(|part| part.to_string()).collect()
}
