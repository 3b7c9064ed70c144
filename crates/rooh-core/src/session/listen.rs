//! The session as a listener: audio to words, words to turns.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};
use rooh_floor::{Action, Edge, EndReason, Input, Overlap, Words};

use super::ears::Noticed;
use super::endpoint::Judging;
use super::handle::Swap;
use super::task::{Closing, Recognizer, Say, Task, of_session};
use crate::event::{EventKind, SessionState};
use crate::expect::{Expected, Hints};
use crate::hook::{TranscriptAction, UserTurn};
use crate::layer::{recovering_stt, recovering_tts};
use crate::llm::Message;
use crate::options::Options;
use crate::provider::{Kind, ProviderFailure};
use crate::stream::inlet;
use crate::stt::{SttEvent, SttInput, SttRequest};
use crate::{Error, ErrorKind, Result};

/// How many inputs wait for a recognizer before the oldest audio is lost: 30 s of 20 ms frames.
const WAITING: usize = 1500;

/// How long a turn that is over waits for its last words; then what was understood counts.
///
/// Longer than the 99th percentile of every vendor in `docs/defaults.md`.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long it waits for them since the last sound while the recognizer is broken: nobody is left
/// without a word for more than three seconds.
const WORDS_OF_THE_DEAF: Duration = Duration::from_millis(2_800);

/// How long a pause lasts before a final transcript is asked for.
const FINALIZE: Duration = Duration::from_millis(300);

impl Task {
    pub(super) fn start_recognizer(&mut self) {
        self.swap_stt = false;
        self.pending_finals = 0;
        self.stale_finals = 0;
        let Some(stt) = &self.stt else { return };
        let (feed, audio) = inlet(WAITING);
        let request = SttRequest {
            hints: self.hints(),
            language: self.parts.settings.language.clone(),
            options: Options::new(),
            trace: self.trace.clone(),
        };
        let events = stt.transcribe(request, audio);
        self.recognizer = Some(Recognizer { feed, events, format: stt.capabilities().format });
    }

    fn hints(&self) -> Hints {
        Hints { expected: self.expected.clone(), phrases: self.parts.settings.phrases.clone() }
    }

    /// From now on this answer is expected.
    pub(super) fn expect(&mut self, expected: Expected) {
        self.next_expected = expected.clone();
        if self.expected != expected {
            self.expected = expected;
            let hints = self.hints();
            self.feed(SttInput::Hints(hints));
        }
    }

    /// Gives the recognizer something; a recognizer that falls behind loses audio, and only audio.
    fn feed(&mut self, input: SttInput) {
        let Some(recognizer) = &self.recognizer else { return };
        match recognizer.feed.push(input) {
            Some(SttInput::Audio(frame)) => self.lost += frame.duration(),
            Some(control) if !recognizer.feed.is_closed() => {
                recognizer.feed.push(control);
            }
            _ => {}
        }
    }

    /// Takes a frame of the user that has just arrived.
    pub(super) fn hear(&mut self, frame: &AudioFrame) {
        let now = self.now();
        self.deliver_heard(now);
        let frame = self.ears.stamp(frame, now);
        if let Some(recorder) = &mut self.recorder {
            if self.ears.muted {
                recorder.caller(&AudioFrame::silence(frame.duration(), frame.format(), frame.at()));
            } else {
                recorder.caller(&frame);
            }
        }
        let mut noticed = Vec::new();
        let heard = self.ears.take(frame, |what| noticed.push(what));
        if let (Some(frame), Some(recognizer)) = (&heard, &self.recognizer) {
            let format = recognizer.format;
            let frame = self.ears.for_stt(frame, format);
            if !frame.is_empty() {
                self.feed(SttInput::Audio(frame));
            }
        }
        if let Some(frame) = heard.filter(|_| self.line.is_some()) {
            self.line_hears(&frame);
        }
        for what in noticed {
            match what {
                Noticed::Level { db, speech } => self.emit(EventKind::Level { db, speech }),
                Noticed::Voice(until) => self.tell_floor(Input::UserVoice { until }),
                Noticed::Edge(Edge::Started(since)) => {
                    self.user_was_there();
                    self.emit(EventKind::SpeechStarted);
                    self.finalize_at = None;
                    self.silent_since = None;
                    self.judging = Judging::default();
                    self.fillers.user_speaks = true;
                    self.turn.unfinalized = true;
                    self.line_turn_began();
                    self.tell_floor(Input::UserSpeechStarted { since });
                }
                Noticed::Edge(Edge::Stopped(since)) => {
                    self.user_was_there();
                    self.emit(EventKind::SpeechStopped);
                    self.fillers.user_speaks = false;
                    self.silent_since = Some(SessionTime::new(since));
                    // Who judges turns gives a final of each, and would take the question for its end.
                    let asks = !self.judges_turns();
                    self.finalize_at = asks.then(|| SessionTime::new(since) + self.finalize_after());
                    self.tell_floor(Input::UserSpeechStopped { since });
                }
            }
        }
    }

