//! The fake Gemini API before the Python client of Google.

use rooh_testkit::fakes::{Cuts, FakeGemini, Fault};

use crate::certify;

const SCRIPT: &str = include_str!("gemini.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_google_takes_the_fake_for_gemini() {
    let fake = FakeGemini::start().await.unwrap().key("sesame");
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Error("The model is overloaded. Please try again later.".to_owned()),
        Fault::Status(429, "Resource has been exhausted (e.g. check quota).".to_owned(), None),
        Fault::Status(500, "An internal error has occurred.".to_owned(), None),
        Fault::Malformed,
        Fault::Break(120),
    ] {
        fake.spoil(fault);
    }
    if !certify("gemini", SCRIPT, &[&fake.url()]).await {
        return;
    }
    let seen = fake.seen();
    for path in [
        "/v1/models/gemini-3.8-flash:streamGenerateContent",
        "/v1beta/models",
        "/v1beta/models/gemini-3.8-flash",
        "/v1beta/models/gemini-3.8-flash:generateContent",
        "/v1beta/models/gemini-3.8-flash:streamGenerateContent",
    ] {
        assert!(seen.iter().any(|seen| seen.path == path), "{path} was not asked for");
    }
    let streams = seen.iter().filter(|seen| seen.path.ends_with(":streamGenerateContent"));
    // As our provider asks: by server-sent events, and with the key in its header.
    assert!(streams.clone().all(|seen| seen.query == "alt=sse"));
    assert!(streams.clone().all(|seen| seen.header("x-goog-api-key").is_some()));
}
