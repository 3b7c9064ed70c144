//! A voice of one's own: by value, which needs no registration, and by name with options.
//!
//! `cargo run -p custom-voice -- reply.wav` needs nothing installed and writes what was heard.

mod hum;

use hum::Hum;
use rooh::prelude::*;
use rooh::transport_wav::WavCaller;

/// In the place of a language model: says back what it was told.
fn echo(request: LlmRequest) -> Events<LlmEvent> {
    let said = request.messages.iter().rev().find_map(|message| match message {
        Message::User(text) => Some(text.clone()),
        _ => None,
    });
    Events::new(move |mut out| async move {
        out.emit(LlmEvent::Text(format!("You said: {}", said.unwrap_or_default()))).await;
        out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
        Ok(())
    })
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<()> {
    let by_value = Rooh::builder().llm_hook(|request, _| echo(request)).tts(Clausewise::new(Hum::default()));
    let by_name = Rooh::builder().llm_hook(|request, _| echo(request)).tts("hum?pitch=240");

    for agent in [by_value.build()?, by_name.build()?] {
        let second = AudioFrame::silence(Duration::from_secs(1), AudioFormat::WIDEBAND, SessionTime::ZERO);
        let caller = WavCaller::from_frame(second);
        let heard = caller.heard();
        let mut session = agent.start(caller);
        session.handle().send_text("Good morning.");
        while let Some(event) = session.next().await {
            if let EventKind::ReplyFinished { text, .. } = event.kind {
                println!("{} {text:?} was heard", event.at);
                session.handle().end();
            }
        }
        if let Some(file) = std::env::args().nth(1) {
            std::fs::write(&file, heard.to_wav())
                .map_err(|error| Error::new(ErrorKind::Config, "cannot write the reply").caused_by(error))?;
            println!("{file} has what was heard");
        }
    }
    Ok(())
}
