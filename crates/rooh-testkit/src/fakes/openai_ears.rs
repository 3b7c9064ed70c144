//! A realtime session of OpenAI that transcribes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rooh_audio::{AudioFrame, SessionTime, level_db};
use serde_json::{Map, Value, json};

use super::openai_audio::{OpenAiAudio, PCM, SHORTEST, is_language, logprobs};
use super::{Gone, Peer};
use crate::speech::Decoder;

/// How long a transcript that is to come after the next one waits for that.
const NEIGHBOR: Duration = Duration::from_millis(50);
/// In which steps the fake looks for speech, and what it takes for it, in decibels of full scale.
const STEP: Duration = Duration::from_millis(20);
const LOUD: f32 = -45.0;
const MODELS: [&str; 6] = [
    "gpt-4o-mini-transcribe",
    "gpt-4o-transcribe",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "gpt-transcribe",
    "whisper-1",
];

pub(crate) async fn listen(mut peer: Peer<OpenAiAudio>) -> Result<(), Gone> {
    let mut ears = Ears::new();
    let created = ears.event("session.created", json!({ "session": ears.session }));
    peer.json(&created).await?;
    loop {
        let message = match ears.held.is_some() {
            true => peer.read_within(NEIGHBOR).await?,
            false => Some(peer.read().await?),
        };
        let expires = {
            let vendor = peer.vendor();
            (ears.early, ears.late, ears.fails) = (vendor.hears_early, vendor.answers_late, vendor.fails);
            vendor.expires
        };
        match message {
            Some(message) => {
                let event = message.json();
                if expires && event["type"] == "input_audio_buffer.commit" {
                    let text = "Your session hit the maximum duration of 60 minutes.";
                    ears.error("session_expired", text, &Value::Null);
                    send(&mut peer, &mut ears).await?;
                    return peer.close(1001, "").await;
                }
                ears.hear(&event);
            }
            None => ears.release(),
        }
        send(&mut peer, &mut ears).await?;
    }
}

async fn send(peer: &mut Peer<OpenAiAudio>, ears: &mut Ears) -> Result<(), Gone> {
    for event in std::mem::take(&mut ears.out) {
        peer.json(&event).await?;
    }
    Ok(())
}

/// What the session has heard, and what it is about to say.
struct Ears {
    /// How much audio has come, in samples, and how much of it since the last commit.
    came: usize,
    buffered: usize,
    decoder: Decoder,
    early: bool,
    fails: Option<&'static str>,
    /// The end of an item that comes after that of the next.
    held: Option<Vec<Value>>,
    /// The item that is being spoken.
    item: Option<String>,
    items: usize,
    last_item: Option<String>,
    late: bool,
    out: Vec<Value>,
    sent: usize,
    session: Value,
    /// Since when somebody speaks, and since when not any more, in samples.
    speech: Option<Option<usize>>,
    words: Vec<String>,
}

