//! The provider by its names, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef};
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;

use crate::*;

#[test]
fn it_is_found_by_name_and_by_its_variant() {
    let registry =
        Registry::linked().environment(|name| (name == "DEEPGRAM_API_KEY").then(|| "k3y".to_owned()));
    for (name, model) in [
        ("deepgram", "aura-2-thalia-en"),
        ("deepgram-tts", "aura-2-thalia-en"),
        ("deepgram-tts/aura-2-zeus-en?sample_rate=16000", "aura-2-zeus-en"),
    ] {
        let by_name: ProviderRef = name.parse().unwrap();
        let debug = format!("{:?}", registry.tts(&by_name).unwrap());
        assert!(
            debug.contains(model) && debug.contains("has_key: true") && !debug.contains("k3y"),
            "{debug}"
        );
    }
    assert_eq!(registry.find(Kind::Tts, "deepgram-tts").unwrap().feature(), "tts-deepgram");
    let error = Registry::linked().environment(|_| None).tts(&ProviderRef::new("deepgram")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
}

#[test]
fn what_cannot_work_is_refused() {
    let read = |name: &str, value: serde_json::Value| {
        Options::new().with(name, value).read::<DeepgramOptions>().and_then(Deepgram::new)
    };
    for (name, value, kind) in [
        ("model", "flux-haley-en".into(), ErrorKind::Unsupported),
        ("model", "".into(), ErrorKind::Config),
        ("sample_rate", 22_050.into(), ErrorKind::Config),
        ("speed", 2.into(), ErrorKind::Config),
        ("query", serde_json::json!({ "container": "wav" }), ErrorKind::Config),
        ("base_url", "http://box.example.com".into(), ErrorKind::Config),
    ] {
        assert_eq!(read(name, value).unwrap_err().kind(), kind, "{name}");
    }
}
