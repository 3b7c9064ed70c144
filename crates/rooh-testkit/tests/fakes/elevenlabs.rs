//! The fake ElevenLabs before the Python client of ElevenLabs.

use rooh_testkit::fakes::{Cuts, FakeElevenLabs, Fault};
use rooh_testkit::speech;

use crate::certify;

const SCRIPT: &str = include_str!("elevenlabs.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_elevenlabs_takes_the_fake_for_elevenlabs() {
    let fake = FakeElevenLabs::start().await.unwrap().key("sk_4711").voice("other").plain_plan();
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Status(429, "Too many".to_owned(), Some("0".to_owned())),
        Fault::Status(500, "Oops".to_owned(), None),
        Fault::Break(1_000),
    ] {
        fake.spoil(fault);
    }
    if certify("elevenlabs", SCRIPT, &[&fake.url()]).await {
        let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
        for how in ["/stream", "/stream-input", "/multi-stream-input", "/v1/models"] {
            assert!(paths.iter().any(|path| path.ends_with(how)), "{how} was not asked for");
        }
        let said = fake.said();
        assert!(said.iter().any(|text| text == "Grüße aus dem Norden. "), "{said:?}");
        assert!(speech::duration(&said.concat()) > speech::WORD);
    }
}
