//! What providers carry in their own code, and submit to be verified.

use rooh_core::Result;
use rooh_core::stream::blocking;

use crate::hash;

/// What [`embed!`](crate::embed) submits; not to be built by hand.
#[doc(hidden)]
#[derive(Debug)]
pub struct Embedded {
    /// The name in the table.
    pub name: &'static str,
    /// The asset.
    pub bytes: &'static [u8],
}

inventory::collect!(Embedded);

/// Makes a file that a provider carries known under its name in the table of assets.
#[macro_export]
macro_rules! embed {
    ($name:expr, $bytes:expr) => {
        $crate::inventory::submit! { $crate::Embedded { name: $name, bytes: $bytes } }
    };
}

/// The bytes under `name`, if a provider that is linked carries them.
pub(crate) fn bytes(name: &str) -> Option<&'static [u8]> {
    inventory::iter::<Embedded>().find(|embedded| embedded.name == name).map(|embedded| embedded.bytes)
}

/// Compares the hash of `bytes` with the one that was published.
pub(crate) async fn verify(bytes: &'static [u8], sha256: &'static str) -> Result<String> {
    blocking(move || hash::compare(bytes, sha256)).await??;
    Ok(hash::as_published(sha256))
}
