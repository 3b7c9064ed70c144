//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::audio::AudioFormat;
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::Kind;
use rooh_core::registry::Registry;
use rooh_tts_cartesia::{Cartesia, CartesiaOptions};

fn registry() -> Registry {
    Registry::linked().environment(|name| (name == "CARTESIA_API_KEY").then(|| "4711".to_owned()))
}

#[test]
fn it_is_found_by_name_with_its_model_and_voice() {
    let registry = registry();
    assert_eq!(registry.find(Kind::Tts, "cartesia").unwrap().feature(), "tts-cartesia");
    let options = Options::new().with("voice", "79a125e8-cd45-4c13-8a67-188112f4dd22");
    let built = registry.tts(&ProviderRef::new("cartesia").options(options)).unwrap();
    let shown = format!("{built:?}");
    assert!(
        shown.contains("79a125e8") && shown.contains("sonic-3.5") && shown.contains("has_key: true"),
        "{shown}"
    );
    // As the files have it that people bring along.
    let theirs =
        Options::new().with("model_id", "sonic-2").with("voice_id", "a0e99841").with("sample_rate", "24000");
    let theirs = ProviderRef::new("cartesia").options(theirs.with("language", "en"));
    let shown = format!("{:?}", registry.tts(&theirs).unwrap());
    assert!(shown.contains("a0e99841") && shown.contains("sonic-2"), "{shown}");
    assert!(registry.warning(Kind::Tts, &theirs).unwrap().is_some());
    let model: ProviderRef = "cartesia/sonic-3?sample_rate=8000&speed=1.1".parse().unwrap();
    let built = registry.tts(&model).unwrap();
    assert_eq!(built.capabilities().format, AudioFormat::TELEPHONE);
    assert!(built.capabilities().word_times);
}

#[test]
fn models_that_are_gone_or_going_are_warned_of() {
    let registry = registry();
    let warning =
        |model: &str| registry.warning(Kind::Tts, &format!("cartesia/{model}").parse().unwrap()).unwrap();
    for model in ["sonic", "sonic-english", "sonic-2", "sonic-2-2025-03-07", "sonic-turbo"] {
        let warning = warning(model).unwrap_or_else(|| panic!("{model}"));
        assert_eq!(warning.context("in its place"), Some("sonic-3.5"));
    }
    for model in ["sonic-3", "sonic-3.5", "sonic-latest", "sonic-3-2026-01-12"] {
        assert!(warning(model).is_none(), "{model}");
    }
    assert!(registry.warning(Kind::Tts, &ProviderRef::new("cartesia")).unwrap().is_none());
}

#[test]
fn options_that_are_wrong_are_named() {
    let read = |name: &str, value: &str| Options::new().with(name, value).read::<CartesiaOptions>();
    for (name, value) in [("speed", "3"), ("volume", "0.1"), ("idle_timeout_ms", "1"), ("stability", "1")] {
        assert_eq!(read(name, value).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    let wrong = |options: CartesiaOptions| {
        let error = Cartesia::new(options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.context("path").unwrap_or_default().to_owned()
    };
    let base = CartesiaOptions::default;
    assert_eq!(wrong(CartesiaOptions { sample_rate: 11_025, ..base() }), "sample_rate");
    assert_eq!(wrong(CartesiaOptions { voice_id: " ".to_owned(), ..base() }), "voice_id");
    assert_eq!(wrong(CartesiaOptions { version: "a\nb".to_owned(), ..base() }), "version");
    assert_eq!(
        wrong(CartesiaOptions { base_url: "http://box.example.com".to_owned(), ..base() }),
        "base_url"
    );
    assert_eq!(wrong(CartesiaOptions { api_key: Secret::new("a\nb"), ..base() }), "api_key");
}
