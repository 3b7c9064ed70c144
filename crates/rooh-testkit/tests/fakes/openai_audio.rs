//! The fake of the audio APIs of OpenAI before the Python client of OpenAI.

use rooh_testkit::fakes::{Cuts, FakeOpenAiAudio, Fault};

use crate::certify;

const SCRIPT: &str = include_str!("openai_audio.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_openai_takes_the_fake_for_the_audio_of_openai() {
    let start = async || FakeOpenAiAudio::start().await.unwrap();
    let fake = start().await.key("K");
    let others = [
        start().await.early(),
        start().await.out_of_order(),
        start().await.expiring(),
        start().await.failing("x"),
    ];
    // In the order in which the script meets them.
    fake.cut(Cuts::Seed(20_261_121));
    for fault in [
        Fault::Status(429, "too many requests".to_owned(), Some("7".to_owned())),
        Fault::Status(429, "insufficient_quota".to_owned(), None),
        Fault::Status(500, "internal".to_owned(), None),
        Fault::Break(120),
    ] {
        fake.spoil(fault);
    }
    let urls: Vec<String> = std::iter::once(&fake).chain(&others).map(FakeOpenAiAudio::url).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    if certify("openai", SCRIPT, &urls).await {
        let seen = fake.seen();
        for path in
            ["/v1/audio/speech", "/v1/audio/transcriptions", "/v1/models/gpt-4o-mini-tts", "/v1/realtime"]
        {
            assert!(seen.iter().any(|seen| seen.path == path), "{path} was not asked for");
        }
    }
}
