//! What is known of a pause: words, sound and meaning, gathered for the floor to weigh.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use rooh_audio::SessionTime;
use rooh_floor::{EndReason, Input, Judgement, Overlap, RecognizerTurn};
use tokio::time::timeout;

use super::task::{BoxFuture, Task};
use super::words;
use crate::event::EventKind;
use crate::provider::Kind;
use crate::stt::TurnSignal;
use crate::turn::{TurnDetector, TurnView};
use crate::{Error, ErrorKind, Result};

/// How long a judge may take; after a second the pause has told more than any of them could.
const JUDGE_WAIT: Duration = Duration::from_secs(1);

/// How many bytes beyond what was heard an echo may come from: a clause, as far as clauses are
/// off where a voice tells no word times.
const ECHO_AHEAD: usize = 60;

/// How long after its end the words of an utterance may still come from the recognizer.
const ECHO_AFTER: Duration = Duration::from_secs(1);

/// Who judges a pause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Judge {
    Audio,
    Semantic,
}

impl Judge {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Semantic => "semantic",
        }
    }
}

/// The questions that are open about this pause.
#[derive(Default)]
pub(super) struct Judging {
    audio: Option<Question>,
    semantic: Option<Question>,
    /// What was told last, so that only what is new is told.
    told: Option<Judgement>,
    rule: &'static str,
}

struct Question {
    asked: SessionTime,
    answer: BoxFuture<Result<f32>>,
}

impl Judging {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Judge, Result<f32>)> {
        for (judge, question) in [(Judge::Audio, &mut self.audio), (Judge::Semantic, &mut self.semantic)] {
            if let Some(open) = question
                && let Poll::Ready(answer) = Pin::new(&mut open.answer).poll(cx)
            {
                return Poll::Ready((judge, answer));
            }
        }
        Poll::Pending
    }
}

/// How long the words take that belong to what was heard, learnt while the session lasts.
///
/// A running estimate of what nine of ten stay below.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordsDelay(Duration);

impl Default for WordsDelay {
    /// A streaming recognizer near by, until it is known better.
    fn default() -> Self {
        Self(Duration::from_millis(500))
    }
}

impl WordsDelay {
    const BOUNDS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_millis(1500));

    pub(super) fn get(self) -> Duration {
        self.0
    }

    fn learn(&mut self, delay: Duration) {
        let step = if delay > self.0 { 1.09 } else { 0.99 };
        self.0 = self.0.mul_f32(step).clamp(Self::BOUNDS.0, Self::BOUNDS.1);
    }
}

impl Task {
    /// Tells the floor what the words of the turn say now.
    pub(super) fn weigh_words(&mut self) {
        let text = self.turn.text();
        let language = self.parts.settings.language.as_deref();
        let (words, rule) = words::ending(&text, language, &self.expected);
        let overlap = words::overlap(&self.turn.latest(), language, self.echo());
        self.judging.rule = rule;
        if let Some(silent) = self.silent_since.filter(|_| overlap != Overlap::Nothing) {
            self.words_delay.learn(self.now().since(silent));
            self.silent_since = None;
            self.tell_floor(Input::WordsDelay(self.words_delay.get()));
        }
        self.check_prepared(&text);
        self.tell_floor(Input::UserWords { words, overlap });
        if overlap == Overlap::Echo && !self.floor.user_has_turn() {
            self.turn.forget();
        }
    }

    /// What the user's line may carry of the agent's own words.
    fn echo(&self) -> Option<&str> {
        if self.cancels_echo {
            return None;
        }
        let Some(utterance) = self.utterance.as_ref().filter(|utterance| utterance.audible) else {
            if let Some(filler) = self.filler_text() {
                return Some(filler);
            }
            return self
                .said
                .as_ref()
                .filter(|(_, at)| self.now() < *at + ECHO_AFTER)
                .map(|(text, _)| text.as_str());
        };
        let text = utterance.text();
        let played = self.of_answer(self.player.played_at_most(self.now()));
        let heard = utterance.heard(self.of_answer(self.player.audio()), played);
        let end = (heard + ECHO_AHEAD).min(text.len());
        Some(&text[..(end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len())])
    }

    /// Tells how long the agent waits, whenever that has changed.
    pub(super) fn tell_judgement(&mut self) {
        let Some(judgement) = self.floor.judgement().filter(|_| !self.floor_is_busy()) else {
            self.judging.told = None;
            return;
        };
        let pause = self.floor.pause(self.now().since_start()).unwrap_or_default();
        self.tell_what_was_judged(judgement, pause);
    }

