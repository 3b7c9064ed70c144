//! The audio APIs of OpenAI without models: speech, and transcripts of files.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use serde_json::{Value, json};

use super::openai_ears::listen;
use super::{Answer, Call, Fake, Part, Records, Seen, Vendor, event};
use crate::speech;

/// What OpenAI calls `pcm`: 24 kHz, 16 bits, one channel, the low byte first.
pub(crate) const PCM: AudioFormat = AudioFormat::mono(24_000);
/// What is shorter than this is no audio to OpenAI.
pub(crate) const SHORTEST: Duration = Duration::from_millis(100);
/// The longest text of one request, in characters.
const LONGEST_TEXT: usize = 4_096;
const FORMATS: [&str; 6] = ["mp3", "opus", "aac", "flac", "wav", "pcm"];
const VOICES: [&str; 13] = [
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
    "verse",
];
const SPEAKERS: [&str; 4] = ["gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", "tts-1", "tts-1-hd"];
const LISTENERS: [&str; 5] =
    ["gpt-4o-mini-transcribe", "gpt-4o-transcribe", "gpt-live-transcribe", "gpt-transcribe", "whisper-1"];

/// A server on the loopback address that speaks as the audio APIs of OpenAI do, under `/v1`.
///
/// It says words as tones, and understands those that were said so; see [`speech`].
pub type FakeOpenAiAudio = Fake<OpenAiAudio>;

/// How the audio APIs behave.
#[derive(Debug, Default)]
pub struct OpenAiAudio {
    pub(crate) answers_late: bool,
    pub(crate) expires: bool,
    pub(crate) fails: Option<&'static str>,
    pub(crate) hears_early: bool,
    speaks: Option<&'static str>,
}

impl FakeOpenAiAudio {
    /// The transcript of one item of a realtime session comes after that of the next.
    #[must_use]
    pub fn out_of_order(self) -> Self {
        self.vendor().answers_late = true;
        self
    }

    /// A realtime session reaches its longest time with the first item.
    #[must_use]
    pub fn expiring(self) -> Self {
        self.vendor().expires = true;
        self
    }

    /// No item of a realtime session can be transcribed, for the reason that this code says.
    #[must_use]
    pub fn failing(self, code: &'static str) -> Self {
        self.vendor().fails = Some(code);
        self
    }

    /// A realtime session says the words of an item as they are heard, and not once it is whole.
    #[must_use]
    pub fn early(self) -> Self {
        self.vendor().hears_early = true;
        self
    }

    /// Speaks in this format whatever it is asked for, as some compatible servers do.
    #[must_use]
    pub fn speaking(self, format: &'static str) -> Self {
        self.vendor().speaks = Some(format);
        self
    }
}

impl Vendor for OpenAiAudio {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Bearer ").or_else(|| seen.header("api-key").map(str::to_owned))
    }

    fn refused(status: u16, text: &str) -> Answer {
        let code = match (status, text) {
            (401, _) => "invalid_api_key",
            (429, "insufficient_quota") => text,
            (429, _) => "rate_limit_exceeded",
            _ => return refusal(status, text, None, None),
        };
        refusal(status, text, None, Some(code))
    }

    async fn answer(call: Call<Self>) -> Answer {
        let (path, speaks) = (call.seen.path.clone(), call.vendor().speaks);
        match (call.seen.method.as_str(), path.as_str()) {
            ("POST", "/v1/audio/speech") => match spoken(&call.seen.body, speaks) {
                Ok(records) => call.stream(records).await,
                Err(refusal) => *refusal,
            },
            ("POST", "/v1/audio/transcriptions") => match transcript(&call.seen.parts()) {
                Ok(records) => call.stream(records).await,
                Err(refusal) => *refusal,
            },
            ("GET", "/v1/realtime") if call.wants_socket() => match call.seen.param("intent").as_deref() {
                Some("transcription") => call.socket(listen).await,
                _ => {
                    refusal(400, "You must provide a model parameter.", Some("model"), Some("missing_model"))
                }
            },
            ("GET", path) => match path.strip_prefix("/v1/models/") {
                Some(model) if SPEAKERS.contains(&model) || LISTENERS.contains(&model) => Answer::json(
                    200,
                    &json!({ "id": model, "object": "model", "created": 1_730_000_000, "owned_by": "openai" }),
                ),
                Some(model) => *unknown(model),
                None => refusal(404, "Invalid URL", None, None),
            },
            _ => refusal(404, "Invalid URL", None, None),
        }
    }
}

