//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_anthropic::{Anthropic, AnthropicOptions, ApiVersion, Auth, Cache, Effort, Think};

fn registry(variables: &'static [(&'static str, &'static str)]) -> Registry {
    Registry::linked().environment(move |name| {
        variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn it_is_found_by_name_with_its_model() {
    let registry = registry(&[("ANTHROPIC_API_KEY", "4711")]);
    assert_eq!(registry.find(Kind::Llm, "anthropic").unwrap().feature(), "llm-anthropic");
    let by_name: ProviderRef = "anthropic/claude-opus-5-5?think=on&effort=high".parse().unwrap();
    let built = format!("{:?}", registry.llm(&by_name).unwrap());
    assert!(built.contains("claude-opus-5-5") && built.contains("https://api.anthropic.com"), "{built}");
    assert!(!built.contains("4711"), "{built}");
    let built = format!("{:?}", registry.llm(&ProviderRef::new("anthropic")).unwrap());
    assert!(built.contains("claude-haiku-5-5"), "{built}");
}

#[test]
fn anthropic_is_not_asked_without_a_key_and_a_gateway_may_be() {
    let error = Anthropic::new(AnthropicOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
    let gateway = |url: &str| AnthropicOptions { base_url: url.to_owned(), ..AnthropicOptions::default() };
    for url in ["https://gateway.example.com/anthropic", "http://localhost:4000/v1/"] {
        let built = Anthropic::new(gateway(url)).unwrap();
        let debug = format!("{built:?}");
        assert!(!debug.contains("/v1"), "{debug}");
    }
    let error = Anthropic::new(gateway("http://gateway.example.com")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("base_url")));
    assert!(error.to_string().contains("cleartext: true"), "{error}");
    let open = AnthropicOptions { cleartext: true, ..gateway("http://gateway.example.com") };
    assert!(Anthropic::new(open.clone()).is_ok());
    let keyed = AnthropicOptions { api_key: Secret::new("4711"), ..open };
    let error = Anthropic::new(keyed).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("api_key")));
}

#[test]
fn a_key_of_the_environment_does_not_go_to_a_gateway() {
    let registry = registry(&[("ANTHROPIC_API_KEY", "4711")]);
    let gateway: ProviderRef = "anthropic?base_url=https://gateway.example.com".parse().unwrap();
    let built = format!("{:?}", registry.llm(&gateway).unwrap());
    assert!(built.contains("has_key: false"), "{built}");
}

#[test]
fn a_model_that_is_gone_is_said_with_its_successor() {
    let registry = registry(&[]);
    for (model, successor) in [
        ("claude-3-haiku-20240307", "claude-haiku-5-5"),
        ("claude-3-5-sonnet-latest", "claude-sonnet-5-5"),
        ("claude-sonnet-4-20250514", "claude-sonnet-5-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-5-5"),
    ] {
        let by_name: ProviderRef = format!("anthropic/{model}").parse().unwrap();
        let warning = registry.warning(Kind::Llm, &by_name).unwrap().unwrap();
        assert_eq!(warning.context("in its place"), Some(successor), "{model}");
    }
    for model in ["claude-haiku-5-5", "claude-sonnet-4-6", "claude-opus-4-8", "claude-haiku-4-5"] {
        let by_name: ProviderRef = format!("anthropic/{model}").parse().unwrap();
        assert!(registry.warning(Kind::Llm, &by_name).unwrap().is_none(), "{model}");
    }
}

#[test]
fn options_are_read_as_people_write_them() {
    let read = |name: &str, value: &str| Options::new().with(name, value).read::<AnthropicOptions>();
    assert_eq!(read("think", "on").unwrap().think, Think::On);
    assert_eq!(read("cache", "1h").unwrap().cache, Cache::OneHour);
    assert_eq!(read("cache", "off").unwrap().cache, Cache::Off);
    assert_eq!(read("auth", "x-api-key").unwrap().auth, Auth::XApiKey);
    assert_eq!(read("effort", "xhigh").unwrap().effort, Some(Effort::Xhigh));
    assert_eq!(read("api_version", "2023-06-01").unwrap().api_version, ApiVersion::V20230601);
    assert_eq!(read("max_tokens", "300").unwrap().max_tokens, 300);
    for (name, value) in [
        ("api_version", "2024-01-01"),
        ("idle_timeout_ms", "1"),
        ("max_tokens", "0"),
        ("temperature", "1.5"),
        ("think", "much"),
        ("volume", "1"),
    ] {
        assert_eq!(read(name, value).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    let sampling = Options::new().with("api_key", "k").with("top_p", 0.5).read().unwrap();
    let error = Anthropic::from_options(sampling).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("top_p")));
    assert!(error.to_string().contains("api_version: 2023-06-01"), "{error}");
    let unnamed = AnthropicOptions { api_key: Secret::new("k"), ..AnthropicOptions::model(" ") };
    assert_eq!(Anthropic::new(unnamed).unwrap_err().context("path"), Some("model"));
}