    /// Tells what a pause came to that is over just now, if that was not told yet: a signal that
    /// came late enough ends the turn at once.
    pub(super) fn tell_last_judgement(&mut self, reason: EndReason, pause: Duration) {
        if matches!(reason, EndReason::Complete | EndReason::Recognizer | EndReason::Silence) {
            self.tell_what_was_judged(self.floor.last_judgement(), pause);
        }
    }

    fn tell_what_was_judged(&mut self, judgement: Judgement, pause: Duration) {
        if self.judging.told == Some(judgement) {
            return;
        }
        self.judging.told = Some(judgement);
        let rule = self.judging.rule;
        self.emit(EventKind::PauseJudged { pause, judgement, rule });
    }

    /// The agent prepares or speaks: no pause is judged.
    fn floor_is_busy(&self) -> bool {
        self.closing.is_some() || self.utterance.as_ref().is_some_and(|utterance| !utterance.is_prepared())
    }

    pub(super) fn recognizer_judged(&mut self, signal: TurnSignal) {
        let turn = match signal {
            TurnSignal::EagerEnd { .. } => RecognizerTurn::Likely,
            TurnSignal::End { .. } => RecognizerTurn::Ended,
            TurnSignal::Resume => RecognizerTurn::Open,
            TurnSignal::Start | TurnSignal::Update { .. } => return,
        };
        self.tell_floor(Input::Recognizer(turn));
    }

    pub(super) fn ask_audio(&mut self) {
        let Some(detector) = self.parts.judge_of_sounds().cloned() else { return };
        let audio = self.ears.remembered();
        self.judging.audio = Some(self.ask(detector, TurnView { audio, ..self.turn_view() }));
    }

    pub(super) fn ask_semantic(&mut self) {
        let Some(detector) = self.parts.completeness.clone() else { return };
        self.judging.semantic = Some(self.ask(detector, self.turn_view()));
    }

    fn turn_view(&self) -> TurnView {
        TurnView {
            agent: self.last_said(),
            audio: Vec::new(),
            expected: self.expected.clone(),
            language: self.parts.settings.language.clone(),
            pause: self.floor.pause(self.now().since_start()).unwrap_or_default(),
            text: self.turn.text(),
        }
    }

    /// Asks, for at most a second; a judge that panics has not answered.
    fn ask(&self, detector: Arc<dyn TurnDetector>, view: TurnView) -> Question {
        let answer = async move {
            let answer = AssertUnwindSafe(async { detector.completeness(view).await }).catch_unwind();
            match timeout(JUDGE_WAIT, answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(Error::new(ErrorKind::Unexpected, "the judge of a pause panicked")),
                Err(_) => Err(Error::new(ErrorKind::Timeout, "the judge of a pause did not answer")
                    .with("after", format!("{} ms", JUDGE_WAIT.as_millis()))),
            }
        };
        Question { asked: self.now(), answer: Box::pin(answer) }
    }

    pub(super) fn judged(&mut self, judge: Judge, answer: Result<f32>) {
        let question = match judge {
            Judge::Audio => self.judging.audio.take(),
            Judge::Semantic => self.judging.semantic.take(),
        };
        let Some(question) = question else { return };
        let answer = answer.and_then(|probability| {
            if (0.0..=1.0).contains(&probability) {
                return Ok(probability);
            }
            Err(Error::new(ErrorKind::Unexpected, "the judge of a pause answered with no probability")
                .with("answer", probability.to_string()))
        });
        match answer {
            Ok(probability) => {
                let took = self.now().since(question.asked);
                self.emit(EventKind::PauseScored { by: judge.as_str(), probability, took });
                self.tell_floor(match judge {
                    Judge::Audio => Input::Audio(probability),
                    Judge::Semantic => Input::Semantic(probability),
                });
            }
            Err(error) => self.judge_failed(judge, error),
        }
    }

    /// The session goes on without, and says so once for each way in which a judge fails.
    fn judge_failed(&mut self, judge: Judge, error: Error) {
        let failure = (judge, error.kind());
        if !self.failed_judges.contains(&failure) {
            self.failed_judges.push(failure);
            self.failed(error, Some(Kind::Turn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_of_words_is_learnt_and_bounded() {
        let mut delay = WordsDelay::default();
        (0..100).for_each(|_| delay.learn(Duration::from_millis(300)));
        assert!((280..330).contains(&delay.get().as_millis()), "{delay:?}");
        (0..100).for_each(|_| delay.learn(Duration::from_secs(10)));
        assert_eq!(delay.get(), Duration::from_millis(1500));
    }
}
