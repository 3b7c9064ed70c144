//! Two agents of clouds: one of Deepgram, Bedrock and Cartesia, and one of Deepgram, Anthropic and a
//! voice that is written here.
//!
//! Each program takes a call from a WAV file, in real time, with the keys of the environment.

mod own_voice;

use rooh::options::Options;
use rooh::prelude::*;
use rooh::transport_wav::WavCaller;

pub use own_voice::{OwnVoice, OwnVoiceOptions};

/// Options besides those of the programs, by provider: a region, a proxy, a key of one's own.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Of the recognizer.
    pub stt: Options,
    /// Of the language model.
    pub llm: Options,
    /// Of the voice.
    pub tts: Options,
}

fn with(extra: Options, own: Options) -> Options {
    own.iter().chain(extra.iter()).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Deepgram listens, Claude on Bedrock thinks, Cartesia speaks.
pub fn three_clouds(extra: Extra) -> AgentBuilder {
    let ears = Options::new().with("model", "nova-3").with("language", "en");
    let mind = Options::new()
        .with("model_id", "global.anthropic.claude-haiku-4-5-20251001-v1:0")
        .with("region", "us-west-2");
    let voice = Options::new().with("voice_id", "79a125e8-cd45-4c13-8a67-188112f4dd22");
    Rooh::builder()
        .stt(("deepgram", with(extra.stt, ears)))
        .llm(("bedrock", with(extra.llm, mind)))
        .tts(("cartesia", with(extra.tts, voice)))
        .vad("silero")
        .vad_threshold(0.7)
        .barge_in(true)
        .patience(Duration::from_millis(1_000))
        .system_prompt("You are a friendly voice assistant. Answer in one or two short sentences.")
}

/// Deepgram listens, Claude thinks, and [`OwnVoice`] speaks, by its name and with options.
pub fn own_voice(extra: Extra) -> AgentBuilder {
    let ears = Options::new().with("model", "nova-3").with("language", "en");
    let mind = Options::new().with("model", "claude-haiku-5-5");
    let voice = Options::new().with("voice_id", "JBFqnCBsd6RMkjVDRZzb");
    Rooh::builder()
        .stt(("deepgram", with(extra.stt, ears)))
        .llm(("anthropic", with(extra.llm, mind)))
        .tts(("own-voice", with(extra.tts, voice)))
        .vad("silero")
        .system_prompt("You are a friendly voice assistant. Answer in one or two short sentences.")
}

/// Takes the call of the file that is named first, and prints what is said.
///
/// # Errors
///
/// There is no such file, or the agent cannot be built, for want of a key for example.
pub async fn take_a_call(agent: AgentBuilder) -> Result<()> {
    let agent = agent.build()?;
    let file = std::env::args().nth(1).unwrap_or_else(|| "caller.wav".to_owned());
    let mut session = agent.start(WavCaller::open(file)?);
    while let Some(event) = session.next().await {
        match event.kind {
            EventKind::UserTurn { text, .. } => println!("{} user:  {text}", event.at),
            EventKind::ReplyText { text, .. } => println!("{} agent: {text}", event.at),
            EventKind::ProviderFailed { name, error, .. } => println!("{} {name}: {error}", event.at),
            EventKind::Failed { error, .. } => println!("{} {error}", event.at),
            _ => {}
        }
    }
    Ok(())
}
