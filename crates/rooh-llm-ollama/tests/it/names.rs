//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef};
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_ollama::{KeepAlive, Ollama, OllamaOptions, Think};

fn registry(variable: &'static str, value: &'static str) -> Registry {
    Registry::linked().environment(move |name| (name == variable).then(|| value.to_owned()))
}

#[test]
fn it_is_found_by_name_with_its_model() {
    let registry = registry("", "");
    assert_eq!(registry.find(Kind::Llm, "ollama").unwrap().feature(), "llm-ollama");
    let by_name: ProviderRef = "ollama/qwen3:4b?think=low&keep_alive=30m".parse().unwrap();
    assert!(format!("{:?}", registry.llm(&by_name).unwrap()).contains("qwen3:4b"));
    let error = registry.llm(&ProviderRef::new("ollama")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("model")));
    assert!(error.to_string().contains("ollama list"), "{error}");
}

#[test]
fn the_address_comes_from_the_environment_as_ollama_writes_it() {
    let model: ProviderRef = "ollama/m".parse().unwrap();
    let built = registry("OLLAMA_HOST", "0.0.0.0:8080").llm(&model).unwrap();
    assert!(format!("{built:?}").contains("http://127.0.0.1:8080"), "{built:?}");
}

#[test]
fn http_to_another_machine_and_a_key_over_it_are_refused() {
    let options = |url: &str| OllamaOptions { base_url: url.to_owned(), ..OllamaOptions::model("m") };
    let error = Ollama::new(options("http://box.example.com:11434")).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("base_url")));
    assert!(error.to_string().contains("cleartext: true"), "{error}");
    let allowed = OllamaOptions { cleartext: true, ..options("http://box.example.com:11434") };
    assert!(Ollama::new(allowed.clone()).is_ok());
    let key = OllamaOptions { api_key: rooh_core::options::Secret::new("4711"), ..allowed };
    let error = Ollama::new(key).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("api_key")));
    let cloud =
        OllamaOptions { api_key: rooh_core::options::Secret::new("4711"), ..options("https://ollama.com") };
    assert!(Ollama::new(cloud).is_ok());
    assert!(
        Ollama::new(options("https://me:4711@ollama.com"))
            .is_err_and(|error| !error.to_string().contains("4711"))
    );
}

#[test]
fn options_are_read_as_people_write_them() {
    let read = |name: &str, value: serde_json::Value| {
        Options::new().with("model", "m").with(name, value).read::<OllamaOptions>()
    };
    assert_eq!(read("think", false.into()).unwrap().think, Think::Off);
    assert_eq!(read("think", true.into()).unwrap().think, Think::On);
    assert_eq!(read("think", "high".into()).unwrap().think, Think::High);
    assert_eq!(read("keep_alive", (-1).into()).unwrap().keep_alive, Some(KeepAlive::Seconds(-1)));
    assert_eq!(
        read("keep_alive", "24h".into()).unwrap().keep_alive,
        Some(KeepAlive::Duration("24h".to_owned()))
    );
    for (name, value) in [("think", "much"), ("temperature", "9"), ("volume", "1"), ("idle_timeout_ms", "1")]
    {
        assert_eq!(read(name, value.into()).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    assert_eq!(Ollama::INFO.name, "ollama");
}
