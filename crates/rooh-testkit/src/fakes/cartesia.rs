//! A Cartesia without voices: its socket, its contexts, its errors.

use std::collections::VecDeque;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use rooh_audio::AudioFormat;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, Call, Fake, Gone, Peer, Seen, Vendor};
use crate::speech;

/// The version of the API from which errors have a title, a code and a message.
const NEW_ERRORS: &str = "2026-03-01";
/// How many chunks still come of what was being spoken when it was cancelled.
const LATE: usize = 2;
const RATES: [u64; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
/// What may differ between the messages of a context.
const OWN: [&str; 4] = ["continue", "duration", "flush", "transcript"];

/// A server on the loopback address that speaks as Cartesia does, through its socket: any number of
/// contexts at once, whose messages mix.
///
/// Its voices say words as tones, which [`speech::decode`](crate::speech::decode) understands. A voice
/// is there if its id is a UUID.
pub type FakeCartesia = Fake<Cartesia>;

/// What Cartesia knows.
#[derive(Debug)]
pub struct Cartesia {
    active: usize,
    chunk: usize,
    concurrency: usize,
    expiry: Duration,
    idle: Duration,
    pace: Duration,
}

impl Default for Cartesia {
    fn default() -> Self {
        Self {
            active: 0,
            chunk: 3_200,
            concurrency: 15,
            expiry: Duration::from_secs(1),
            idle: Duration::from_secs(300),
            pace: Duration::ZERO,
        }
    }
}

impl FakeCartesia {
    /// How many contexts there are, in all sockets.
    pub fn active(&self) -> u64 {
        self.vendor().active as u64
    }

    /// Sends chunks of so many bytes; 3200 if it is not set.
    #[must_use]
    pub fn chunks(self, bytes: usize) -> Self {
        self.vendor().chunk = bytes.max(1);
        self
    }

    /// Allows so many contexts at once; 15 if it is not set.
    #[must_use]
    pub fn concurrency(self, contexts: usize) -> Self {
        self.vendor().concurrency = contexts;
        self
    }

    /// Forgets a context so long after its last audio; a second if it is not set.
    #[must_use]
    pub fn expiry(self, expiry: Duration) -> Self {
        self.vendor().expiry = expiry;
        self
    }

    /// Closes a socket that is idle for so long; five minutes if it is not set.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        self.vendor().idle = idle;
        self
    }

    /// Takes so long for a message; no time if it is not set.
    #[must_use]
    pub fn pace(self, pace: Duration) -> Self {
        self.vendor().pace = pace;
        self
    }
}

impl Vendor for Cartesia {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Bearer ").or_else(|| seen.after("x-api-key", ""))
    }

    fn refused(status: u16, text: &str) -> Answer {
        Answer::json(status, &json!({ "title": "Refused", "message": text, "status_code": status }))
    }

    async fn answer(call: Call<Self>) -> Answer {
        let Some(version) = version(&call.seen) else {
            return Self::refused(400, "the header Cartesia-Version is missing");
        };
        match (call.seen.method.as_str(), call.seen.path.as_str()) {
            ("GET", "/") => Answer::json(200, &json!({ "ok": true, "version": version })),
            ("GET", "/tts/websocket") => call.socket(session).await,
            _ => Self::refused(404, "not found"),
        }
    }
}

fn version(seen: &Seen) -> Option<String> {
    seen.param("cartesia_version").or_else(|| seen.after("cartesia-version", ""))
}

async fn session(mut peer: Peer<Cartesia>) -> Result<(), Gone> {
    let mut contexts = Contexts {
        all: VecDeque::new(),
        heard: Instant::now(),
        is_new: version(&peer.seen).is_some_and(|version| version.as_str() >= NEW_ERRORS),
        over: Vec::new(),
    };
    let idle = contexts.run(&mut peer).await;
    peer.vendor().active -= contexts.all.len();
    idle?;
    peer.close(1000, "connection idle timeout").await
}

/// The contexts of one socket; the first is the next to speak.
struct Contexts {
    all: VecDeque<Context>,
    /// When the client last said something.
    heard: Instant,
    /// Whether errors have the newer shape.
    is_new: bool,
    /// Those that have ended.
    over: Vec<String>,
}

