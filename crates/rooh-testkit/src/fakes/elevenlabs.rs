//! An ElevenLabs whose voices say words as tones: its sockets, its HTTP, its errors.

mod contexts;
mod sound;

use std::time::Duration;

use serde_json::{Value, json};

use self::contexts::{Contexts, Single};
use self::sound::Format;
use super::{Answer, Call, Fake, Gone, Peer, Records, Seen, Vendor};

/// The voice that it has without being given one.
const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";
/// Its models, with the number of characters that a request may have, and whether text streams in.
const MODELS: [(&str, usize, bool); 5] = [
    ("eleven_flash_v2", 30_000, true),
    ("eleven_flash_v2_5", 40_000, true),
    ("eleven_multilingual_v2", 10_000, true),
    ("eleven_turbo_v2_5", 40_000, true),
    ("eleven_v3", 5_000, false),
];

/// A server on the loopback address that speaks as ElevenLabs does, in tones that
/// [`speech::decode`](crate::speech::decode) understands.
///
/// It is as strict as the protocol: a context begins with a single space, at most five are open at
/// once, nothing is spoken that was not flushed or is not long enough, and what was flushed is spoken
/// to its end though its context be closed.
pub type FakeElevenLabs = Fake<ElevenLabs>;

/// What ElevenLabs knows.
#[derive(Debug)]
pub struct ElevenLabs {
    alignment: FakeAlignment,
    pace: Duration,
    plain_plan: bool,
    refusal: Option<Refusal>,
    said: Vec<String>,
    voices: Vec<String>,
}

/// What a [`FakeElevenLabs`] tells about the times of characters.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FakeAlignment {
    /// Of the text as it was sent, and as it was written out.
    #[default]
    Both,
    /// Nothing.
    None,
    /// Of the text as it was written out.
    Normalized,
}

/// A word that programs know, and words for people.
type Refusal = (String, String);

impl Default for ElevenLabs {
    fn default() -> Self {
        Self {
            alignment: FakeAlignment::Both,
            pace: Duration::ZERO,
            plain_plan: false,
            refusal: None,
            said: Vec::new(),
            voices: vec![VOICE.to_owned()],
        }
    }
}

impl FakeElevenLabs {
    /// Tells this about the times of characters.
    #[must_use]
    pub fn alignment(self, alignment: FakeAlignment) -> Self {
        self.vendor().alignment = alignment;
        self
    }

    /// Waits so long before each message of a socket.
    #[must_use]
    pub fn pace(self, pace: Duration) -> Self {
        self.vendor().pace = pace;
        self
    }

    /// Has an account that may not have 44.1 and 48 kHz.
    #[must_use]
    pub fn plain_plan(self) -> Self {
        self.vendor().plain_plan = true;
        self
    }

    /// Refuses whatever is asked, with a word such as `quota_exceeded` and this text; a socket first
    /// opens, and says so then.
    #[must_use]
    pub fn refusing(self, word: &str, text: &str) -> Self {
        self.vendor().refusal = Some((word.to_owned(), text.to_owned()));
        self
    }

    /// Adds a voice.
    #[must_use]
    pub fn voice(self, id: &str) -> Self {
        self.vendor().voices.push(id.to_owned());
        self
    }

    /// What was spoken, piece by piece as it was flushed; it is what one pays for.
    pub fn said(&self) -> Vec<String> {
        self.vendor().said.clone()
    }
}

impl Vendor for ElevenLabs {
    fn key(seen: &Seen) -> Option<String> {
        seen.header("xi-api-key").map(str::to_owned)
    }

    fn refused(status: u16, text: &str) -> Answer {
        let word = match status {
            401 => "invalid_api_key",
            404 => "not_found",
            429 => "too_many_concurrent_requests",
            _ => "internal_server_error",
        };
        refusal(status, word, text)
    }

    fn locked(_: &Seen) -> Answer {
        Self::refused(401, "Invalid API key")
    }

    async fn answer(call: Call<Self>) -> Answer {
        if (call.seen.method.as_str(), call.seen.path.as_str()) == ("GET", "/v1/models") {
            return Answer::json(200, &models());
        }
        let path = call.seen.path.clone();
        let Some(rest) = path.strip_prefix("/v1/text-to-speech/") else {
            return Self::refused(404, "Not Found");
        };
        let (voice, how) = rest.split_once('/').unwrap_or((rest, ""));
        let voice = voice.to_owned();
        match (call.seen.method.as_str(), how) {
            ("GET", "multi-stream-input") => call.socket(async move |peer| multi(peer, voice).await).await,
            ("GET", "stream-input") => call.socket(async move |peer| single(peer, voice).await).await,
            ("POST", "" | "stream") => whole(call, &voice).await,
            _ => Self::refused(404, "Not Found"),
        }
    }
}

impl ElevenLabs {
    /// What is wrong with a request, or the format of its audio.
    fn check(&self, seen: &Seen, voice: &str, model: &str, streams: bool) -> Result<Format, Refusal> {
        let refuse = |word: &str, text: String| Err((word.to_owned(), text));
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        if !self.voices.iter().any(|other| other == voice) {
            return refuse("voice_not_found", format!("A voice with voice_id '{voice}' was not found."));
        }
        match MODELS.iter().find(|(name, ..)| *name == model) {
            None => {
                return refuse("model_not_found", format!("A model with model_id '{model}' was not found."));
            }
            Some((.., false)) if streams => {
                return refuse(
                    "unsupported_model",
                    format!("Model '{model}' does not take text as a stream."),
                );
            }
            Some(_) => {}
        }
        let name = seen.param("output_format").unwrap_or_else(|| "mp3_44100_128".to_owned());
        let Some(format) = Format::read(&name) else {
            return refuse("unsupported_output_format", format!("The fake does not encode '{name}'."));
        };
        if self.plain_plan && format.rate() > 32_000 {
            return refuse("output_format_not_allowed", format!("'{name}' is for higher plans."));
        }
        Ok(format)
    }

