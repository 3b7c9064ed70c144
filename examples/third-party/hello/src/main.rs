//! Says hello in beeps: a voice that Rooh does not know, by name, with an option.

use rooh::prelude::*;
use rooh::stream::inlet;
// Without this line the linker leaves the crate away, and the name is unknown.
use rooh_tts_beeper as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let voice = rooh::registry().tts(&"beeper?pitch=660".parse()?)?;
    let (text, inlet) = inlet(1);
    text.send("Hello from another repository.".to_owned()).await;
    drop(text);

    let mut heard = Duration::ZERO;
    let mut events = voice.synthesize(TtsRequest::default(), inlet);
    while let Some(event) = events.next().await {
        if let TtsEvent::Audio(frame) = event? {
            heard += frame.duration();
        }
    }
    println!("{voice:?} spoke for {heard:?}");
    Ok(())
}