struct Context {
    /// Text that waits for more, and how long it does.
    buffer: Option<(String, Instant)>,
    /// No more text may come.
    is_closed: bool,
    fields: Value,
    flush: u64,
    format: AudioFormat,
    id: String,
    /// What is ready to be sent.
    ready: VecDeque<Value>,
    /// When something was sent last.
    sent: Instant,
    /// How many samples were spoken.
    spoken: usize,
    steps: VecDeque<Step>,
}

enum Step {
    Done,
    Flush,
    Say(String),
}

/// A refusal: the status, the code, and why.
type Refusal = (u16, &'static str, String);

impl Contexts {
    /// Until the socket has been idle for too long.
    async fn run(&mut self, peer: &mut Peer<Cartesia>) -> Result<(), Gone> {
        loop {
            let (pace, expiry, idle, chunk) = {
                let vendor = peer.vendor();
                (vendor.pace, vendor.expiry, vendor.idle, vendor.chunk)
            };
            let until = self.all.iter().map(|context| context.due(expiry)).min();
            let until = until.unwrap_or(self.heard + idle);
            let is_busy = self.all.iter().any(Context::is_busy);
            let wait = if is_busy { pace } else { until.saturating_duration_since(Instant::now()) };
            if let Some(message) = peer.read_within(wait).await? {
                self.heard = Instant::now();
                self.hear(peer, &message.json()).await?;
                continue;
            }
            let now = Instant::now();
            if self.all.is_empty() && now >= self.heard + idle {
                return Ok(());
            }
            for context in &mut self.all {
                if context.buffer.as_ref().is_some_and(|(_, due)| now >= *due) {
                    context.release();
                }
            }
            let gone: Vec<String> = self
                .all
                .iter()
                .filter(|context| {
                    !context.is_busy() && context.buffer.is_none() && now >= context.sent + expiry
                })
                .map(|context| context.id.clone())
                .collect();
            for id in gone {
                self.end(peer, &id);
            }
            self.speak(peer, chunk).await?;
        }
    }

    /// Sends the next message of the next context that has one.
    async fn speak(&mut self, peer: &mut Peer<Cartesia>, chunk: usize) -> Result<(), Gone> {
        for _ in 0..self.all.len() {
            self.all.rotate_left(1);
            let Some(context) = self.all.back_mut() else { return Ok(()) };
            let Some(message) = context.next(chunk) else { continue };
            context.sent = Instant::now();
            if message["type"] == "done" {
                let id = context.id.clone();
                self.end(peer, &id);
            }
            return peer.json(&message).await;
        }
        Ok(())
    }

    async fn hear(&mut self, peer: &mut Peer<Cartesia>, message: &Value) -> Result<(), Gone> {
        let Some(id) = message["context_id"].as_str().filter(|id| !id.is_empty()) else {
            let refusal = (400, "invalid_request", "context_id is missing".to_owned());
            return peer.json(&self.error(None, refusal)).await;
        };
        if message["cancel"] == true {
            if self.context(id).is_some_and(Context::cancel) {
                self.end(peer, id);
            }
            return Ok(());
        }
        let concurrency = peer.vendor().concurrency;
        let is_full = peer.vendor().active >= concurrency;
        match self.generate(id, message, is_full) {
            Ok(is_begun) => peer.vendor().active += usize::from(is_begun),
            Err(refusal) => {
                self.end(peer, id);
                let error = self.error(Some(id), refusal);
                peer.json(&error).await?;
            }
        }
        Ok(())
    }

    /// Takes a request to speak; returns whether it begins a context.
    fn generate(&mut self, id: &str, message: &Value, is_full: bool) -> Result<bool, Refusal> {
        let format = checked(message)?;
        let wrong = |text: &str| (400, "invalid_request", text.to_owned());
        if self.over.iter().any(|other| other == id) {
            return Err(wrong("the context has ended"));
        }
        let is_new = self.context(id).is_none();
        if is_new {
            if is_full {
                return Err((429, "concurrency_limited", "too many contexts at once".to_owned()));
            }
            self.all.push_back(Context::new(id, message, format));
        }
        let context = self.context(id).ok_or_else(|| wrong("no context"))?;
        if context.is_closed || context.fields != fields(message) {
            return Err(wrong("the messages of a context have to have the same fields"));
        }
        context.take(message);
        Ok(is_new)
    }

    fn context(&mut self, id: &str) -> Option<&mut Context> {
        self.all.iter_mut().find(|context| context.id == id)
    }

    fn end(&mut self, peer: &Peer<Cartesia>, id: &str) {
        let before = self.all.len();
        self.all.retain(|context| context.id != id);
        peer.vendor().active -= before - self.all.len();
        self.over.push(id.to_owned());
    }

    fn error(&self, id: Option<&str>, (status, code, text): Refusal) -> Value {
        let mut error = if self.is_new {
            json!({
                "type": "error", "done": true, "status_code": status, "title": "Invalid request",
                "message": text, "error_code": code, "request_id": "fake-1",
                "doc_url": "https://docs.cartesia.ai",
            })
        } else {
            json!({ "type": "error", "done": true, "status_code": status, "error": text })
        };
        if let Some(id) = id {
            error["context_id"] = id.into();
        }
        error
    }
}

/// The fields that all messages of a context share.
fn fields(message: &Value) -> Value {
    let mut fields = message.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|name, _| !OWN.contains(&name.as_str()));
    }
    fields
}