    /// Early enough that the words are there when the pause is over.
    ///
    /// What is said in groups, such as a number, is not torn at each: a digit by itself is hard
    /// to recognize, and whether all of them are there shows in the partial transcript.
    fn finalize_after(&self) -> Duration {
        let silence = self.parts.settings.patience.base;
        match self.expected {
            Expected::Date | Expected::Digits { .. } | Expected::Email | Expected::Time => silence * 3 / 5,
            _ => FINALIZE.min(silence / 4),
        }
    }

    /// Whether the recognizer says itself when a turn is over.
    fn judges_turns(&self) -> bool {
        self.stt.as_ref().is_some_and(|stt| stt.capabilities().turns)
    }

    /// Asks for a final transcript of all that was heard.
    fn finalize(&mut self) {
        self.finalize_at = None;
        self.turn.unfinalized = false;
        if self.recognizer.is_some() {
            self.pending_finals += 1;
            self.feed(SttInput::Finalize);
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::AskAudio => self.ask_audio(),
            Action::AskSemantic => self.ask_semantic(),
            Action::CancelReply => {
                self.ending = false;
                self.cut_off();
            }
            Action::DiscardPrepared => {
                self.discard_prepared();
            }
            Action::DropTurn => {
                self.turn.forget();
                self.line_turn_dropped();
            }
            Action::DuckReply => self.player.duck(),
            Action::EndTurn { reason, silent_since } => self.end_turn(reason, SessionTime::new(silent_since)),
            Action::FadeReply => self.player.fade(),
            Action::PauseReply => self.pause_reply(),
            Action::PrepareReply => self.prepare_reply(),
            Action::ResumeReply => self.resume_reply(),
            Action::TakeBack => self.take_back(),
            _ => {}
        }
    }

    pub(super) fn last_said(&self) -> String {
        let said = self.history.iter().rev().find_map(|message| match message {
            Message::Assistant { text, .. } => Some(text.clone()),
            _ => None,
        });
        said.unwrap_or_default()
    }

    pub(super) fn recognized(&mut self, event: Option<Result<SttEvent>>) {
        match event {
            Some(Ok(event)) => {
                match event {
                    SttEvent::AudioLost(_) | SttEvent::ProviderFailed(_) => self.deaf = true,
                    // Who takes over has not said anything yet.
                    SttEvent::Answering { .. } => {}
                    _ => self.deaf = false,
                }
                self.understood(event);
            }
            Some(Err(error)) => {
                self.failed(error, Some(Kind::Stt));
                self.recognizer_gone();
            }
            None => {
                self.failed(Error::new(ErrorKind::Unexpected, "the recognizer stopped"), Some(Kind::Stt));
                self.recognizer_gone();
            }
        }
    }

    /// A layer brings back what can be brought back, so this one is gone for good.
    fn recognizer_gone(&mut self) {
        self.recognizer = None;
        self.deaf = true;
        self.pending_finals = 0;
        self.stale_finals = 0;
        // There will be no words: the length of a voice decides.
        self.tell_floor(Input::WordsDelay(Duration::ZERO));
        self.try_close();
    }

