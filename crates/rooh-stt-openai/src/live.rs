//! A realtime session that transcribes: what goes through its socket.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rooh_audio::{AudioFrame, SessionTime};
use rooh_core::Result;
use rooh_core::stream::{Emitter, Inlet};
use rooh_core::stt::{SttEvent, SttInput, SttRequest};
use rooh_core::trace::Direction;
use rooh_net::{Received, Route, Socket};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::asked::Asked;
use crate::failure::closed;
use crate::items::{FIRST_UPDATE, Items, LATER_UPDATE};
use crate::openai::{Inner, LIVE_FORMAT, VENDOR};
use crate::options::TurnDetection;

/// The longest message, in bytes: a transcript, with how sure the vendor is of each token.
const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;
/// The least audio that can be committed.
const SHORTEST: Duration = Duration::from_millis(100);
/// How much silence is added beyond that to what is too short.
const MARGIN: Duration = Duration::from_millis(20);
/// How much audio goes into one message where more is waiting.
const MOST: Duration = Duration::from_secs(1);
/// How long to wait where nothing is waited for: a day, which no session lasts.
const FAR: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the last words of a vendor may take that reads nothing more.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Transcribes what comes until it ends.
pub(crate) async fn listen(
    inner: Arc<Inner>,
    request: SttRequest,
    mut audio: Inlet<SttInput>,
    mut out: Emitter<SttEvent>,
) -> Result<()> {
    let asked = Asked::new(&inner.options, &request)?;
    let route = Route::new("/realtime").query("intent", "transcription");
    let wait = inner.options.timeout();
    let socket = inner.client.socket(route, None, LONGEST_MESSAGE, wait).await;
    let socket = socket.map_err(|error| inner.explain(error))?;
    let detects = inner.options.turn_detection != TurnDetection::Off;
    let mut session = Session {
        asked,
        buffered: 0,
        due: Some(Instant::now() + wait),
        inner,
        items: Items::new(detects),
        request,
        socket,
    };
    let first = session.first_update();
    session.send(first).await?;
    let mut has_ended = false;
    // What was read from the inlet behind audio, and is not audio.
    let mut waiting = None;
    loop {
        while let Some(event) = session.items.next() {
            out.emit(event).await;
        }
        if has_ended && !session.items.waits() {
            session.socket.close().await;
            return Ok(());
        }
        let end = session.due.unwrap_or_else(|| Instant::now() + FAR);
        let input = tokio::select! {
            received = session.socket.next(end) => {
                session.hear(received?)?;
                continue;
            }
            input = next(&mut waiting, &mut audio), if !has_ended && session.items.has_room() => input,
        };
        match input {
            Some(SttInput::Audio(frame)) => {
                let mut frames = vec![frame];
                let mut length = frames[0].duration();
                while length < MOST && waiting.is_none() {
                    match audio.try_next() {
                        Some(SttInput::Audio(frame)) => {
                            length += frame.duration();
                            frames.push(frame);
                        }
                        Some(other) => waiting = Some(other),
                        None => break,
                    }
                }
                session.append(frames).await?;
            }
            Some(SttInput::Finalize) => session.finalize(false).await?,
            Some(SttInput::Hints(hints)) => {
                session.request.hints = hints;
                session.update().await?;
            }
            Some(SttInput::Options(options)) => {
                session.request.options = options;
                session.update().await?;
            }
            Some(_) => {}
            None => {
                has_ended = true;
                session.finalize(true).await?;
            }
        }
    }
}

async fn next(waiting: &mut Option<SttInput>, audio: &mut Inlet<SttInput>) -> Option<SttInput> {
    match waiting.take() {
        Some(input) => Some(input),
        None => audio.next().await,
    }
}

struct Session {
    asked: Asked,
    /// How much audio was sent since the last commit of ours, in samples.
    buffered: usize,
    /// Until when the vendor has to say something, if it has to.
    due: Option<Instant>,
    inner: Arc<Inner>,
    items: Items,
    request: SttRequest,
    socket: Socket,
}