/// Checks a request to speak, and returns the format of its audio.
fn checked(message: &Value) -> Result<AudioFormat, Refusal> {
    let wrong = |text: &str| Err((400, "invalid_request", text.to_owned()));
    let model = message["model_id"].as_str().unwrap_or_default();
    if ["sonic", "sonic-english", "sonic-multilingual"].contains(&model) || model.ends_with("2025-03-07") {
        return Err((400, "model_sunsetted", format!("the model {model} is no longer there")));
    }
    if !model.starts_with("sonic-") {
        return Err((400, "model_not_found", format!("there is no model {model}")));
    }
    // The newest version takes the bare id as well.
    let voice = message["voice"]["id"].as_str().or_else(|| message["voice"].as_str()).unwrap_or_default();
    let is_uuid = voice.len() == 36 && voice.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !is_uuid {
        return Err((404, "voice_not_found", format!("there is no voice {voice}")));
    }
    if !message["transcript"].is_string() {
        return wrong("transcript is missing");
    }
    let config = &message["generation_config"];
    for (name, low, high) in [("speed", 0.6, 1.5), ("volume", 0.5, 2.0)] {
        if config[name].as_f64().is_some_and(|value| !(low..=high).contains(&value)) {
            return wrong("generation_config is out of range");
        }
    }
    let format = &message["output_format"];
    if format["container"] != "raw"
        || !["pcm_f32le", "pcm_s16le"].iter().any(|known| format["encoding"] == *known)
    {
        return wrong("output_format is wrong");
    }
    match format["sample_rate"].as_u64().filter(|rate| RATES.contains(rate)) {
        Some(rate) => Ok(AudioFormat::mono(rate as u32)),
        None => wrong("sample_rate is wrong"),
    }
}

impl Context {
    fn new(id: &str, message: &Value, format: AudioFormat) -> Self {
        Self {
            buffer: None,
            is_closed: false,
            fields: fields(message),
            flush: 1,
            format,
            id: id.to_owned(),
            ready: VecDeque::new(),
            sent: Instant::now(),
            spoken: 0,
            steps: VecDeque::new(),
        }
    }

    fn is_busy(&self) -> bool {
        !self.ready.is_empty() || !self.steps.is_empty()
    }

    /// When it has to be looked at, should nothing come.
    fn due(&self, expiry: Duration) -> Instant {
        self.buffer.as_ref().map_or(self.sent + expiry, |(_, due)| *due)
    }

    fn take(&mut self, message: &Value) {
        let text = message["transcript"].as_str().unwrap_or_default();
        if !text.is_empty() {
            let delay = Duration::from_millis(message["max_buffer_delay_ms"].as_u64().unwrap_or(3_000));
            let (buffer, _) = self.buffer.get_or_insert_with(|| (String::new(), Instant::now() + delay));
            buffer.push_str(text);
            if delay.is_zero() {
                self.release();
            }
        }
        if message["flush"] == true {
            self.release();
            self.steps.push_back(Step::Flush);
        }
        if message["continue"] != true {
            self.release();
            self.steps.push_back(Step::Done);
            self.is_closed = true;
        }
    }

