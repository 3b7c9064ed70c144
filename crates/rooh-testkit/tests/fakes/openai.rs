//! The fake OpenAI before the Python client of OpenAI.

use rooh_testkit::fakes::{Cuts, FakeOpenAi, Fault, OpenAiDialect};

use crate::certify;

const SCRIPT: &str = include_str!("openai.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_openai_takes_the_fake_for_openai() {
    let fake = FakeOpenAi::start().await.unwrap().key("sesame");
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Error("something went wrong".to_owned()),
        Fault::Error("something went wrong".to_owned()),
        Fault::Status(429, "insufficient_quota".to_owned(), Some("7".to_owned())),
        Fault::Status(503, "overloaded".to_owned(), None),
        Fault::Malformed,
        Fault::Break(120),
    ] {
        fake.spoil(fault);
    }
    let mut others = Vec::new();
    let mut arguments = vec![fake.base_url()];
    for (name, dialect) in [
        ("careless", OpenAiDialect::Careless),
        ("groq", OpenAiDialect::Groq),
        ("llama-cpp", OpenAiDialect::LlamaCpp),
        ("vllm", OpenAiDialect::Vllm),
    ] {
        let other = FakeOpenAi::start().await.unwrap().dialect(dialect);
        other.cut(Cuts::Size(7));
        arguments.push(format!("{name}={}", other.base_url()));
        others.push(other);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if certify("openai", SCRIPT, &arguments).await {
        let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
        for path in ["/v1/chat/completions", "/v1/models", "/v1/models/fake", "/v1/responses"] {
            assert!(paths.iter().any(|other| other == path), "{path} was not asked for");
        }
    }
}
