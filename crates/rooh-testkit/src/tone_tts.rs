//! A voice that says words as tones, for tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{Spoken, TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, Result};
use tokio::time::sleep;

use crate::speech;

/// A voice whose words [`speech::decode`] and [`ToneStt`](crate::ToneStt) understand: five words a
/// second, the same samples each time.
#[derive(Clone, Debug)]
pub struct ToneTts {
    format: AudioFormat,
    delay: Duration,
    rate: Option<f64>,
    frame: Duration,
    word_times: bool,
    failure: Option<Error>,
    clauses: Arc<Mutex<Vec<String>>>,
}

impl Default for ToneTts {
    fn default() -> Self {
        Self {
            format: AudioFormat::WIDEBAND,
            delay: Duration::ZERO,
            rate: None,
            frame: Duration::from_millis(20),
            word_times: false,
            failure: None,
            clauses: Arc::default(),
        }
    }
}

impl ToneTts {
    /// A voice at 16 kHz that takes no time to think and does not time its words.
    pub fn new() -> Self {
        Self::default()
    }

    /// Speaks in this format.
    #[must_use]
    pub fn format(mut self, format: AudioFormat) -> Self {
        self.format = format;
        self
    }

    /// Takes this long from a clause to its first audio.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Makes this many seconds of audio in a second; if it is not set, audio takes no time to make.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Yields frames of this length; 20 ms if it is not set.
    #[must_use]
    pub fn frame(mut self, frame: Duration) -> Self {
        self.frame = frame;
        self
    }

    /// Says when each word has been spoken.
    #[must_use]
    pub fn word_times(mut self) -> Self {
        self.word_times = true;
        self
    }

    /// Fails at the first clause.
    #[must_use]
    pub fn failing(mut self, error: Error) -> Self {
        self.failure = Some(error);
        self
    }

    /// The clauses that were begun, in all streams of this voice and its clones, in order.
    pub fn clauses(&self) -> Vec<String> {
        self.clauses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn speak(
        self,
        mut text: Inlet<String>,
        mut out: rooh_core::stream::Emitter<TtsEvent>,
    ) -> Result<()> {
        let mut spoken = Spoken { text: 0, audio: Duration::ZERO };
        let mut at = SessionTime::ZERO;
        while let Some(clause) = text.next().await {
            self.clauses.lock().unwrap_or_else(PoisonError::into_inner).push(clause.clone());
            if let Some(error) = &self.failure {
                return Err(error.clone());
            }
            let begin = spoken.text;
            let mut delay = self.delay;
            for (end, word) in speech::words(&clause) {
                sleep(std::mem::take(&mut delay)).await;
                let sound = AudioFrame::new(speech::encode_word(word, self.format), self.format, at);
                spoken.text = begin + end;
                spoken.audio = (at + speech::word_duration(word)).since_start();
                if self.word_times {
                    out.emit(TtsEvent::Spoken(spoken)).await;
                }
                for frame in speech::frames(&sound, self.frame) {
                    if let Some(rate) = self.rate {
                        sleep(frame.duration().div_f64(rate)).await;
                    }
                    out.emit(TtsEvent::Audio(frame)).await;
                }
                at = sound.end();
            }
            spoken.text = begin + clause.len();
        }
        Ok(())
    }
}

impl TtsProvider for ToneTts {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: self.format, word_times: self.word_times, ..TtsCapabilities::default() }
    }

    fn synthesize(&self, _: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let voice = self.clone();
        Events::new(move |out| voice.speak(text, out))
    }
}