impl Ears {
    fn new() -> Self {
        let session = json!({
            "type": "transcription", "object": "realtime.transcription_session", "id": "sess_fake",
            "expires_at": 1_790_000_000, "include": null,
            "audio": { "input": {
                "format": { "type": "audio/pcm", "rate": 24_000 },
                "transcription": null, "noise_reduction": null,
                "turn_detection": {
                    "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                },
            } },
        });
        Self {
            came: 0,
            buffered: 0,
            decoder: Decoder::new(PCM),
            early: false,
            fails: None,
            held: None,
            item: None,
            items: 0,
            last_item: None,
            late: false,
            out: Vec::new(),
            sent: 0,
            session,
            speech: None,
            words: Vec::new(),
        }
    }

    fn event(&mut self, kind: &str, fields: Value) -> Value {
        self.sent += 1;
        let mut event = Map::new();
        event.insert("type".to_owned(), json!(kind));
        event.insert("event_id".to_owned(), json!(format!("event_{}", self.sent)));
        event.extend(fields.as_object().cloned().unwrap_or_default());
        Value::Object(event)
    }

    fn say(&mut self, kind: &str, fields: Value) {
        let event = self.event(kind, fields);
        self.out.push(event);
    }

    fn error(&mut self, code: &str, text: &str, event: &Value) {
        let id = event["event_id"].as_str();
        let error = json!({
            "type": "invalid_request_error", "code": code, "message": text, "param": null, "event_id": id,
        });
        self.say("error", json!({ "error": error }));
    }

    fn hear(&mut self, event: &Value) {
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => match self.updated(&event["session"]) {
                Ok(session) => {
                    self.session = session;
                    let session = self.session.clone();
                    self.say("session.updated", json!({ "session": session }));
                }
                Err(text) => self.error("invalid_value", &text, event),
            },
            "input_audio_buffer.append" => {
                let bytes = event["audio"].as_str().and_then(|text| STANDARD.decode(text).ok());
                match bytes.filter(|bytes| bytes.len() % 2 == 0) {
                    Some(bytes) => self.append(&bytes),
                    None => self.error("invalid_value", "Invalid 'audio'.", event),
                }
            }
            "input_audio_buffer.commit" if PCM.duration_of(self.buffered) < SHORTEST => {
                let millis = PCM.duration_of(self.buffered).as_secs_f64() * 1_000.0;
                let text = format!(
                    "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, \
                     but buffer only has {millis:.2}ms of audio."
                );
                self.error("input_audio_buffer_commit_empty", &text, event);
            }
            "input_audio_buffer.commit" => self.commit(),
            "input_audio_buffer.clear" => {
                (self.buffered, self.item) = (0, None);
                self.words.clear();
                self.say("input_audio_buffer.cleared", json!({}));
            }
            other => self.error("invalid_value", &format!("Invalid value: '{other}'."), event),
        }
    }

