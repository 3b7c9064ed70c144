//! The provider by its name, and what its options refuse.

use rooh_core::ErrorKind;
use rooh_core::options::{Options, ProviderRef};
use rooh_core::provider::{FromOptions, Kind};
use rooh_core::registry::Registry;
use rooh_llm_bedrock::{AuthMode, Bedrock, BedrockOptions, Effort, PromptCache};

fn registry(variables: &'static [(&'static str, &'static str)]) -> Registry {
    Registry::linked().environment(move |name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    })
}

const KEY: &[(&str, &str)] = &[("AWS_BEARER_TOKEN_BEDROCK", "4711"), ("AWS_REGION", "eu-west-1")];

#[test]
fn it_is_found_by_name_with_its_model() {
    let registry = registry(KEY);
    assert_eq!(registry.find(Kind::Llm, "bedrock").unwrap().feature(), "llm-bedrock");
    let by_name: ProviderRef = "bedrock/us.amazon.nova-2-lite-v1:0?prompt_cache=off".parse().unwrap();
    let built = format!("{:?}", registry.llm(&by_name).unwrap());
    assert!(built.contains("us.amazon.nova-2-lite-v1:0") && built.contains("eu-west-1"), "{built}");
    let arn: ProviderRef = "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/x".parse().unwrap();
    assert!(format!("{:?}", registry.llm(&arn).unwrap()).contains(":inference-profile/x"));
}

#[test]
fn the_file_of_another_system_is_taken_as_it_is() {
    let model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
    let named = ProviderRef::new("bedrock-claude").options(
        Options::new().with("auth_mode", "api_key").with("model_id", model).with("region", "us-east-1"),
    );
    let built = format!("{:?}", registry(KEY).llm(&named).unwrap());
    assert!(built.contains(model) && built.contains("us-east-1") && built.contains("ApiKey"), "{built}");
    let error = registry(&[]).llm(&named).unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")));
}

#[test]
fn a_model_that_is_gone_is_told_with_its_successor() {
    let named: ProviderRef = "bedrock/anthropic.claude-3-haiku-20240307-v1:0".parse().unwrap();
    let warning = registry(KEY).warning(Kind::Llm, &named).unwrap().unwrap();
    assert!(warning.to_string().contains("claude-haiku-4-5"), "{warning}");
    assert!(registry(KEY).warning(Kind::Llm, &ProviderRef::new("bedrock")).unwrap().is_none());
}

#[test]
fn another_address_gets_no_key_of_the_environment() {
    for place in ["https://example.com", "https://x.execute-api.us-east-1.amazonaws.com"] {
        let options = Options::new().with("base_url", place).with("auth_mode", "api_key");
        let named = ProviderRef::new("bedrock").options(options);
        let error = registry(KEY).llm(&named).unwrap_err();
        assert_eq!((error.kind(), error.context("path")), (ErrorKind::Auth, Some("api_key")), "{place}");
    }
}

#[test]
fn options_are_read_as_people_write_them() {
    let read =
        |name: &str, value: serde_json::Value| Options::new().with(name, value).read::<BedrockOptions>();
    assert_eq!(read("auth_mode", "access_keys".into()).unwrap().auth_mode, AuthMode::AccessKeys);
    assert_eq!(read("effort", "low".into()).unwrap().effort, Some(Effort::Low));
    assert_eq!(read("prompt_cache", "on".into()).unwrap().prompt_cache, PromptCache::On);
    assert_eq!(read("max_tokens", "200".into()).unwrap().max_tokens, Some(200));
    for (name, value) in
        [("auth_mode", "guess"), ("temperature", "9"), ("volume", "1"), ("idle_timeout_ms", "1")]
    {
        assert_eq!(read(name, value.into()).unwrap_err().kind(), ErrorKind::Config, "{name}");
    }
    assert_eq!(Bedrock::INFO.name, "bedrock");
}
