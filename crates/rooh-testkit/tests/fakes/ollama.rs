//! The fake Ollama before the Python client of Ollama.

use rooh_testkit::fakes::{Cuts, FakeModel, FakeOllama, Fault};

use crate::certify;

const SCRIPT: &str = include_str!("ollama.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_ollama_takes_the_fake_for_an_ollama() {
    let fake = FakeOllama::start()
        .await
        .unwrap()
        .model(FakeModel::new("thinker:4b").capabilities(&["completion", "tools", "thinking"]))
        .model(FakeModel::new("mute:latest").capabilities(&["completion"]))
        .model(FakeModel::new("far:latest").elsewhere());
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Error("llama runner process has terminated".to_owned()),
        Fault::Status(429, "too many requests".to_owned(), Some("7".to_owned())),
        Fault::Status(500, "model runner has unexpectedly stopped".to_owned(), None),
        Fault::Malformed,
        Fault::Break(120),
    ] {
        fake.spoil(fault);
    }
    if certify("ollama", SCRIPT, &[&fake.url()]).await {
        let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
        for path in ["/api/chat", "/api/ps", "/api/pull", "/api/show", "/api/tags"] {
            assert!(paths.iter().any(|other| other == path), "{path} was not asked for");
        }
    }
}
