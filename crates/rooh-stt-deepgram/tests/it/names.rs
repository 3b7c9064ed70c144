//! The provider by its names, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef};
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;

use crate::*;

fn registry() -> Registry {
    Registry::linked().environment(|name| (name == "DEEPGRAM_API_KEY").then(|| "k3y".to_owned()))
}

#[test]
fn it_is_found_by_name_and_by_its_variants() {
    for (name, model) in [
        ("deepgram", "nova-3"),
        ("deepgram/nova-2-phonecall?language=en", "nova-2-phonecall"),
        ("deepgram-nova-3", "nova-3"),
        ("deepgram-nova-2?keywords=", "nova-2"),
        ("deepgram-flux", "flux-general-en"),
    ] {
        let by_name: ProviderRef = name.parse().unwrap();
        let built = registry().stt(&by_name);
        if name.contains("keywords") {
            assert_eq!(built.unwrap_err().kind(), ErrorKind::Config);
            continue;
        }
        let built = built.unwrap();
        let debug = format!("{built:?}");
        assert!(debug.contains(&format!("{model:?}")) && !debug.contains("k3y"), "{debug}");
        assert_eq!(built.capabilities().turns, name == "deepgram-flux");
    }
    assert_eq!(registry().find(Kind::Stt, "deepgram").unwrap().feature(), "stt-deepgram");
}

#[test]
fn the_key_of_the_environment_goes_to_the_vendor_and_to_its_regions_alone() {
    let error = Registry::linked().environment(|_| None).stt(&ProviderRef::new("deepgram")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
    assert!(error.to_string().contains("DEEPGRAM_API_KEY"), "{error}");
    let has_key = |url: &str| {
        let at = ProviderRef::new("deepgram").options(Options::new().with("base_url", url));
        format!("{:?}", registry().stt(&at).unwrap()).contains("has_key: true")
    };
    assert!(has_key("https://api.eu.deepgram.com") && has_key("wss://api.deepgram.com"));
    assert!(!has_key("https://deepgram.example.com") && !has_key("ws://127.0.0.1:8080"));
}

#[test]
fn what_cannot_work_is_refused() {
    let read = |name: &str, value: serde_json::Value| {
        Options::new().with(name, value).read::<DeepgramOptions>().and_then(Deepgram::new)
    };
    for (name, value) in [
        ("sentiment", true.into()),
        ("eot_threshold", 0.2.into()),
        ("eager_eot_threshold", 1.0.into()),
        ("sample_rate", 400.into()),
        ("model", " ".into()),
        ("query", serde_json::json!({ "callback": "https://example.com" })),
        ("query", serde_json::json!({ "encoding": "opus" })),
        ("query", serde_json::json!({ "search": {} })),
        ("base_url", "ws://box.example.com".into()),
        ("base_url", "box".into()),
    ] {
        let error = read(name, value.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}: {value}: {error}");
    }
    let plain = DeepgramOptions {
        base_url: "ws://box.example.com".to_owned(),
        cleartext: true,
        ..DeepgramOptions::default()
    };
    assert!(Deepgram::new(plain.clone()).is_ok());
    let error = Deepgram::new(DeepgramOptions { api_key: Secret::new("k3y"), ..plain }).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("api_key")));
}
