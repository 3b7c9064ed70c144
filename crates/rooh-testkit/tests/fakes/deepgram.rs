//! The fake Deepgram before the Python client of Deepgram.

use std::time::Duration;

use rooh_testkit::fakes::{Cuts, FakeDeepgram, SocketFault};

use crate::certify;

const SCRIPT: &str = include_str!("deepgram.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_deepgram_takes_the_fake_for_a_deepgram() {
    let fake = FakeDeepgram::start().await.unwrap().key("k3y").idle(Duration::from_secs(2));
    fake.cut(Cuts::Seed(20_261_121));
    // In the order in which the script meets them.
    fake.spoil(SocketFault::Status(429, "Too many requests.".to_owned(), Some("7".to_owned())));
    fake.spoil(SocketFault::Close(1, 1011, "NET-0000".to_owned()));
    if certify("deepgram", SCRIPT, &[&fake.url()]).await {
        let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
        for path in ["/v1/listen", "/v1/speak", "/v2/listen"] {
            assert!(paths.iter().any(|other| other == path), "{path} was not asked for");
        }
    }
}
