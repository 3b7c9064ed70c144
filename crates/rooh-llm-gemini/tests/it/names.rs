//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_gemini::{Gemini, GeminiOptions, ThinkingLevel};

fn registry(variable: &'static str, value: &'static str) -> Registry {
    Registry::linked().environment(move |name| (name == variable).then(|| value.to_owned()))
}

#[test]
fn it_is_found_by_name_with_its_model() {
    let registry = registry("GEMINI_API_KEY", "4711");
    assert_eq!(registry.find(Kind::Llm, "gemini").unwrap().feature(), "llm-gemini");
    let by_name: ProviderRef = "gemini/gemini-3.8-flash?thinking_level=low".parse().unwrap();
    assert!(format!("{:?}", registry.llm(&by_name).unwrap()).contains("gemini-3.8-flash"));
    assert!(registry.warning(Kind::Llm, &by_name).unwrap().is_none());
    let by_default = ProviderRef::new("gemini");
    assert!(registry.warning(Kind::Llm, &by_default).unwrap().is_none());
    let ending: ProviderRef = "gemini/gemini-2.5-flash".parse().unwrap();
    let warning = registry.warning(Kind::Llm, &ending).unwrap().unwrap();
    assert!(warning.to_string().contains("2026-12-01"), "{warning}");
}

#[test]
fn the_key_of_the_environment_goes_to_google_alone() {
    let registry = registry("GEMINI_API_KEY", "4711");
    let has_key = |text: &str| {
        let built = format!("{:?}", registry.llm(&text.parse().unwrap()).unwrap());
        built.contains("has_key: true")
    };
    assert!(has_key("gemini"));
    assert!(has_key("gemini?base_url=https://generativelanguage.googleapis.com/"));
    assert!(!has_key("gemini?base_url=https://gateway.example.com"));
    assert!(!has_key("gemini?base_url=http://127.0.0.1:1"));
}

#[test]
fn google_is_not_asked_without_a_key() {
    let error = registry("", "").llm(&ProviderRef::new("gemini")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
    assert!(error.to_string().contains("GEMINI_API_KEY"), "{error}");
}

#[test]
fn options_that_cannot_be_are_refused() {
    let with = |change: fn(&mut GeminiOptions)| {
        let mut options = GeminiOptions { api_key: Secret::new("4711"), ..GeminiOptions::default() };
        change(&mut options);
        let error = Gemini::new(options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains("4711"), "{error}");
        error.context("path").unwrap().to_owned()
    };
    assert_eq!(with(|options| options.model = " ".to_owned()), "model");
    assert_eq!(with(|options| options.model = "a/../b".to_owned()), "model");
    assert_eq!(with(|options| options.api_version.clear()), "api_version");
    assert_eq!(with(|options| options.base_url = "http://box.example.com".to_owned()), "base_url");
    assert_eq!(with(|options| options.base_url = "https://x?key=4711".to_owned()), "base_url");
    assert_eq!(with(|options| options.api_key = Secret::new("4711\n")), "api_key");
}

#[test]
fn options_are_read_as_people_write_them() {
    let read = |name: &str, value: &str| Options::new().with(name, value).read::<GeminiOptions>();
    assert_eq!(read("thinking_level", "auto").unwrap().thinking_level, Some(ThinkingLevel::Auto));
    assert_eq!(read("max_tokens", "400").unwrap().max_tokens, Some(400));
    for (name, value) in
        [("thinking_level", "much"), ("temperature", "9"), ("volume", "1"), ("idle_timeout_ms", "1")]
    {
        assert_eq!(read(name, value).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    assert_eq!(Gemini::INFO.name, "gemini");
}
