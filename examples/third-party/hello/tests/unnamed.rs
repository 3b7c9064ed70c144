//! The trap: a crate that stands in the manifest alone is silently not linked.
//!
//! Nothing in this file may name the voice's crate, or the trap would be closed.

use rooh::prelude::*;

#[test]
fn a_provider_that_is_in_the_manifest_alone_is_not_found() {
    let error = rooh::registry().find(Kind::Tts, "beeper").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
