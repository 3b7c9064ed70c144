//! A recognizer of words that were said as tones, for tests.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::stt::{
    SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript, TurnSignal, Word,
};
use rooh_core::{Error, Result};
use tokio::time::{Instant, sleep_until};

use crate::speech::{Decoder, HeardWord};

/// A recognizer that understands what [`speech`](crate::speech) and [`ToneTts`](crate::ToneTts) say.
#[derive(Clone, Debug)]
pub struct ToneStt {
    format: AudioFormat,
    partials: bool,
    lag: Duration,
    finalize_delay: Duration,
    endpoint: Option<Duration>,
    turns: bool,
    failure: Option<Error>,
}

impl Default for ToneStt {
    fn default() -> Self {
        Self {
            format: AudioFormat::WIDEBAND,
            partials: true,
            lag: Duration::ZERO,
            finalize_delay: Duration::ZERO,
            endpoint: None,
            turns: false,
            failure: None,
        }
    }
}

impl ToneStt {
    /// A recognizer at 16 kHz that gives partials, answers at once, and is final only when asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes audio in this format.
    #[must_use]
    pub fn format(mut self, format: AudioFormat) -> Self {
        self.format = format;
        self
    }

    /// Gives no partials.
    #[must_use]
    pub fn without_partials(mut self) -> Self {
        self.partials = false;
        self
    }

    /// Takes this long from the end of a word to the partial that holds it.
    #[must_use]
    pub fn lag(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Takes this long to answer [`SttInput::Finalize`]; meanwhile it listens on.
    #[must_use]
    pub fn finalize_delay(mut self, delay: Duration) -> Self {
        self.finalize_delay = delay;
        self
    }

    /// Gives a final on its own after this much silence in the audio.
    #[must_use]
    pub fn endpoint(mut self, silence: Duration) -> Self {
        self.endpoint = Some(silence);
        self
    }

    /// Judges turns itself: they begin with the first word, and end with a final of its own.
    #[must_use]
    pub fn turns(mut self) -> Self {
        self.turns = true;
        self
    }

    /// Fails at the first input.
    #[must_use]
    pub fn failing(mut self, error: Error) -> Self {
        self.failure = Some(error);
        self
    }
}

impl SttProvider for ToneStt {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities {
            format: self.format,
            partials: self.partials,
            turns: self.turns,
            word_times: true,
            ..SttCapabilities::default()
        }
    }

    fn transcribe(&self, _: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        let ears = Ears {
            decoder: Decoder::new(self.format),
            options: self.clone(),
            words: Vec::new(),
            outbox: VecDeque::new(),
        };
        Events::new(move |out| ears.listen(audio, out))
    }
}

/// The recognizer of one session.
struct Ears {
    options: ToneStt,
    decoder: Decoder,
    /// What was understood since the last final.
    words: Vec<HeardWord>,
    /// What is to be said, and when.
    outbox: VecDeque<(Instant, SttEvent)>,
}

impl Ears {
    async fn listen(mut self, mut audio: Inlet<SttInput>, mut out: Emitter<SttEvent>) -> Result<()> {
        let mut listening = true;
        while listening || !self.outbox.is_empty() {
            let due = self.outbox.front().map(|(due, _)| *due);
            let input = tokio::select! {
                // What is due goes first, so that the order never depends on chance.
                biased;
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if let Some((_, event)) = self.outbox.pop_front() {
                        out.emit(event).await;
                    }
                    continue;
                }
                input = audio.next(), if listening => input,
            };
            if let Some(error) = &self.options.failure {
                return Err(error.clone());
            }
            match input {
                Some(SttInput::Audio(frame)) => {
                    let heard = self.decoder.push(&frame);
                    self.hear(heard);
                    self.end_of_turn();
                }
                Some(SttInput::Finalize) => self.finalize(),
                Some(_) => {}
                None => {
                    listening = false;
                    let last = self.decoder.finish();
                    self.hear(last);
                    if !self.words.is_empty() {
                        self.put(self.options.finalize_delay, None);
                    }
                }
            }
        }
        Ok(())
    }

    fn hear(&mut self, heard: impl IntoIterator<Item = HeardWord>) {
        for word in heard {
            let first = self.words.is_empty();
            self.words.push(word);
            if first && self.options.turns {
                self.put(self.options.lag, Some(SttEvent::Turn(TurnSignal::Start)));
            }
            if self.options.partials {
                let partial = SttEvent::Partial(self.transcript());
                self.put(self.options.lag, Some(partial));
            }
        }
    }

    fn finalize(&mut self) {
        let last = self.decoder.finish();
        self.hear(last);
        self.put(self.options.finalize_delay, None);
    }

    /// Ends the turn by itself if it was silent for long enough.
    fn end_of_turn(&mut self) {
        let Some(silence) = self.options.endpoint else { return };
        let ended = self.words.last().map(|word| word.end);
        if !self.decoder.is_hearing() && ended.is_some_and(|end| self.decoder.now().since(end) >= silence) {
            self.put(self.options.lag, None);
            if self.options.turns {
                self.put(self.options.lag, Some(SttEvent::Turn(TurnSignal::End { confidence: 1.0 })));
            }
        }
    }

    /// Sends an event, or a final of all words, after a delay and never before an earlier event.
    fn put(&mut self, delay: Duration, event: Option<SttEvent>) {
        let event = event.unwrap_or_else(|| {
            let last = SttEvent::Final(self.transcript());
            self.words.clear();
            last
        });
        let due = Instant::now() + delay;
        let due = self.outbox.back().map_or(due, |(last, _)| due.max(*last));
        self.outbox.push_back((due, event));
    }

    fn transcript(&self) -> Transcript {
        let text = self.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let words = self.words.iter().map(|word| {
            let (start, end): (SessionTime, SessionTime) = (word.start, word.end);
            Word { text: word.text.clone(), start, end }
        });
        Transcript { words: words.collect(), ..Transcript::text(text) }
    }
}