    /// The session with what is to change in it, or what is wrong with that.
    fn updated(&self, change: &Value) -> Result<Value, String> {
        if change["type"] != "transcription" {
            return Err("Missing required parameter: 'session.type'.".to_owned());
        }
        let mut session = self.session.clone();
        for (name, value) in change.as_object().into_iter().flatten() {
            match name.as_str() {
                "type" => {}
                "include" => session["include"] = value.clone(),
                "audio" => {
                    for (name, value) in value["input"].as_object().into_iter().flatten() {
                        if session["audio"]["input"].get(name).is_none() {
                            return Err(format!("Unknown parameter: 'session.audio.input.{name}'."));
                        }
                        session["audio"]["input"][name] = value.clone();
                    }
                }
                other => return Err(format!("Unknown parameter: 'session.{other}'.")),
            }
        }
        let input = &session["audio"]["input"];
        if input["format"] != json!({ "type": "audio/pcm", "rate": 24_000 }) {
            return Err("Invalid value: 'session.audio.input.format'.".to_owned());
        }
        let transcription = &input["transcription"];
        let model = transcription["model"].as_str().unwrap_or_default();
        if !MODELS.contains(&model) {
            return Err(format!("Invalid value: '{model}'."));
        }
        let is_whisper = model == "gpt-realtime-whisper";
        if is_whisper && !(input["turn_detection"].is_null() && transcription["prompt"].is_null()) {
            return Err(format!("{model} takes no turn detection and no prompt."));
        }
        if transcription.get("keywords").is_some()
            && !["gpt-live-transcribe", "gpt-transcribe"].contains(&model)
        {
            return Err(format!("{model} takes no keywords."));
        }
        if transcription.get("delay").is_some() && !is_whisper {
            return Err(format!("{model} takes no delay."));
        }
        match transcription.get("language").map(|language| language.as_str().unwrap_or_default()) {
            Some(language) if !is_language(language) => Err(format!("Invalid language: '{language}'.")),
            _ => Ok(session),
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let at = SessionTime::new(PCM.duration_of(self.came));
        let frame = AudioFrame::from_le_bytes(bytes, PCM, at);
        for part in frame.chunks(STEP) {
            self.came += part.samples().len();
            self.buffered += part.samples().len();
            let words: Vec<String> = self.decoder.push(&part).into_iter().map(|word| word.text).collect();
            self.understand(words);
            if !self.session["audio"]["input"]["turn_detection"].is_null() {
                self.look_for_speech(level_db(part.samples()) > LOUD);
            }
        }
    }

    fn understand(&mut self, words: Vec<String>) {
        for word in words {
            self.words.push(word);
            if self.early {
                let item = self.item();
                self.delta(&item, self.words.len() - 1);
            }
        }
    }

    fn look_for_speech(&mut self, is_loud: bool) {
        let now = self.came;
        match (self.speech, is_loud) {
            (None, true) => {
                self.speech = Some(None);
                let item = self.item();
                let millis = PCM.duration_of(now).as_millis() as u64;
                self.say(
                    "input_audio_buffer.speech_started",
                    json!({ "item_id": item, "audio_start_ms": millis }),
                );
            }
            (Some(_), true) => self.speech = Some(None),
            (Some(None), false) => self.speech = Some(Some(now)),
            (Some(Some(since)), false) => {
                let silence =
                    self.session["audio"]["input"]["turn_detection"]["silence_duration_ms"].as_u64();
                if PCM.duration_of(now - since) >= Duration::from_millis(silence.unwrap_or(500)) {
                    let item = self.item();
                    let millis = PCM.duration_of(since).as_millis() as u64;
                    self.say(
                        "input_audio_buffer.speech_stopped",
                        json!({ "item_id": item, "audio_end_ms": millis }),
                    );
                    self.commit();
                }
            }
            (None, false) => {}
        }
    }

    fn item(&mut self) -> String {
        let items = &mut self.items;
        let next = || {
            *items += 1;
            format!("item_{items}")
        };
        self.item.get_or_insert_with(next).clone()
    }

    fn delta(&mut self, item: &str, place: usize) {
        let blank = if place == 0 { "" } else { " " };
        let delta = format!("{blank}{}", self.words[place]);
        self.say(
            "conversation.item.input_audio_transcription.delta",
            json!({ "item_id": item, "content_index": 0, "delta": delta }),
        );
    }

    fn commit(&mut self) {
        let last: Vec<String> = self.decoder.finish().into_iter().map(|word| word.text).collect();
        self.understand(last);
        let item = self.item();
        let before = self.last_item.replace(item.clone());
        (self.item, self.speech) = (None, None);
        let seconds = PCM.duration_of(std::mem::take(&mut self.buffered)).as_secs_f64();
        self.say("input_audio_buffer.committed", json!({ "item_id": item, "previous_item_id": before }));
        let whole = json!({
            "id": item, "type": "message", "object": "realtime.item", "role": "user", "status": "completed",
            "content": [{ "type": "input_audio", "transcript": null }],
        });
        self.say("conversation.item.added", json!({ "item": whole, "previous_item_id": before }));
        if !self.early {
            (0..self.words.len()).for_each(|place| self.delta(&item, place));
        }
        let text = std::mem::take(&mut self.words).join(" ");
        let mut end = Vec::new();
        match self.fails {
            Some(code) => {
                let error = json!({ "type": "transcription_error", "code": code, "message": "It failed.", "param": null });
                end.push(self.event(
                    "conversation.item.input_audio_transcription.failed",
                    json!({ "item_id": item, "content_index": 0, "error": error }),
                ));
            }
            None => {
                let mut fields = json!({
                    "item_id": item, "content_index": 0, "transcript": text,
                    "usage": { "type": "duration", "seconds": seconds },
                });
                let includes = self.session["include"].as_array().into_iter().flatten();
                if includes.into_iter().any(|one| one == "item.input_audio_transcription.logprobs") {
                    fields["logprobs"] = logprobs(&text);
                }
                let language = &self.session["audio"]["input"]["transcription"]["language"];
                if !language.is_null() {
                    fields["languages"] = json!([{ "code": language }]);
                }
                end.push(self.event("conversation.item.input_audio_transcription.completed", fields));
            }
        }
        end.push(self.event("conversation.item.done", json!({ "item": whole, "previous_item_id": before })));
        match self.held.take() {
            _ if !self.late => self.out.append(&mut end),
            None => self.held = Some(end),
            Some(mut held) => {
                self.out.append(&mut end);
                self.out.append(&mut held);
            }
        }
    }

    fn release(&mut self) {
        let held = self.held.take().unwrap_or_default();
        self.out.extend(held);
    }
}