impl Session {
    /// The first message, which says all that the session is to be.
    fn first_update(&self) -> Value {
        let options = &self.inner.options;
        let mut session = json!({
            "type": "transcription",
            "audio": { "input": {
                "format": { "type": "audio/pcm", "rate": LIVE_FORMAT.rate() },
                "transcription": self.asked.transcription(options, false),
                "turn_detection": options.detection(),
            } },
        });
        if let Some(noise) = options.noise_reduction {
            session["audio"]["input"]["noise_reduction"] = json!({ "type": noise });
        }
        if options.logprobs {
            session["include"] = json!(["item.input_audio_transcription.logprobs"]);
        }
        json!({ "type": "session.update", "event_id": FIRST_UPDATE, "session": session })
    }

    /// Says what may help from now on, if that is something else than before.
    async fn update(&mut self) -> Result<()> {
        let asked = Asked::new(&self.inner.options, &self.request)?;
        if asked == self.asked {
            return Ok(());
        }
        self.asked = asked;
        let transcription = self.asked.transcription(&self.inner.options, true);
        let session =
            json!({ "type": "transcription", "audio": { "input": { "transcription": transcription } } });
        self.send(json!({ "type": "session.update", "event_id": LATER_UPDATE, "session": session })).await
    }

    async fn append(&mut self, frames: Vec<AudioFrame>) -> Result<()> {
        let mut bytes = Vec::new();
        for frame in frames {
            self.buffered += frame.samples().len();
            bytes.extend_from_slice(&frame.into_bytes());
        }
        let length = bytes.len();
        let shown = || format!("{{\"type\":\"input_audio_buffer.append\",\"audio\":\"({length} bytes)\"}}");
        self.request.trace.record(VENDOR, Direction::Out, shown);
        let audio = STANDARD.encode(bytes);
        self.put(format!("{{\"type\":\"input_audio_buffer.append\",\"audio\":\"{audio}\"}}")).await
    }

    /// Asks for a transcript of what came since the last one.
    async fn finalize(&mut self, is_last: bool) -> Result<()> {
        if self.buffered == 0 {
            if !is_last {
                self.items.nothing();
            }
            return Ok(());
        }
        let shortest = LIVE_FORMAT.samples_in(SHORTEST);
        if self.buffered < shortest {
            // Too short to be taken, but somebody may have begun to speak.
            let missing = LIVE_FORMAT.duration_of(shortest - self.buffered) + MARGIN;
            self.append(vec![AudioFrame::silence(missing, LIVE_FORMAT, SessionTime::ZERO)]).await?;
        }
        self.buffered = 0;
        let commit = self.items.commit(is_last);
        self.due.get_or_insert(Instant::now() + self.inner.options.timeout());
        self.send(json!({ "type": "input_audio_buffer.commit", "event_id": commit })).await
    }

    async fn send(&mut self, message: Value) -> Result<()> {
        let message = message.to_string();
        self.request.trace.record(VENDOR, Direction::Out, || &message);
        self.put(message).await
    }

    /// Sends a message. If that fails, what the vendor has said before it went says why.
    async fn put(&mut self, message: String) -> Result<()> {
        let Err(error) = self.socket.send_text(message).await else { return Ok(()) };
        let end = Instant::now() + LAST_WORDS;
        while let Ok(received) = self.socket.next(end).await {
            self.hear(received)?;
        }
        Err(error)
    }

    fn hear(&mut self, received: Received) -> Result<()> {
        let text = match received {
            Received::Text(text) => text,
            Received::Binary(_) => return Ok(()),
            Received::Closed(code, words) => return Err(closed(code, &words, self.inner.name)),
        };
        self.request.trace.record(VENDOR, Direction::In, || &text);
        let is_new = self.items.hear(&text, &self.inner.client)?;
        let waits = self.items.waits() || !self.items.is_open();
        if !waits {
            self.due = None;
        } else if is_new || self.due.is_none() {
            self.due = Some(Instant::now() + self.inner.options.timeout());
        }
        Ok(())
    }
}
