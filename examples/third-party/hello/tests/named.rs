//! A crate that is named in the source is linked, and so is found.

use rooh::prelude::*;
use rooh_tts_beeper as _;

#[test]
fn a_provider_that_is_named_in_the_source_is_found_by_name() {
    let registry = rooh::registry();
    assert_eq!(registry.find(Kind::Tts, "beeper").unwrap().package(), "rooh-tts-beeper");
    let agent = Rooh::builder().tts("beeper?pitch=220").llm_hook(|_, _| Events::empty()).build().unwrap();
    assert!(format!("{agent:?}").contains("pitch: 220"));
}

#[test]
fn its_options_are_checked_like_those_of_any_other() {
    let error = rooh::registry().tts(&"beeper?pich=220".parse().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("pitch"), "{error}");
}
