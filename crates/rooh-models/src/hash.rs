//! The hashes by which a file is told to be the one that was published.

use rooh_core::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

/// Compares the hash of `bytes` with the one that was published, which is written in hexadecimal.
///
/// # Errors
///
/// [`ErrorKind::Unexpected`] if they differ, with both.
pub(crate) fn compare(bytes: &[u8], published: &str) -> Result<()> {
    let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == published {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Unexpected, "the file is not the one that was published")
        .with("SHA-256", found)
        .with("published", published))
}

/// What is said about a file that is the one that was published.
pub(crate) fn as_published(sha256: &str) -> String {
    format!("SHA-256 {}… is as published", &sha256[..16])
}