    pub(super) fn understood(&mut self, event: SttEvent) {
        match event {
            SttEvent::Partial(transcript) => {
                // Said again while a voice goes on, it is no word of that voice.
                let is_new = self.turn.set_partial(transcript.text) || !self.ears.is_speaking();
                let text = self.turn.text();
                if !text.is_empty() && self.stale_finals == 0 && is_new {
                    self.emit(EventKind::UserPartial(text));
                    self.words_came();
                }
            }
            SttEvent::Final(transcript) => {
                self.transcripts.push_back(transcript.text);
                self.check_next();
            }
            SttEvent::AudioLost(duration) => self.lost += duration,
            SttEvent::Answering { provider: name, instead_of } => {
                self.emit(EventKind::ProviderChosen { provider: Kind::Stt, name, instead_of });
            }
            SttEvent::ProviderFailed(ProviderFailure { provider: name, error, next }) => {
                self.emit(EventKind::ProviderFailed { provider: Kind::Stt, name, error, next });
                self.wait_no_longer_than_the_deaf();
            }
            SttEvent::Turn(signal) => self.recognizer_judged(signal),
            SttEvent::Speakers(labels) => {
                for label in labels {
                    self.emit(EventKind::Speaker {
                        speaker: label.speaker,
                        start: label.start,
                        end: label.end,
                    });
                }
            }
        }
    }

    /// Shows the next final transcript to the hooks, one at a time and in order.
    fn check_next(&mut self) {
        while self.checking.is_none()
            && let Some(text) = self.transcripts.pop_front()
        {
            if self.hooks.is_empty() || text.trim().is_empty() {
                self.accept(text);
                continue;
            }
            let (hooks, context, shown) = (Arc::clone(&self.hooks), self.context(), text.clone());
            let limit = self.parts.settings.hook_timeout;
            let check = async move {
                for hook in hooks.iter() {
                    let answer =
                        super::mind::bounded(limit, "on_transcript", hook.on_transcript(&shown, &context));
                    match answer.await? {
                        TranscriptAction::Keep => {}
                        action => return Ok(action),
                    }
                }
                Ok(TranscriptAction::Keep)
            };
            self.checking = Some((text, Box::pin(check)));
        }
    }

    pub(super) fn checked(&mut self, action: Result<TranscriptAction>, text: String) {
        match action {
            Ok(TranscriptAction::Keep) => self.accept(text),
            Ok(TranscriptAction::Replace(other)) => self.accept(other),
            Ok(TranscriptAction::Block) => self.accept(String::new()),
            Err(error) => {
                self.failed(error, None);
                self.accept(String::new());
            }
        }
        self.check_next();
    }

    /// Takes words that will not change any more.
    fn accept(&mut self, text: String) {
        if self.stale_finals > 0 {
            // Its turn was closed on what was understood by then.
            self.stale_finals -= 1;
            self.turn.set_partial(String::new());
            return;
        }
        if self.takes_late_words(&text) {
            return;
        }
        self.pending_finals = self.pending_finals.saturating_sub(1);
        if self.judges_turns() && !self.ears.is_speaking() {
            self.turn.unfinalized = false;
        }
        self.turn.add_final(&text);
        if !text.trim().is_empty() {
            self.emit(EventKind::UserFinal(text.trim().to_owned()));
            self.words_came();
        } else if self.closing.is_none() && self.floor.user_has_turn() {
            // A noise in a pause: the words before it are still the last ones.
            self.weigh_words();
        }
        self.try_close();
    }

    /// More is known of what the user says.
    fn words_came(&mut self) {
        if self.closing.is_some() {
            return;
        }
        self.user_was_there();
        self.weigh_words();
    }

    /// The user wrote something in place of saying it.
    pub(super) fn written(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.user_was_there();
        if let Some(line) = &mut self.line {
            line.written();
        }
        self.turn.add_final(text);
        self.emit(EventKind::UserFinal(text.to_owned()));
        if self.closing.is_none() {
            // A single written backchannel is an answer too.
            let overlap = Overlap::Command;
            self.tell_floor(Input::UserWords { words: Words::Answer, overlap });
            self.tell_floor(Input::UserCommitted);
        }
    }

    fn end_turn(&mut self, reason: EndReason, silent_since: SessionTime) {
        let now = self.now();
        self.judging = Judging::default();
        self.set_state(SessionState::Processing);
        self.closing = Some(Closing { reason, silent_since, at: now, deadline: now + LAST_WORDS });
        if self.deaf {
            self.wait_no_longer_than_the_deaf();
        }
        if self.turn.unfinalized || self.turn.has_partial() && self.pending_finals == 0 {
            self.finalize();
        }
        self.try_close();
    }