    fn say(&mut self, text: &str) {
        self.said.push(text.to_owned());
    }
}

fn refusal(status: u16, word: &str, text: &str) -> Answer {
    Answer::json(status, &json!({ "detail": { "status": word, "message": text } }))
}

fn models() -> Value {
    let model = |(name, characters, _): (&str, usize, bool)| {
        json!({
            "model_id": name, "name": name, "can_do_text_to_speech": true, "can_do_voice_conversion": false,
            "can_be_finetuned": false, "can_use_style": true, "can_use_speaker_boost": true,
            "serves_pro_voices": false, "token_cost_factor": 1.0, "description": "Tones.",
            "maximum_text_length_per_request": characters,
            "languages": [{ "language_id": "en", "name": "English" }],
        })
    };
    MODELS.into_iter().map(model).collect()
}

/// One text, spoken in pieces of a body.
async fn whole(call: Call<ElevenLabs>, voice: &str) -> Answer {
    let body = &call.seen.body;
    let Some(text) = body["text"].as_str().map(str::to_owned) else {
        let missing = json!([{ "type": "missing", "loc": ["body", "text"], "msg": "Field required" }]);
        return Answer::json(422, &json!({ "detail": missing }));
    };
    let model = body["model_id"].as_str().unwrap_or("eleven_multilingual_v2").to_owned();
    let format = match call.vendor().check(&call.seen, voice, &model, false) {
        Ok(format) => format,
        Err((word, text)) => return refusal(status(&word), &word, &text),
    };
    let characters = text.chars().count();
    if MODELS.iter().any(|(name, most, _)| *name == model && characters > *most) {
        return refusal(400, "max_character_limit_exceeded", "The text is too long.");
    }
    if !model.contains("_v2") && !body["previous_text"].is_null() {
        return refusal(400, "unsupported_parameter", "This model takes no previous_text.");
    }
    call.vendor().say(&text);
    let pieces = format.speak(&text).map(|piece| piece.bytes).collect();
    let answer = call.stream(Records::new(format.content_type(), pieces)).await;
    answer.header("request-id", "fake-1").header("character-cost", &characters.to_string())
}

fn status(word: &str) -> u16 {
    match word {
        "invalid_api_key" | "missing_permissions" | "quota_exceeded" => 401,
        "output_format_not_allowed" => 403,
        "system_busy" | "too_many_concurrent_requests" => 429,
        _ => 400,
    }
}

/// Several replies over one socket.
async fn multi(mut peer: Peer<ElevenLabs>, voice: String) -> Result<(), Gone> {
    let first = peer.read().await?;
    let (format, pace, alignment) = match opened(&peer, &voice) {
        Ok(opened) => opened,
        Err(refusal) => return refuse(peer, refusal).await,
    };
    let mut contexts = Contexts::new(format, alignment);
    let mut next = Some(first);
    loop {
        if let Some(message) = next {
            let heard = contexts.hear(&message.json(), |text| peer.vendor().say(text));
            if let Err(refusal) = heard {
                return refuse(peer, refusal).await;
            }
        } else if let Some(message) = contexts.next() {
            peer.json(&message).await?;
        }
        next = match contexts.has_more() {
            true => peer.read_within(pace).await?,
            false if contexts.is_closed() => return peer.close(1000, "").await,
            false => Some(peer.read().await?),
        };
    }
}

/// One text over one socket.
async fn single(mut peer: Peer<ElevenLabs>, voice: String) -> Result<(), Gone> {
    let first = peer.read().await?;
    let (format, pace, alignment) = match opened(&peer, &voice) {
        Ok(opened) => opened,
        Err(refusal) => return refuse(peer, refusal).await,
    };
    let mut text = Single::new(format, alignment);
    let mut message = first;
    loop {
        let messages = match text.hear(&message.json(), |text| peer.vendor().say(text)) {
            Ok(messages) => messages,
            Err(refusal) => return refuse(peer, refusal).await,
        };
        for message in messages {
            peer.wait(pace).await?;
            peer.json(&message).await?;
        }
        if text.is_closed() {
            return peer.close(1000, "").await;
        }
        message = peer.read().await?;
    }
}

fn opened(peer: &Peer<ElevenLabs>, voice: &str) -> Result<(Format, Duration, FakeAlignment), Refusal> {
    let model = peer.seen.param("model_id").unwrap_or_else(|| "eleven_multilingual_v2".to_owned());
    let vendor = peer.vendor();
    let format = vendor.check(&peer.seen, voice, &model, true)?;
    Ok((format, vendor.pace, vendor.alignment))
}

/// Says what is wrong, and closes the socket.
async fn refuse(mut peer: Peer<ElevenLabs>, (word, text): Refusal) -> Result<(), Gone> {
    peer.json(&json!({ "message": text, "error": word, "code": 1008 })).await?;
    peer.close(1008, &word).await
}
