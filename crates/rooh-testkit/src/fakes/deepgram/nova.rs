//! Nova: interim and final results, pauses, questions.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Gone, Message, Peer, Seen};
use super::{Answers, Deepgram, Ear, REQUEST, is, seconds, text_of, too_quiet};
use crate::speech::HeardWord;

/// How often a result comes if nothing changes, in audio.
const EVERY: Duration = Duration::from_millis(500);

struct Nova {
    ear: Ear,
    endpointing: Option<Duration>,
    events: bool,
    diarize: bool,
    /// Until where results are final.
    frozen: Duration,
    interim: bool,
    is_nova_3: bool,
    last_word_end: Option<Duration>,
    /// Until where a result was given.
    shown: Duration,
    started: bool,
    utterance_end: Option<Duration>,
    words: Vec<HeardWord>,
}

impl Nova {
    fn new(seen: &Seen) -> Self {
        let param = |name: &str| seen.param(name).unwrap_or_default();
        let millis = |text: String| text.parse().ok().map(Duration::from_millis);
        let endpointing = match param("endpointing").as_str() {
            "false" => None,
            "" | "true" => Some(Duration::from_millis(10)),
            number => millis(number.to_owned()),
        };
        Self {
            ear: Ear::new(seen),
            endpointing,
            events: param("vad_events") == "true",
            diarize: !param("diarize_model").is_empty() || param("diarize") == "true",
            frozen: Duration::ZERO,
            interim: param("interim_results") == "true",
            is_nova_3: param("model").starts_with("nova-3"),
            last_word_end: None,
            shown: Duration::ZERO,
            started: false,
            utterance_end: millis(param("utterance_end_ms")),
            words: Vec::new(),
        }
    }

    /// Takes audio, and says what comes of it.
    fn hear(&mut self, bytes: &[u8], piece: usize) -> Vec<Value> {
        let mut said = Vec::new();
        // In short steps, so that a long message is the same as many short ones.
        let step = self.ear.format.samples_in(Duration::from_millis(20)) * 2;
        for part in bytes.chunks(step) {
            let heard = self.ear.push(part);
            let now = self.ear.now();
            if self.events && !self.started && self.ear.decoder.is_hearing() {
                self.started = true;
                said.push(json!({ "type": "SpeechStarted", "channel": [0, 1], "timestamp": seconds(now) }));
            }
            let is_more = !heard.is_empty();
            if let Some(word) = heard.last() {
                self.last_word_end = Some(word.end.since_start());
            }
            self.words.extend(heard);
            let quiet = self.last_word_end.map(|end| now.saturating_sub(end));
            let is_quiet = |limit: Option<Duration>| {
                !self.ear.decoder.is_hearing()
                    && limit.zip(quiet).is_some_and(|(limit, quiet)| quiet >= limit)
            };
            let (is_pause, is_end) = (is_quiet(self.endpointing), is_quiet(self.utterance_end));
            if is_pause && !self.words.is_empty() {
                self.started = false;
                said.push(self.result(true, true, false));
            } else if self.words.len() >= piece {
                said.push(self.result(true, false, false));
            } else if self.interim && (is_more || now - self.shown >= EVERY) {
                said.push(self.result(false, false, false));
            }
            if is_end && let Some(end) = self.last_word_end.take() {
                let end = seconds(end);
                said.push(json!({ "type": "UtteranceEnd", "channel": [0, 1], "last_word_end": end }));
            }
        }
        said
    }

    fn result(&mut self, is_final: bool, speech_final: bool, from_finalize: bool) -> Value {
        let (start, now) = (self.frozen, self.ear.now());
        self.shown = now;
        let words: Vec<Value> = self.words.iter().map(|word| self.word(word)).collect();
        let confidence = if words.is_empty() { 0.0 } else { 0.98 };
        let alternative =
            json!({ "transcript": text_of(&self.words), "confidence": confidence, "words": words });
        if is_final {
            self.frozen = now;
            self.words.clear();
        }
        json!({
            "type": "Results", "channel_index": [0, 1], "start": seconds(start),
            "duration": seconds(now) - seconds(start), "is_final": is_final, "speech_final": speech_final,
            "from_finalize": from_finalize, "channel": { "alternatives": [alternative] },
            "metadata": { "request_id": REQUEST, "model_uuid": REQUEST, "model_info": {
                "name": "general-nova-3", "version": "2026-01-01.0", "arch": "nova-3" } },
        })
    }

    fn word(&self, word: &HeardWord) -> Value {
        let plain: String = word.text.chars().filter(|c| c.is_alphanumeric()).collect();
        let (start, end) = (seconds(word.start.since_start()), seconds(word.end.since_start()));
        let mut json = json!({ "word": plain.to_lowercase(), "punctuated_word": word.text, "start": start,
            "end": end, "confidence": 0.99 });
        if self.diarize {
            json["speaker"] = u32::from(word.text.starts_with(char::is_uppercase)).into();
        }
        json
    }

    /// What remains, as far as it is a whole word.
    fn rest(&mut self, speech_final: bool, from_finalize: bool) -> Value {
        self.words.extend(self.ear.decoder.finish());
        self.result(true, speech_final, from_finalize)
    }
}

pub(super) async fn listen(mut peer: Peer<Deepgram>) -> Result<(), Gone> {
    let settings = peer.vendor().clone();
    let mut nova = Nova::new(&peer.seen);
    loop {
        let message = match peer.read_within(settings.idle).await? {
            None => return too_quiet(peer).await,
            Some(Message::Binary(bytes)) if !bytes.is_empty() => {
                for said in nova.hear(&bytes, settings.piece) {
                    peer.json(&said).await?;
                }
                continue;
            }
            // Nothing ends the stream.
            Some(Message::Binary(_)) => json!({ "type": "CloseStream" }),
            Some(message) => message.json(),
        };
        if is(&message, "CloseStream") {
            let rest = nova.rest(false, false);
            peer.json(&rest).await?;
            let metadata = json!({ "type": "Metadata", "transaction_key": "deprecated", "request_id": REQUEST,
                "sha256": "0".repeat(64), "created": "2026-11-20T10:00:00.000Z",
                "duration": seconds(nova.ear.now()), "channels": 1 });
            peer.json(&metadata).await?;
            return peer.close(1000, "").await;
        } else if is(&message, "Finalize") {
            let has_rest = !nova.words.is_empty() || nova.ear.decoder.is_hearing();
            match settings.answers {
                Answers::Never => continue,
                Answers::Unless if !has_rest => continue,
                Answers::Late(wait) => peer.wait(wait).await?,
                _ => {}
            }
            let rest = nova.rest(false, true);
            peer.json(&rest).await?;
        } else if is(&message, "Configure") {
            let answer = if nova.is_nova_3 {
                json!({ "type": "ConfigureSuccess", "request_id": REQUEST, "keyterms": message["keyterms"] })
            } else {
                json!({ "type": "ConfigureFailure", "request_id": REQUEST,
                    "code": "CONFIGURE_KEYTERMS_NOT_SUPPORTED", "description": "Keyterms are not supported." })
            };
            peer.json(&answer).await?;
        } else if !is(&message, "KeepAlive") {
            let error = json!({ "type": "Error", "variant": "SchemaError", "message": message.to_string(),
                "description": "Could not deserialize last text message." });
            peer.json(&error).await?;
        }
    }
}
