//! The fake Anthropic before the Python client of Anthropic.

use rooh_testkit::fakes::{Cuts, FakeAnthropic, Fault};

use crate::certify;

const SCRIPT: &str = include_str!("anthropic.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_anthropic_takes_the_fake_for_anthropic() {
    let fake = FakeAnthropic::start().await.unwrap().key("sesame");
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Error("busy".to_owned()),
        Fault::Status(429, "too many requests".to_owned(), Some("7".to_owned())),
        Fault::Status(500, "internal".to_owned(), None),
        Fault::Status(529, "overloaded".to_owned(), None),
        Fault::Malformed,
        Fault::Break(600),
    ] {
        fake.spoil(fault);
    }
    if certify("anthropic", SCRIPT, &[&fake.url()]).await {
        let seen = fake.seen();
        let asked = |path: &str| seen.iter().any(|seen| seen.path == path);
        assert!(asked("/v1/messages") && asked("/v1/models") && asked("/v1/models/claude-sonnet-5-5"));
    }
}
