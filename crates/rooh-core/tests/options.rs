//! Options, names and the registry: what is read, and what is refused with which words.

use expect_test::{Expect, expect};
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::options::{Options, ProviderRef, Secret};
use rooh_core::provider::{FromOptions, Info, Kind, Retired, Variant};
use rooh_core::registry::Registry;
use rooh_core::stream::Events;
use rooh_core::{ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// A model that does nothing but have options.
#[derive(Debug)]
struct Acme(#[allow(dead_code, reason = "shown through Debug")] AcmeOptions);

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct AcmeOptions {
    /// The key of your account.
    #[schemars(extend("x-env" = "ACME_API_KEY"))]
    api_key: Secret,
    /// Which model answers.
    model: String,
    /// How long an answer may be.
    #[schemars(range(min = 1, max = 4096))]
    max_tokens: Option<u32>,
    /// How to think.
    effort: Effort,
    /// Whether to show its work.
    verbose: bool,
}

/// How to think.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Effort {
    /// Fast.
    #[default]
    Low,
    /// Deep.
    High,
}

impl FromOptions for Acme {
    type Options = AcmeOptions;
    const INFO: Info = Info::cloud("acme", "Acme")
        .description("Answers.")
        .hosts(&["acme.test"])
        .retired(&[Retired { model: "small*", on: "2026-03-01", successor: "tiny" }])
        .variants(&[Variant { name: "acme-large", options: &[("model", "large")] }]);

    fn from_options(options: AcmeOptions) -> Result<Self> {
        Ok(Self(options))
    }
}

impl LlmProvider for Acme {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        Events::empty()
    }
}

mod registered {
    rooh_core::register!(llm: super::Acme);
}

fn registry() -> Registry {
    Registry::empty()
        .with(&registered::DESCRIPTOR)
        .known_elsewhere(Kind::Stt, "deepgram", "stt-deepgram")
        .environment(|name| (name == "ACME_API_KEY").then(|| "from the environment".to_owned()))
}

fn built(provider: &str) -> String {
    let provider: ProviderRef = provider.parse().expect("a name");
    match registry().llm(&provider) {
        Ok(llm) => format!("{llm:?}"),
        Err(error) => error.to_string(),
    }
}

fn check(provider: &str, expected: Expect) {
    expected.assert_eq(&built(provider));
}

#[test]
fn a_registered_provider_is_linked() {
    assert!(Registry::linked().find(Kind::Llm, "acme").is_ok());
}

#[test]
fn a_name_a_model_and_options_become_a_provider() {
    check(
        "acme",
        expect![[
            r#"Acme(AcmeOptions { api_key: Secret(…), model: "", max_tokens: None, effort: Low, verbose: false })"#
        ]],
    );
    check(
        "acme/huge?max_tokens=100&verbose=true&effort=high",
        expect![[
            r#"Acme(AcmeOptions { api_key: Secret(…), model: "huge", max_tokens: Some(100), effort: High, verbose: true })"#
        ]],
    );
    check(
        "acme-large",
        expect![[
            r#"Acme(AcmeOptions { api_key: Secret(…), model: "large", max_tokens: None, effort: Low, verbose: false })"#
        ]],
    );
    check(
        "acme-large/tiny",
        expect![[
            r#"Acme(AcmeOptions { api_key: Secret(…), model: "tiny", max_tokens: None, effort: Low, verbose: false })"#
        ]],
    );
}