    fn release(&mut self) {
        if let Some((text, _)) = self.buffer.take() {
            self.steps.push_back(Step::Say(text));
        }
    }

    /// Gives up what was not begun; returns whether that was all.
    fn cancel(&mut self) -> bool {
        self.buffer = None;
        self.steps.clear();
        self.is_closed = true;
        self.ready.truncate(LATE);
        if !self.ready.is_empty() {
            self.steps.push_back(Step::Done);
        }
        self.ready.is_empty()
    }

    fn next(&mut self, chunk: usize) -> Option<Value> {
        while self.ready.is_empty() {
            match self.steps.pop_front()? {
                Step::Done => self.ready.push_back(self.message("done", true)),
                Step::Flush => {
                    let mut message = self.message("flush_done", false);
                    message["flush_done"] = true.into();
                    message["flush_id"] = self.flush.into();
                    self.ready.push_back(message);
                    self.flush += 1;
                }
                Step::Say(text) => self.say(&text, chunk),
            }
        }
        self.ready.pop_front()
    }

    fn message(&self, kind: &str, is_done: bool) -> Value {
        json!({ "type": kind, "context_id": self.id, "done": is_done, "status_code": 206 })
    }

    fn say(&mut self, text: &str, chunk: usize) {
        let text = without_tags(text);
        let (mut samples, mut words, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (_, word) in speech::words(&text) {
            let start = self.format.duration_of(self.spoken + samples.len());
            let length = speech::word_duration(word);
            samples.extend(speech::encode_word(word, self.format));
            let told = self.told(word);
            for (place, part) in told.iter().enumerate() {
                let share = |place: usize| start + length * place as u32 / told.len() as u32;
                words.push(part.clone());
                starts.push(share(place).as_secs_f64());
                ends.push(share(place + 1).as_secs_f64());
            }
        }
        self.spoken += samples.len();
        let bytes: Vec<u8> = if self.fields["output_format"]["encoding"] == "pcm_f32le" {
            samples.iter().flat_map(|sample| (f32::from(*sample) / 32_768.0).to_le_bytes()).collect()
        } else {
            samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
        };
        let mut chunks: VecDeque<Value> = bytes
            .chunks(chunk)
            .map(|bytes| {
                let mut message = self.message("chunk", false);
                message["data"] = BASE64_STANDARD.encode(bytes).into();
                message["step_time"] = 12.5.into();
                message["flush_id"] = self.flush.into();
                message
            })
            .collect();
        if self.fields["add_timestamps"] == true && !words.is_empty() {
            let mut message = self.message("timestamps", false);
            message["word_timestamps"] = json!({ "words": words, "start": starts, "end": ends });
            // They may come before what they are about and after its beginning, and with the number of
            // the flush or without.
            let is_early = self.flush % 2 == 1;
            if is_early {
                message["flush_id"] = self.flush.into();
            }
            chunks.insert(if is_early { 0 } else { 1.min(chunks.len()) }, message);
        }
        self.ready.extend(chunks);
    }

    /// A word as its timestamps tell it.
    fn told(&self, word: &str) -> Vec<String> {
        let is_cjk = ["ja", "zh"].iter().any(|language| self.fields["language"] == *language);
        let is_normalized = self.fields["use_normalized_timestamps"] == true;
        if is_cjk {
            return word.chars().map(String::from).collect();
        }
        if is_normalized && word.chars().any(|c| c.is_ascii_digit()) {
            const DIGITS: [&str; 10] =
                ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
            return word
                .chars()
                .filter_map(|c| DIGITS.get(c.to_digit(10)? as usize))
                .map(ToString::to_string)
                .collect();
        }
        vec![word.to_owned()]
    }
}

/// Tags, such as `<break time="1s"/>`, are not pronounced.
fn without_tags(text: &str) -> String {
    let mut rest = text;
    let mut spoken = String::new();
    while let Some((before, after)) = rest.split_once('<') {
        let Some((tag, after)) = after.split_once('>') else { break };
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            spoken += before;
            spoken += "<";
            rest = &rest[before.len() + 1..];
            continue;
        }
        spoken += before;
        spoken += " ";
        rest = after;
    }
    spoken + rest
}