/// An error in the words of OpenAI.
fn refusal(status: u16, text: &str, param: Option<&str>, code: Option<&str>) -> Answer {
    let kind = match status {
        429 => code.unwrap_or("requests"),
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    let error = json!({ "message": text, "type": kind, "param": param, "code": code });
    Answer::json(status, &json!({ "error": error })).header("x-request-id", "req_fake")
}

type Refused = Box<Answer>;

fn wrong(param: &str, text: &str) -> Refused {
    Box::new(refusal(400, text, Some(param), Some("invalid_value")))
}

fn unknown(model: &str) -> Refused {
    let text = format!("The model `{model}` does not exist or you do not have access to it.");
    Box::new(refusal(404, &text, None, Some("model_not_found")))
}

/// The answer of `/audio/speech`, in `format` whatever was asked for.
fn spoken(body: &Value, format: Option<&'static str>) -> Result<Records, Refused> {
    let text = |name: &str| match &body[name] {
        Value::String(text) if !text.is_empty() => Ok(text.as_str()),
        _ => Err(wrong(name, &format!("'{name}' has to be a text that is not empty"))),
    };
    let (model, input) = (text("model")?, text("input")?);
    if !SPEAKERS.contains(&model) {
        return Err(unknown(model));
    }
    let voice = body["voice"].as_str();
    if !voice.is_some_and(|voice| VOICES.contains(&voice)) && !body["voice"]["id"].is_string() {
        return Err(wrong("voice", "this voice does not exist"));
    }
    if input.chars().count() > LONGEST_TEXT {
        return Err(wrong("input", "String should have at most 4096 characters"));
    }
    let speed = body.get("speed").map_or(Some(1.0), Value::as_f64);
    if !speed.is_some_and(|speed| (0.25..=4.0).contains(&speed)) {
        return Err(wrong("speed", "the speed lies between 0.25 and 4.0"));
    }
    if body.get("instructions").is_some() && model.starts_with("tts-1") {
        return Err(wrong("instructions", "this model takes no instructions"));
    }
    let asked = body.get("response_format").map_or(Some("mp3"), Value::as_str).unwrap_or_default();
    if !FORMATS.contains(&asked) {
        return Err(wrong("response_format", "this format does not exist"));
    }
    let audio = speech::encode(input, PCM, SessionTime::ZERO);
    let mut pieces: Vec<Vec<u8>> = speech::frames(&audio, Duration::from_millis(50))
        .into_iter()
        .map(|frame| frame.into_bytes().to_vec())
        .collect();
    if body["stream_format"] == "sse" {
        let count = input.chars().count();
        let delta =
            |piece: &Vec<u8>| json!({ "type": "speech.audio.delta", "audio": STANDARD.encode(piece) });
        let usage = json!({ "input_tokens": count, "output_tokens": pieces.len(), "total_tokens": count + pieces.len() });
        let done = json!({ "type": "speech.audio.done", "usage": usage });
        let events = pieces.iter().map(delta).chain([done]).map(|one| event(None, &one.to_string()));
        return Ok(Records::events(events.collect()));
    }
    Ok(match format.unwrap_or(asked) {
        "pcm" => Records::new("audio/pcm", pieces),
        "wav" => {
            pieces.insert(0, streamed_head());
            Records::new("audio/wav", pieces)
        }
        // Nobody is to hear it: the sync word of a frame, and nothing in it.
        "mp3" => Records::new("audio/mpeg", vec![vec![0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0]; 8]),
        other => return Err(wrong("response_format", &format!("the fake has no {other}"))),
    })
}

/// The head of a file whose length is not known when it begins.
fn streamed_head() -> Vec<u8> {
    let rate = PCM.rate();
    let mut head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    head.extend(rate.to_le_bytes());
    head.extend((rate * 2).to_le_bytes());
    head.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    head
}

/// The answer of `/audio/transcriptions`.
fn transcript(parts: &[Part]) -> Result<Records, Refused> {
    let all = |name: &str| parts.iter().filter(|part| part.name == name).map(Part::text).collect::<Vec<_>>();
    let field = |name: &str| all(name).into_iter().next();
    let model = field("model").ok_or_else(|| wrong("model", "you must provide a model"))?;
    if !LISTENERS.contains(&model.as_str()) {
        return Err(unknown(&model));
    }
    let file = parts.iter().find(|part| part.name == "file");
    let file = file.ok_or_else(|| wrong("file", "you must provide a file"))?;
    let name = file.filename.clone().unwrap_or_default();
    let audio = name.ends_with(".wav").then(|| samples(&file.bytes)).flatten();
    let audio = audio.ok_or_else(|| wrong("file", "Invalid file format."))?;
    if audio.duration() < SHORTEST {
        let text = "Audio file is too short. Minimum audio length is 0.1 seconds.";
        return Err(Box::new(refusal(400, text, Some("file"), Some("audio_too_short"))));
    }
    let languages = [all("language"), all("languages[]")].concat();
    if let Some(other) = languages.iter().find(|language| !is_language(language)) {
        return Err(wrong("language", &format!("Invalid language '{other}'. It is in ISO-639-1.")));
    }
    if !all("keywords[]").is_empty() && model != "gpt-transcribe" {
        return Err(wrong("keywords", "this model takes no keywords"));
    }
    let format = field("response_format").unwrap_or_else(|| "json".to_owned());
    if format != "json" {
        return Err(wrong("response_format", "the fake has json alone"));
    }
    let text = speech::decode(&speech::frames(&audio, Duration::from_millis(100)));
    let usage = json!({ "type": "duration", "seconds": audio.duration().as_secs_f64() });
    if field("stream").is_some_and(|stream| stream == "true") {
        let deltas =
            text.split_inclusive(' ').map(|delta| json!({ "type": "transcript.text.delta", "delta": delta }));
        let tokens = json!({ "type": "tokens", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2 });
        let done = json!({ "type": "transcript.text.done", "text": text, "usage": tokens });
        let events = deltas.chain([done]).map(|one| event(None, &one.to_string()));
        return Ok(Records::events(events.collect()));
    }
    let mut answer = json!({ "text": text, "usage": usage });
    if model == "gpt-transcribe" {
        answer["languages"] = languages.iter().map(|code| json!({ "code": code })).collect();
    }
    if all("include[]").iter().any(|include| include == "logprobs") {
        answer["logprobs"] = logprobs(&text);
    }
    let whole = Records::new("application/json", vec![answer.to_string().into_bytes()]);
    Ok(whole.malformed("{\"text\":}").not_text(b"{\"text\":\"\xf0\x9f\xa5\"}"))
}

/// Whether it is a language as this API wants it.
pub(crate) fn is_language(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// How sure the fake is of each word: half and half.
pub(crate) fn logprobs(text: &str) -> Value {
    let of =
        |word: &str| json!({ "token": word, "logprob": -std::f64::consts::LN_2, "bytes": word.as_bytes() });
    text.split_inclusive(' ').map(of).collect()
}

/// The samples of a file, with its true length in its head; `None` for any other.
fn samples(wav: &[u8]) -> Option<AudioFrame> {
    let number = |at: usize| Some(u32::from_le_bytes(wav.get(at..at + 4)?.try_into().ok()?));
    let is_plain = wav.starts_with(b"RIFF")
        && wav.get(8..22)? == b"WAVEfmt \x10\0\0\0\x01\0"
        && wav.get(22..24)? == [1, 0]
        && wav.get(34..40)? == b"\x10\0data";
    let (rate, length) = (number(24)?, number(40)? as usize);
    let is_true = number(4)? as usize == wav.len() - 8 && length == wav.len() - 44;
    let format = AudioFormat::mono(rate.max(1));
    (is_plain && is_true).then(|| AudioFrame::from_le_bytes(&wav[44..], format, SessionTime::ZERO))
}
