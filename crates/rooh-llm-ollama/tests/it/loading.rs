//! Loading: whether server and model are there, and bringing the model.

use rooh_core::ErrorKind;
use rooh_core::llm::LlmProvider;
use rooh_llm_ollama::{Ollama, OllamaOptions};
use rooh_testkit::fakes::{FakeModel, FakeOllama, Fault};
use serde_json::json;

use crate::{options, provider};

#[tokio::test]
async fn a_model_that_is_there_is_loaded() {
    let fake = FakeOllama::start().await.unwrap();
    let progress = provider(&fake).load().collect().await.unwrap();
    assert_eq!(progress.last().unwrap().done, Some(1.0));
    let last = fake.seen().pop().unwrap();
    assert_eq!((last.path.as_str(), &last.body["messages"]), ("/api/chat", &json!([])));
}

#[tokio::test]
async fn a_model_that_is_missing_is_said_with_the_command_that_brings_it() {
    let fake = FakeOllama::start().await.unwrap().model(FakeModel::new("far:latest").elsewhere());
    let far = Ollama::new(OllamaOptions { model: "far".to_owned(), ..options(&fake) }).unwrap();
    let error = far.load().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("ollama pull far"), "{error}");
    assert!(fake.seen().iter().all(|seen| seen.path != "/api/pull"), "nobody allowed that");
}

#[tokio::test]
async fn a_model_that_is_missing_is_brought_where_that_is_allowed() {
    let fake = FakeOllama::start().await.unwrap().model(FakeModel::new("far:latest").elsewhere());
    let allowed = OllamaOptions { model: "far".to_owned(), pull: true, ..options(&fake) };
    let far = Ollama::new(allowed.clone()).unwrap();
    fake.spoil(Fault::End(200));
    assert_eq!(far.load().collect().await.unwrap_err().kind(), ErrorKind::Network);
    let fake = FakeOllama::start().await.unwrap().model(FakeModel::new("far:latest").elsewhere());
    let far = Ollama::new(OllamaOptions { base_url: fake.url(), ..allowed.clone() }).unwrap();
    let progress = far.load().collect().await.unwrap();
    let pulled: Vec<f32> =
        progress.iter().filter(|p| p.what == "pulling far").filter_map(|p| p.done).collect();
    assert!(pulled.len() > 2 && pulled.is_sorted(), "{pulled:?}");
    assert_eq!(progress.last().unwrap().what, "far is loaded");
    let nowhere = OllamaOptions { model: "nowhere".to_owned(), base_url: fake.url(), ..allowed };
    let error = Ollama::new(nowhere).unwrap().load().collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn the_models_are_listed() {
    let fake = FakeOllama::start().await.unwrap().model(FakeModel::new("far:latest").elsewhere());
    let models = provider(&fake).models().await.unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!((models[0].name.as_str(), models[0].size), ("fake:latest", 2_019_393_189));
}
