//! The first program: an agent of built-in providers takes a call from a WAV file.
//!
//! `cargo run -p quickstart -- caller.wav`; the paused clock makes the call take as long as it
//! takes to compute, and not as long as it lasts.

use rooh::prelude::*;
use rooh::transport_wav::WavCaller;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<()> {
    let agent = Rooh::builder()
        .stt("pocketsphinx")
        .llm("script/reception?company=Acme")
        .tts("flite/slt")
        .vad("silero")
        .generated_greeting()
        .patience(Duration::from_millis(1_200))
        .build()?;

    let file = std::env::args().nth(1).unwrap_or_else(|| "caller.wav".to_owned());
    let mut session = agent.start(WavCaller::open(file)?);
    while let Some(event) = session.next().await {
        match event.kind {
            EventKind::ReplyText { text, .. } => println!("{} agent: {text}", event.at),
            EventKind::UserTurn { text, .. } => println!("{} user:  {text}", event.at),
            _ => {}
        }
    }
    Ok(())
}
