//! One file for each utterance.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame, level_db};
use rooh_core::stt::{BatchStt, SttRequest, Transcript};
use rooh_core::trace::Direction;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Form;
use serde_json::Value;

use crate::asked::{Asked, Family};
use crate::failure::{broke_off, kind_of};
use crate::items::transcript;
use crate::openai::{Inner, VENDOR};

/// The rate at which Whisper and its like hear; more is thrown away there.
const FORMAT: AudioFormat = AudioFormat::WIDEBAND;
/// The least audio that a file may hold.
const SHORTEST: Duration = Duration::from_millis(100);
/// What is quieter than this as a whole, in decibels of full scale, is silence: a whisper into a
/// telephone is 20 dB above it. In silence these models hear what nobody has said.
const SILENCE: f32 = -60.0;
/// The longest answer, in bytes: a minute of speech, with how sure the server is of each token.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Recognizes files.
#[derive(Debug)]
pub(crate) struct Files {
    inner: Arc<Inner>,
}

impl Files {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl BatchStt for Files {
    fn format(&self) -> AudioFormat {
        FORMAT
    }

    async fn recognize(&self, request: SttRequest, speech: Vec<AudioFrame>) -> Result<Transcript> {
        let inner = &self.inner;
        let asked = Asked::new(&inner.options, &request)?;
        let samples: Vec<i16> = speech.iter().flat_map(|frame| frame.samples()).copied().collect();
        if FORMAT.duration_of(samples.len()) < SHORTEST || level_db(&samples) < SILENCE {
            return Ok(Transcript::default());
        }
        let wait = inner.options.timeout();
        let shown = || format!("a file of {:?}, {asked:?}", FORMAT.duration_of(samples.len()));
        request.trace.record(VENDOR, Direction::Out, shown);
        let form = inner.form(&asked, wav(&samples))?;
        let answer = inner.client.post_form("/audio/transcriptions", form, wait).await;
        let answer = answer.map_err(|error| inner.explain(error))?.json(LONGEST_ANSWER, wait).await?;
        request.trace.record(VENDOR, Direction::In, || answer.to_string());
        if let Some(error) = failed(&answer) {
            let kind = kind_of(&error).unwrap_or(ErrorKind::Network);
            return Err(broke_off(kind, "the server could not transcribe", &error, &inner.client));
        }
        transcript(&answer)
    }
}

/// The error in an answer that has a good status and is none, as some servers send them.
fn failed(answer: &Value) -> Option<Value> {
    match &answer["error"] {
        Value::String(text) if !text.is_empty() => Some(serde_json::json!({ "message": text })),
        error @ Value::Object(_) => Some(error.clone()),
        _ => None,
    }
}

impl Inner {
    fn form(&self, asked: &Asked, wav: Vec<u8>) -> Result<Form> {
        let options = &self.options;
        let model = options.model_name();
        let mut form = Form::new().text("model", model).text("response_format", "json");
        for keyword in asked.keywords.iter().flatten() {
            form = form.text("keywords[]", keyword);
        }
        for (name, value) in [
            ("language", asked.language.clone()),
            ("prompt", asked.prompt.clone().filter(|prompt| !prompt.is_empty())),
            ("temperature", options.temperature.map(|temperature| temperature.to_string())),
            ("include[]", options.logprobs.then(|| "logprobs".to_owned())),
            // Without it, this one takes no more than half a minute.
            ("chunking_strategy", (Family::of(model) == Family::Diarizing).then(|| "auto".to_owned())),
        ] {
            if let Some(value) = value {
                form = form.text(name, value);
            }
        }
        // The name says how it is to be read.
        form.file("file", "audio.wav", "audio/wav", wav)
            .map_err(|error| Error::new(ErrorKind::Unexpected, error.message()))
    }
}

/// A file of samples (RIFF, WAVE), with its true length in its head.
fn wav(samples: &[i16]) -> Vec<u8> {
    // `Batched` keeps a minute at most.
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - 36);
    let rate = FORMAT.rate();
    let mut wav = Vec::with_capacity(44 + samples.len() * 2);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + length).to_le_bytes());
    // 16 bytes about the format: PCM, one channel, the rate, bytes a second, bytes a sample, bits.
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend_from_slice(&rate.to_le_bytes());
    wav.extend_from_slice(&(rate * 2).to_le_bytes());
    wav.extend_from_slice(b"\x02\0\x10\0data");
    wav.extend_from_slice(&length.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    wav
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_its_true_length() {
        let wav = wav(&[1, -2]);
        assert_eq!(wav.len(), 48);
        assert_eq!((&wav[4..8], &wav[40..44]), (&40_u32.to_le_bytes()[..], &4_u32.to_le_bytes()[..]));
        assert_eq!(wav[44..], [1, 0, 0xfe, 0xff]);
    }
}
