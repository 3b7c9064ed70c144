//! Aura: text in, audio out, one after the other.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use rooh_audio::{AudioFormat, SessionTime};
use serde_json::{Value, json};

use super::super::{Gone, Message, Peer};
use super::{Deepgram, REQUEST, is};
use crate::speech;

/// How much audio a message holds.
const PIECE: Duration = Duration::from_millis(100);
/// The most text in one message, in characters.
const LONGEST: usize = 2_000;

enum Next {
    Audio(Bytes),
    Close,
    Flushed,
}

struct Voice {
    format: AudioFormat,
    queue: VecDeque<Next>,
    sequence: u64,
    text: String,
}

impl Voice {
    /// Speaks what is buffered, up to this byte.
    fn speak(&mut self, until: usize) {
        let said: String = self.text.drain(..until).collect();
        let audio = speech::encode(&said, self.format, SessionTime::ZERO);
        for piece in audio.chunks(PIECE) {
            let bytes: Vec<u8> = piece.samples().iter().flat_map(|sample| sample.to_le_bytes()).collect();
            if !bytes.is_empty() {
                self.queue.push_back(Next::Audio(bytes.into()));
            }
        }
    }

    fn acknowledge(&mut self, kind: &str) -> Value {
        let message = json!({ "type": kind, "sequence_id": self.sequence });
        self.sequence += 1;
        message
    }

    /// Takes a message of the client, and says what is to be answered at once.
    fn take(&mut self, message: &Value) -> Result<Option<Value>, &'static str> {
        if is(message, "Speak") {
            let text = message["text"].as_str().ok_or("DATA-0000")?;
            if text.chars().count() > LONGEST {
                return Err("DATA-0001");
            }
            self.text.push_str(text);
            // What is a sentence is spoken without being asked for.
            if let Some(end) = self.text.rfind(['.', '!', '?']) {
                self.speak(end + 1);
            }
        } else if is(message, "Flush") {
            self.speak(self.text.len());
            self.queue.push_back(Next::Flushed);
        } else if is(message, "Clear") {
            self.text.clear();
            self.queue.clear();
            return Ok(Some(self.acknowledge("Cleared")));
        } else if is(message, "Close") {
            self.speak(self.text.len());
            self.queue.push_back(Next::Close);
        } else {
            return Err("DATA-0000");
        }
        Ok(None)
    }
}

pub(super) async fn speak(mut peer: Peer<Deepgram>) -> Result<(), Gone> {
    let rate = peer.seen.param("sample_rate").and_then(|rate| rate.parse().ok()).unwrap_or(24_000);
    let model = peer.seen.param("model").unwrap_or_else(|| "aura-asteria-en".to_owned());
    let mut voice =
        Voice { format: AudioFormat::mono(rate), queue: VecDeque::new(), sequence: 0, text: String::new() };
    let metadata = json!({ "type": "Metadata", "request_id": REQUEST, "model_name": model,
        "model_version": "2026-01-01.0", "model_uuid": REQUEST });
    peer.json(&metadata).await?;
    loop {
        let message = if voice.queue.is_empty() {
            Some(peer.read().await?)
        } else {
            peer.read_within(Duration::ZERO).await?
        };
        match message {
            Some(Message::Binary(_)) => return peer.close(1003, "MESSAGE-0000").await,
            Some(message) => match voice.take(&message.json()) {
                Ok(Some(answer)) => peer.json(&answer).await?,
                Ok(None) => {}
                Err(code) => return peer.close(1008, code).await,
            },
            None => match voice.queue.pop_front() {
                Some(Next::Audio(bytes)) => peer.binary(bytes).await?,
                Some(Next::Flushed) => {
                    let flushed = voice.acknowledge("Flushed");
                    peer.json(&flushed).await?;
                }
                Some(Next::Close) => return peer.close(1000, "").await,
                None => {}
            },
        }
    }
}