#[test]
fn options_that_are_wrong_or_unknown_are_refused_with_what_is_allowed() {
    check(
        "acme?max_tokens=many",
        expect![[r#"max_tokens: invalid type: string "many", expected u32 (provider: acme)"#]],
    );
    check(
        "acme?effort=enormous",
        expect!["effort: unknown variant `enormous`, expected `low` or `high` (provider: acme)"],
    );
    check(
        "acme?colour=red",
        expect![
            "colour: unknown field `colour`, expected one of `api_key`, `model`, `max_tokens`, `effort`, `verbose` (provider: acme)"
        ],
    );
}

#[test]
fn a_number_outside_its_range_is_refused_and_a_wrong_key_is_not_shown() {
    check(
        "acme?max_tokens=9999",
        expect!["max_tokens: must lie between 1 and 4096 (given: 9999, provider: acme)"],
    );
    check("acme?max_tokens=0", expect!["max_tokens: must lie between 1 and 4096 (given: 0, provider: acme)"]);
    let error = Options::new().with("api_key", 4711).read::<AcmeOptions>().expect_err("a key is text");
    expect!["api_key: must be text"].assert_eq(&error.to_string());
}

#[test]
fn a_name_that_is_not_linked_says_what_is_and_which_feature_would_bring_it() {
    let lookup = |kind, name: &str| registry().find(kind, name).expect_err("not linked").to_string();
    expect![[r#"no llm provider is named "acmee" (linked: acme)"#]].assert_eq(&lookup(Kind::Llm, "acmee"));
    expect![[
        r#"no stt provider is named "deepgram" (linked: none, enable the Cargo feature: stt-deepgram)"#
    ]]
    .assert_eq(&lookup(Kind::Stt, "deepgram"));
}

#[test]
fn quoted_numbers_mean_what_they_say() {
    let options = Options::new().with("max_tokens", "24").with("verbose", "false").with("model", "7");
    let read: AcmeOptions = options.read().expect("all is right");
    assert_eq!((read.max_tokens, read.verbose, read.model.as_str()), (Some(24), false, "7"));
}

#[test]
fn a_secret_is_never_shown() {
    let given = "acme?api_key=hunter2";
    assert!(!built(given).contains("hunter2"), "{}", built(given));
    let provider: ProviderRef = given.parse().expect("a name");
    assert!(!format!("{provider:?}").contains("hunter2"));
}

#[test]
fn the_catalog_says_all_that_a_form_needs() {
    let catalog = serde_json::to_string_pretty(&registry().catalog()).expect("plain data");
    expect![[r#"
        {
          "providers": [
            {
              "kind": "llm",
              "name": "acme",
              "title": "Acme",
              "description": "Answers.",
              "cloud": true,
              "feature": "core",
              "model_option": "model",
              "variants": [
                "acme-large"
              ],
              "options": [
                {
                  "name": "api_key",
                  "help": "The key of your account.",
                  "type": "secret",
                  "required": false,
                  "default": null,
                  "minimum": null,
                  "maximum": null,
                  "choices": [],
                  "env": "ACME_API_KEY"
                },
                {
                  "name": "model",
                  "help": "Which model answers.",
                  "type": "text",
                  "required": false,
                  "default": "",
                  "minimum": null,
                  "maximum": null,
                  "choices": [],
                  "env": null
                },
                {
                  "name": "max_tokens",
                  "help": "How long an answer may be.",
                  "type": "integer",
                  "required": false,
                  "default": null,
                  "minimum": 1.0,
                  "maximum": 4096.0,
                  "choices": [],
                  "env": null
                },
                {
                  "name": "effort",
                  "help": "How to think.",
                  "type": "text",
                  "required": false,
                  "default": null,
                  "minimum": null,
                  "maximum": null,
                  "choices": [
                    "low",
                    "high"
                  ],
                  "env": null
                },
                {
                  "name": "verbose",
                  "help": "Whether to show its work.",
                  "type": "boolean",
                  "required": false,
                  "default": false,
                  "minimum": null,
                  "maximum": null,
                  "choices": [],
                  "env": null
                }
              ]
            }
          ]
        }"#]]
    .assert_eq(&catalog);
}

#[test]
fn an_error_carries_its_kind_and_all_its_parts() {
    let error = registry().llm(&"acme?max_tokens=many".parse().expect("a name")).expect_err("wrong");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.context("path"), Some("max_tokens"));
}

/// A model that can be anywhere.
#[derive(Debug)]
struct Movable(MovableOptions);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct MovableOptions {
    #[schemars(extend("x-env" = "ACME_API_KEY"))]
    api_key: Secret,
    #[schemars(extend("x-env" = "ACME_BASE_URL"))]
    base_url: String,
}

impl Default for MovableOptions {
    fn default() -> Self {
        Self { api_key: Secret::default(), base_url: "https://api.acme.test/v1".to_owned() }
    }
}

impl FromOptions for Movable {
    type Options = MovableOptions;
    const INFO: Info = Info::cloud("movable", "Movable").hosts(&["acme.test"]);

    fn from_options(options: MovableOptions) -> Result<Self> {
        Ok(Self(options))
    }
}

impl LlmProvider for Movable {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        Events::empty()
    }
}

mod movable {
    rooh_core::register!(llm: super::Movable);
}

#[test]
fn a_key_of_the_environment_goes_to_its_vendor_alone() {
    let registry = registry().with(&movable::DESCRIPTOR);
    let check = |address: &str, is_sent: bool| {
        let options = Options::new().with("base_url", address);
        let provider = ProviderRef { options, ..ProviderRef::new("movable") };
        let built = Movable::from_options(MovableOptions::default()).unwrap();
        assert!(built.0.api_key.is_empty());
        let text = format!("{:?}", registry.llm(&provider).unwrap());
        assert_eq!(text.contains("Secret(…)"), is_sent, "{address}: {text}");
        let elsewhere = registry.sent_elsewhere(Kind::Llm, &provider).unwrap();
        assert_eq!(elsewhere, (!is_sent).then_some("base_url"), "{address}");
    };
    check("", true);
    check("https://api.acme.test/v1", true);
    check("https://eu.acme.test", true);
    check("wss://acme.test/x?y", true);
    check("http://api.acme.test/v1", false);
    check("https://evil.test", false);
    check("https://evilacme.test", false);
    check("https://acme.test.evil.test", false);
    check("https://evil.test/.acme.test", false);
    check("https://evil.test\\.acme.test", false);
    check("https://evil.test#.acme.test", false);
    check("https://evil.test?.acme.test", false);
    check("https://acme.test@evil.test", false);
    check("https://evil.test:443", false);
    check("HTTPS://acme.test", false);

    // Who sets the environment may send its key where it says.
    let own = |name: &str| match name {
        "ACME_API_KEY" => Some("key".to_owned()),
        "ACME_BASE_URL" => Some("https://proxy.test".to_owned()),
        _ => None,
    };
    let built = registry.environment(own).llm(&ProviderRef::new("movable")).unwrap();
    let text = format!("{built:?}");
    assert!(text.contains("proxy.test") && text.contains("Secret(…)"), "{text}");
}

#[test]
fn a_model_that_is_retired_is_said_with_its_day_and_its_successor() {
    let warning = |provider: &str| {
        let provider: ProviderRef = provider.parse().expect("a name");
        registry().warning(Kind::Llm, &provider).expect("it is linked").map(|warning| warning.to_string())
    };
    let expected = "the vendor ends small-2 on 2026-03-01 (in its place: tiny)";
    assert_eq!(warning("acme/small-2").as_deref(), Some(expected));
    assert_eq!(warning("acme-large"), None);
    assert_eq!(warning("acme"), None);
}

#[test]
fn a_vendor_that_is_gone_is_said_to_be() {
    let registry = registry().known_gone(Kind::Tts, "horn", "Horn ended its service; in its place: acme");
    let error = registry.tts(&ProviderRef::new("horn")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().starts_with("Horn ended its service; in its place: acme"), "{error}");
}
