//! Loading and opening connections: what is found out before anybody speaks.

use rooh_core::ErrorKind;
use rooh_core::llm::LlmProvider;
use rooh_llm_bedrock::{Bedrock, BedrockOptions};
use rooh_testkit::fakes::FakeBedrock;
use serde_json::json;

use crate::{answer, asked, bodies, options, provider};

#[tokio::test]
async fn loading_asks_for_nothing_that_costs() {
    let fake = FakeBedrock::start().await.unwrap();
    let progress = provider(&fake).load().collect().await.unwrap();
    assert_eq!(progress.last().unwrap().done, Some(1.0));
    assert_eq!(bodies(&fake), [json!({ "messages": [] })]);
}

#[tokio::test]
async fn loading_finds_a_wrong_key_and_a_model_that_is_not_to_be_had() {
    let fake = FakeBedrock::start()
        .await
        .unwrap()
        .ended("anthropic.claude-3-haiku-20240307-v1:0")
        .only_by_profile("anthropic.claude-haiku-5-5-v1:0");
    for (model, kind, hint) in [
        ("nonsense", ErrorKind::Config, "identifier is invalid"),
        (
            "anthropic.claude-haiku-5-5-v1:0",
            ErrorKind::Config,
            "ask for an inference profile: global.anthropic.claude-haiku-5-5-v1:0",
        ),
        (
            "anthropic.claude-3-haiku-20240307-v1:0",
            ErrorKind::NotFound,
            "in its place: global.anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
    ] {
        let provider = Bedrock::new(BedrockOptions { model_id: model.to_owned(), ..options(&fake) }).unwrap();
        let error = provider.load().collect().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(hint), "{error}");
    }
    let locked = FakeBedrock::start().await.unwrap().key("right");
    assert_eq!(provider(&locked).load().collect().await.unwrap_err().kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn a_connection_is_open_before_the_first_reply() {
    // Whoever may talk to a model need not be allowed to see jobs.
    for fake in [FakeBedrock::start().await.unwrap(), FakeBedrock::start().await.unwrap().key("other")] {
        let provider = provider(&fake);
        let warmed = provider.prewarm();
        assert_eq!(fake.connections(), 0, "nothing is asked before somebody reads");
        warmed.collect().await.unwrap();
        assert_eq!((fake.begun(), fake.connections()), (1, 1));
    }
    let fake = FakeBedrock::start().await.unwrap();
    let provider = provider(&fake);
    provider.prewarm().collect().await.unwrap();
    answer(&provider, asked("Hello there")).await;
    assert_eq!((fake.begun(), fake.connections()), (2, 1));
}
