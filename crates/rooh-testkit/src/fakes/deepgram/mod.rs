//! A Deepgram that understands words said as tones, and speaks so: its sockets, its messages, its
//! refusals.

mod flux;
mod nova;
mod rules;
mod speak;

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use serde_json::{Value, json};

use super::{Answer, Call, Fake, Gone, Peer, Seen, Vendor};
use crate::speech::{Decoder, HeardWord};

/// The same in every answer, so that answers can be compared.
const REQUEST: &str = "00000000-0000-4000-8000-000000000000";

/// A server on the loopback address that speaks as Deepgram does.
///
/// It understands and says words as [`speech`](crate::speech) does, so that each one that is lost or
/// doubled on its way can be counted. A word that begins with a capital is said by the second speaker.
pub type FakeDeepgram = Fake<Deepgram>;

/// How a [`FakeDeepgram`] behaves where the vendor's servers do not always behave alike.
#[derive(Clone, Debug)]
pub struct Deepgram {
    answers: Answers,
    idle: Duration,
    lag: Duration,
    piece: usize,
}

impl Default for Deepgram {
    fn default() -> Self {
        Self { answers: Answers::Always, idle: Duration::from_secs(10), lag: Duration::ZERO, piece: 3 }
    }
}

/// When a [`FakeDeepgram`] answers `Finalize`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answers {
    /// Each time.
    Always,
    /// Each time, so much later; what comes meanwhile waits.
    Late(Duration),
    /// Never.
    Never,
    /// Not by a result of its own where no word is left, as the vendor allows itself.
    Unless,
}

impl FakeDeepgram {
    /// Answers `Finalize` like this.
    #[must_use]
    pub fn answers(self, answers: Answers) -> Self {
        self.vendor().answers = answers;
        self
    }

    /// Closes a connection on which nothing came for so long; ten seconds if it is not set.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        self.vendor().idle = idle;
        self
    }

    /// Is behind with Flux by so much audio.
    #[must_use]
    pub fn lag(self, lag: Duration) -> Self {
        self.vendor().lag = lag;
        self
    }

    /// Freezes a result after so many words; three if it is not set.
    #[must_use]
    pub fn piece(self, words: usize) -> Self {
        self.vendor().piece = words;
        self
    }
}

impl Vendor for Deepgram {
    fn key(seen: &Seen) -> Option<String> {
        // The word before the key is read in any case.
        let (scheme, key) = seen.authorization.as_deref()?.split_once(' ')?;
        ["token", "bearer"].contains(&scheme.to_ascii_lowercase().as_str()).then(|| key.to_owned())
    }

    fn refused(status: u16, text: &str) -> Answer {
        let code = match status {
            400 => "Bad Request",
            401 => "INVALID_AUTH",
            429 => "TOO_MANY_REQUESTS",
            _ => "ERROR",
        };
        let body = json!({ "err_code": code, "err_msg": text, "request_id": REQUEST });
        Answer::json(status, &body).header("dg-request-id", REQUEST).header("dg-error", text)
    }

    fn locked(_: &Seen) -> Answer {
        Self::refused(401, "Invalid credentials.")
    }

    async fn answer(call: Call<Self>) -> Answer {
        let wrong = match call.seen.path.as_str() {
            "/v1/listen" => rules::nova(&call.seen),
            "/v1/speak" => rules::speak(&call.seen),
            "/v2/listen" => rules::flux(&call.seen),
            _ => return Self::refused(404, "Not found."),
        };
        if let Some(wrong) = wrong {
            return Self::refused(400, &wrong);
        }
        let answer = match call.seen.path.as_str() {
            "/v1/listen" => call.socket(nova::listen).await,
            "/v1/speak" => call.socket(speak::speak).await,
            _ => call.socket(flux::listen).await,
        };
        answer.header("dg-request-id", REQUEST)
    }
}

/// What hears: audio in, words and the time by audio out.
struct Ear {
    decoder: Decoder,
    format: AudioFormat,
    /// Half of a sample.
    odd: Vec<u8>,
    samples: usize,
}

impl Ear {
    fn new(seen: &Seen) -> Self {
        let rate = seen.param("sample_rate").and_then(|rate| rate.parse().ok()).unwrap_or(16_000);
        let format = AudioFormat::mono(rate);
        Self { decoder: Decoder::new(format), format, odd: Vec::new(), samples: 0 }
    }

    fn push(&mut self, bytes: &[u8]) -> Vec<HeardWord> {
        let mut all = std::mem::take(&mut self.odd);
        all.extend_from_slice(bytes);
        let at = SessionTime::new(self.format.duration_of(self.samples));
        let frame = AudioFrame::from_le_bytes(&all, self.format, at);
        if all.len() % 2 == 1 {
            self.odd.extend(all.last());
        }
        self.samples += frame.samples().len();
        self.decoder.push(&frame)
    }

    /// How much was heard.
    fn now(&self) -> Duration {
        self.format.duration_of(self.samples)
    }
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000.0).round() / 1_000.0
}

fn text_of(words: &[HeardWord]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Closes a connection on which nothing came for too long.
async fn too_quiet(peer: Peer<Deepgram>) -> Result<(), Gone> {
    peer.close(
        1011,
        "Deepgram did not receive audio data or a text message within the timeout window. (NET-0001)",
    )
    .await
}

fn is(message: &Value, kind: &str) -> bool {
    message["type"] == kind
}
