//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_openai::{Api, Dialect, Effort, OpenAi, OpenAiOptions};

/// Both variables of the environment, which are not those of this process.
fn registry(key: &'static str, base: &'static str) -> Registry {
    Registry::linked().environment(move |name| {
        let value = match name {
            "OPENAI_API_KEY" => key,
            "OPENAI_BASE_URL" => base,
            _ => "",
        };
        (!value.is_empty()).then(|| value.to_owned())
    })
}

#[test]
fn it_is_found_by_name_with_its_model() {
    let registry = registry("4711", "");
    assert_eq!(registry.find(Kind::Llm, "openai").unwrap().feature(), "llm-openai");
    let by_name: ProviderRef = "openai/gpt-6-luna?reasoning_effort=low&api=responses".parse().unwrap();
    let built = format!("{:?}", registry.llm(&by_name).unwrap());
    assert!(
        built.contains("gpt-6-luna") && built.contains("has_key: true") && !built.contains("4711"),
        "{built}"
    );
    let built = format!("{:?}", registry.llm(&ProviderRef::new("openai")).unwrap());
    assert!(built.contains("gpt-5.6-luna") && built.contains("https://api.openai.com/v1"), "{built}");
}

#[test]
fn openai_wants_a_key_and_a_server_on_this_machine_does_not() {
    let error = registry("", "").llm(&ProviderRef::new("openai")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
    assert!(error.to_string().contains("OPENAI_API_KEY"), "{error}");
    let own = "openai/m?base_url=http://localhost:8000/v1".parse().unwrap();
    assert!(registry("", "").llm(&own).is_ok());
    // The server of somebody may want one or not.
    assert!(registry("", "").llm(&"openai/m?base_url=https://llm.example.com/v1".parse().unwrap()).is_ok());
}

#[test]
fn a_key_of_the_environment_stays_with_openai() {
    let built = |text: &str, base: &'static str| {
        format!("{:?}", registry("4711", base).llm(&text.parse().unwrap()).unwrap())
    };
    assert!(built("openai/m?base_url=https://llm.example.com/v1", "").contains("has_key: false"));
    assert!(built("openai/m?base_url=http://127.0.0.1:8000/v1", "").contains("has_key: false"));
    assert!(built("openai/m?base_url=https://eu.api.openai.com/v1", "").contains("has_key: true"));
    assert!(built("openai/m?base_url=https://llm.example.com/v1&api_key=1", "").contains("has_key: true"));
    // Whoever sets both in the environment means both.
    let built = built("openai/m", "https://llm.example.com/v1");
    assert!(built.contains("has_key: true") && built.contains("llm.example.com"), "{built}");
}

#[test]
fn a_model_that_ends_is_warned_of() {
    let registry = registry("4711", "");
    for (name, ends) in [("openai/gpt-4o", true), ("openai/gpt-4o-2024-08-06", true), ("openai", false)] {
        let warning = registry.warning(Kind::Llm, &name.parse().unwrap()).unwrap();
        assert_eq!(warning.is_some(), ends, "{name}: {warning:?}");
    }
}

#[test]
fn http_to_another_machine_and_a_key_over_it_are_refused() {
    let options = |url: &str| OpenAiOptions { base_url: url.to_owned(), ..OpenAiOptions::model("m") };
    let error = OpenAi::new(options("http://box.example.com:8000/v1")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("base_url")));
    assert!(error.to_string().contains("cleartext: true"), "{error}");
    let allowed = OpenAiOptions { cleartext: true, ..options("http://box.example.com:8000/v1") };
    assert!(OpenAi::new(allowed.clone()).is_ok());
    let error = OpenAi::new(OpenAiOptions { api_key: Secret::new("4711"), ..allowed }).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("api_key")));
    let wrong = OpenAiOptions {
        api_key: Secret::new("4711"),
        project: "a\nb".to_owned(),
        ..options("https://api.openai.com/v1")
    };
    assert_eq!(OpenAi::new(wrong).unwrap_err().context("path"), Some("project"));
}

#[test]
fn options_are_read_as_people_write_them() {
    let read = |name: &str, value: serde_json::Value| {
        Options::new().with("model", "m").with(name, value).read::<OpenAiOptions>()
    };
    assert_eq!(read("api", "responses".into()).unwrap().api, Api::Responses);
    assert_eq!(read("dialect", "openai".into()).unwrap().dialect, Dialect::Openai);
    assert_eq!(read("reasoning_effort", "xhigh".into()).unwrap().reasoning_effort, Some(Effort::Xhigh));
    let extra = serde_json::json!({ "chat_template_kwargs": { "enable_thinking": false } });
    assert_eq!(read("extra_body", extra).unwrap().extra_body.len(), 1);
    for (name, value) in [
        ("api", "assistants"),
        ("first_timeout_ms", "1"),
        ("reasoning_effort", "much"),
        ("temperature", "9"),
        ("volume", "1"),
    ] {
        assert_eq!(read(name, value.into()).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    let nameless = OpenAi::new(OpenAiOptions { api_key: Secret::new("1"), ..OpenAiOptions::model(" ") });
    assert_eq!(nameless.unwrap_err().context("path"), Some("model"));
    assert_eq!(OpenAi::INFO.name, "openai");
}
