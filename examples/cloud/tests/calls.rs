//! Both programs hold a call with servers that speak as the vendors do.

use cloud::{Extra, own_voice, three_clouds};
use rooh::options::Options;
use rooh::prelude::*;
use rooh::transport_wav::WavCaller;
use rooh::vad::Energy;
use rooh_testkit::fakes::{
    FakeAnthropic, FakeBedrock, FakeCartesia, FakeDeepgram, FakeElevenLabs, SocketFault,
};
use rooh_testkit::speech;

/// What the caller says, as tones that the servers understand.
const SAID: &str = "good morning everybody";

fn at(url: String) -> Options {
    Options::new().with("base_url", url).with("api_key", "of-its-own")
}

/// What came of a call.
#[derive(Debug, Default)]
struct Call {
    /// What the agent took for the caller's turn.
    understood: String,
    /// What it said.
    said: String,
    /// What was heard of that.
    heard: String,
    /// How often a provider failed.
    failures: usize,
}

/// Holds the call in real time, because the servers are real.
async fn call(agent: AgentBuilder) -> Call {
    // Tones are no speech to a model that knows people.
    let agent = agent.vad(Energy).build().expect("nothing is wrong with it");
    let format = AudioFormat::WIDEBAND;
    let words = speech::encode(SAID, format, SessionTime::ZERO);
    let silence = |millis| AudioFrame::silence(Duration::from_millis(millis), format, SessionTime::ZERO);
    let line = AudioFrame::concat(&[silence(500), words, silence(6_000)]).expect("one format");
    let caller = WavCaller::from_frame(line);
    let heard = caller.heard();
    let mut session = agent.start(caller);
    let mut call = Call::default();
    while let Some(event) = session.next().await {
        match event.kind {
            EventKind::UserTurn { text, .. } => call.understood = text,
            EventKind::ReplyFinished { text, .. } => call.said = text,
            EventKind::ProviderFailed { .. } => call.failures += 1,
            EventKind::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
        if !call.said.is_empty() {
            break;
        }
    }
    let wav = rooh::audio::wav::read(&heard.to_wav()).expect("a recording");
    let audio = AudioFrame::new(wav.mono(), wav.format(), SessionTime::ZERO);
    Call { heard: speech::decode([&audio]), ..call }
}

fn assert_held(call: &Call) {
    assert_eq!(call.understood, SAID);
    assert!(call.said.contains(SAID) && call.heard.contains(SAID), "{call:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_clouds_hold_a_call() {
    let ears = FakeDeepgram::start().await.expect("a port is free");
    let mind = FakeBedrock::start().await.expect("a port is free");
    let voice = FakeCartesia::start().await.expect("a port is free");
    let mind_at = at(mind.url()).with("auth_mode", "api_key");
    let extra = Extra { stt: at(ears.url()), llm: mind_at, tts: at(voice.url()) };
    let call = call(three_clouds(extra)).await;
    assert_held(&call);
    assert_eq!(call.failures, 0);
    // One socket each, for the whole call.
    assert_eq!((ears.begun(), voice.begun()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_break_in_a_call_cost_no_word() {
    let ears = FakeDeepgram::start().await.expect("a port is free");
    let mind = FakeBedrock::start().await.expect("a port is free");
    let voice = FakeCartesia::start().await.expect("a port is free");
    ears.spoil(SocketFault::BreakInside(2));
    voice.spoil(SocketFault::BreakInside(6));
    let mind_at = at(mind.url()).with("auth_mode", "api_key");
    let extra = Extra { stt: at(ears.url()), llm: mind_at, tts: at(voice.url()) };
    let call = call(three_clouds(extra)).await;
    assert_held(&call);
    assert_eq!(call.failures, 2, "{call:?}");
    // One socket more each.
    assert_eq!((ears.begun(), voice.begun()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_of_ones_own_holds_a_call() {
    let ears = FakeDeepgram::start().await.expect("a port is free");
    let mind = FakeAnthropic::start().await.expect("a port is free").key("of-its-own");
    let voice = FakeElevenLabs::start().await.expect("a port is free").key("of-its-own");
    let extra = Extra { stt: at(ears.url()), llm: at(mind.url()), tts: at(voice.url()) };
    assert_held(&call(own_voice(extra)).await);
    assert!(rooh::registry().tts(&"own-voice/x".parse().expect("a name")).is_ok(), "it has a name");
}