    /// A recognizer that is being brought back gets some time for the words of a turn, but not all.
    fn wait_no_longer_than_the_deaf(&mut self) {
        if let Some(closing) = &mut self.closing {
            closing.deadline = closing.deadline.min(closing.silent_since + WORDS_OF_THE_DEAF);
        }
    }

    /// Answers the turn that is over, once all its words are there.
    fn try_close(&mut self) {
        let Some(closing) = &self.closing else { return };
        let now = self.now();
        let waiting = self.pending_finals > 0 || self.checking.is_some() || !self.transcripts.is_empty();
        if waiting && now < closing.deadline {
            return;
        }
        let Some(closing) = self.closing.take() else { return };
        if waiting {
            self.stale_finals += std::mem::take(&mut self.pending_finals);
        }
        let turn = std::mem::take(&mut self.turn);
        let text = turn.text();
        if turn.latest().is_empty() && !turn.is_owed() && !self.answers_without_words() {
            // A noise, not a turn; what was held before is still to be continued.
            self.preparation_failed();
            self.line_turn_dropped();
            self.turn.hold(text, turn.held);
            self.set_state(SessionState::Listening);
            self.idle_since = now;
            self.tell_floor(Input::AgentFinished);
            let apology = self.parts.settings.apology.clone();
            if self.deaf && !apology.is_empty() {
                self.says.push_back(Say { text: apology, interruptible: true });
            }
            return;
        }
        self.emit(EventKind::UserTurn {
            text: text.clone(),
            reason: closing.reason,
            silence: closing.at.since(closing.silent_since),
        });
        self.settle_cut_off();
        self.line_turn_ended(&turn, &closing);
        self.history.push(Message::User(text.clone()));
        self.next_expected = Expected::Anything;
        if self.answers_by_itself() {
            return;
        }
        self.reply(UserTurn::new(text, turn.latest(), turn.held), &closing);
    }

    /// The turn goes on after all: its words come back, and what was prepared is dropped.
    pub(super) fn take_back(&mut self) {
        if let Some(Closing { reason, silent_since, at, .. }) = self.closing.take() {
            self.preparation_failed();
            let silence = at.since(silent_since);
            self.emit(EventKind::UserTurnTakenBack { reason, silence });
        } else {
            self.unsay();
        }
        self.set_state(SessionState::Listening);
    }

    pub(super) fn swap(&mut self, swap: Swap) {
        match swap {
            Swap::Llm(_) | Swap::Stt(_) if self.line.is_some() => {
                let message =
                    "a speech-to-speech model listens and thinks itself: nothing can take its place";
                self.failed(Error::new(ErrorKind::Unsupported, message), Some(Kind::Realtime));
            }
            Swap::Llm(llm) => self.llm = Some(llm),
            Swap::Stt(stt) => {
                self.stt = Some(recovering_stt("stt", stt, None));
                self.swap_stt = true;
            }
            Swap::Tts(tts) => self.tts = Some(of_session(recovering_tts("tts", tts))),
        }
    }

    pub(super) fn advance_listening(&mut self, now: SessionTime) {
        if self.finalize_at.is_some_and(|at| at <= now) {
            if self.turn.unfinalized {
                self.finalize();
            } else {
                self.finalize_at = None;
            }
        }
        if self.closing.as_ref().is_some_and(|closing| closing.deadline <= now) {
            self.try_close();
        }
        let between_turns = !self.floor.user_has_turn() && self.closing.is_none() && self.pending_finals == 0;
        if self.swap_stt && between_turns {
            self.start_recognizer();
            // The one before may have been gone for good, or there was none.
            self.tell_how_words_come();
        }
        if self.lost >= Duration::from_millis(200) {
            let duration = std::mem::take(&mut self.lost);
            self.emit(EventKind::AudioLost { duration });
        }
    }

    fn tell_how_words_come(&mut self) {
        let partials = self.stt.as_ref().is_some_and(|stt| stt.capabilities().partials);
        self.tell_floor(Input::Partials(partials));
        self.tell_floor(Input::WordsDelay(self.words_delay.get()));
    }

    pub(super) fn listening_deadline(&self) -> Option<SessionTime> {
        let closing = self.closing.as_ref().map(|closing| closing.deadline);
        [self.finalize_at, closing].into_iter().flatten().min()
    }
}
