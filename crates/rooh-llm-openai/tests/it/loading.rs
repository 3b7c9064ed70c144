//! Loading and warming up: whether server, key and model are there.

use rooh_core::ErrorKind;
use rooh_core::llm::LlmProvider;
use rooh_core::options::Secret;
use rooh_llm_openai::{Api, Dialect, OpenAi, OpenAiOptions};
use rooh_testkit::fakes::{FakeOpenAi, OpenAiDialect};

use crate::{answer, asked, options, provider};

#[tokio::test]
async fn a_model_that_is_there_is_asked_about_alone() {
    let fake = FakeOpenAi::start().await.unwrap();
    let progress = provider(&fake, Api::Auto).load().collect().await.unwrap();
    assert_eq!(progress.last().unwrap().done, Some(1.0));
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/models/fake"]);
}

#[tokio::test]
async fn warming_up_leaves_a_connection_for_the_first_reply() {
    let fake = FakeOpenAi::start().await.unwrap();
    let provider = provider(&fake, Api::Chat);
    let events = provider.prewarm();
    assert_eq!(fake.begun(), 0, "nothing is asked before somebody reads");
    events.collect().await.unwrap();
    for _ in 0..3 {
        answer(&provider, asked("Hello there")).await;
        assert_eq!(fake.connections(), 1);
    }
}

#[tokio::test]
async fn a_model_or_a_key_that_is_wrong_is_said() {
    let fake = FakeOpenAi::start().await.unwrap().key("right");
    let with = |key: &str, model: &str| {
        let api_key = Secret::new(key);
        OpenAi::new(OpenAiOptions { api_key, model: model.to_owned(), ..options(&fake) }).unwrap()
    };
    for (key, model, kind) in [
        ("right", "missing", ErrorKind::NotFound),
        ("right", "../models", ErrorKind::NotFound),
        ("wrong", "fake", ErrorKind::Auth),
        ("", "fake", ErrorKind::Auth),
    ] {
        assert_eq!(with(key, model).load().collect().await.unwrap_err().kind(), kind, "{key} {model}");
        assert_eq!(with(key, model).prewarm().collect().await.unwrap_err().kind(), kind, "{key} {model}");
    }
    assert!(with("right", "fake").load().collect().await.is_ok());
}

#[tokio::test]
async fn a_server_of_ones_own_is_asked_for_its_list() {
    let fake = FakeOpenAi::start().await.unwrap().dialect(OpenAiDialect::Vllm);
    let with = |model: &str| {
        let own = OpenAiOptions { dialect: Dialect::Auto, model: model.to_owned(), ..options(&fake) };
        OpenAi::new(own).unwrap()
    };
    let progress = with("fake").load().collect().await.unwrap();
    assert!(progress.iter().all(|progress| progress.missing.is_none()));
    // Some take any name, so this is not wrong yet.
    let progress = with("missing").load().collect().await.unwrap();
    let missing = progress.iter().find_map(|progress| progress.missing.clone()).unwrap();
    assert_eq!((missing.kind(), missing.context("model")), (ErrorKind::NotFound, Some("missing")));
    // And some have no list.
    let no_list = OpenAiOptions { base_url: format!("{}/other", fake.url()), ..OpenAiOptions::model("fake") };
    assert!(OpenAi::new(no_list).unwrap().load().collect().await.is_ok());
    assert_eq!(with("fake").models().await.unwrap(), ["fake", "gpt-5.6-luna", "gpt-6-astra"]);
}
