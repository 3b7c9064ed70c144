//! The agent's side of a call: a model with one question and one answer, and a voice that hums.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::expect::Expected;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use tokio::time::sleep;

use crate::sound::RATE;

/// How long the model takes to its first word: 300 ms, a quick hosted model.
const FIRST_WORD: Duration = Duration::from_millis(300);

/// How long the voice takes to its first sound: 100 ms, a quick hosted voice.
const FIRST_SOUND: Duration = Duration::from_millis(100);

/// How long a spoken word lasts: three a second, as people speak to customers.
const WORD: Duration = Duration::from_millis(330);

/// How long it is quiet between words, in samples: 40 ms, so that a pause finds a gap to begin in and
/// takes as long as it does with a voice that has some.
const BETWEEN: usize = RATE / 25;

/// What is answered to whatever the caller says.
const ANSWER: &str = "Thank you, I have written that down, let me see what I can do for you now.";

/// Asks the question of an item, and answers each turn with the same sentence.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) question: String,
    pub(super) expected: Expected,
    /// How often it was asked.
    pub(super) requests: Arc<AtomicUsize>,
}

impl LlmProvider for Asker {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let is_first = request.messages.is_empty();
        let (text, expected) = match is_first {
            true => (self.question.clone(), self.expected.clone()),
            false => (ANSWER.to_owned(), Expected::Anything),
        };
        let requests = Arc::clone(&self.requests);
        Events::new(move |mut out| async move {
            if !is_first {
                requests.fetch_add(1, Ordering::Relaxed);
            }
            out.emit(LlmEvent::Expect(expected)).await;
            sleep(FIRST_WORD).await;
            out.emit(LlmEvent::Text(text)).await;
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

/// Hums for as long as the words would take, word by word.
#[derive(Debug)]
pub(super) struct Hum;

impl TtsProvider for Hum {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        Events::new(move |mut out| async move {
            let mut place = 0;
            while let Some(clause) = text.next().await {
                sleep(FIRST_SOUND).await;
                let words = clause.split_whitespace().count();
                let word = AudioFormat::WIDEBAND.samples_in(WORD);
                let length = word * words;
                for start in (0..length).step_by(RATE / 50) {
                    let part = start..(start + RATE / 50).min(length);
                    // A square wave at 200 Hz: heard, and nobody's voice.
                    let hum = |n: usize| match n % word {
                        within if within >= word - BETWEEN => 0,
                        _ if ((place + n) / 40).is_multiple_of(2) => 3000,
                        _ => -3000,
                    };
                    let wave: Vec<i16> = part.map(hum).collect();
                    let at = SessionTime::new(AudioFormat::WIDEBAND.duration_of(place + start));
                    out.emit(TtsEvent::Audio(AudioFrame::new(wave, AudioFormat::WIDEBAND, at))).await;
                }
                place += length;
            }
            Ok(())
        })
    }
}
