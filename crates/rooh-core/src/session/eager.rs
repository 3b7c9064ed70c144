//! Answers that are prepared when the end of the turn is likely, and given when it is certain.
//!
//! A prepared answer is an utterance whose events are kept back: the model writes and the voice
//! speaks, but nothing is played, told or written down, and no tool is called.

use std::collections::VecDeque;

use rooh_floor::Input;

use super::mind::{MindEvent, Source};
use super::task::Task;
use super::utterance::{Kind, Utterance};
use super::words;
use crate::Result;
use crate::event::EventKind;
use crate::hook::UserTurn;
use crate::llm::Message;

/// What is kept back of an answer until the end of the turn is certain.
pub(super) struct Prepared {
    /// What it answers.
    text: String,
    /// What the mind has come up with.
    ahead: VecDeque<Option<Result<MindEvent>>>,
    /// What comes next may be done only once it is certain.
    waits: bool,
}

impl Utterance {
    pub(super) fn is_prepared(&self) -> bool {
        self.prepared.is_some()
    }

    /// Whether the mind may not go on before the end of the turn is certain.
    pub(super) fn waits_for_certainty(&self) -> bool {
        self.prepared.as_ref().is_some_and(|prepared| prepared.waits)
    }
}

impl Task {
    /// The end of the turn is likely: thinks about an answer.
    pub(super) fn prepare_reply(&mut self) {
        let text = self.turn.text();
        if text.is_empty() || self.utterance.is_some() || self.closing.is_some() {
            self.tell_floor(Input::PreparationFailed);
            return;
        }
        let turn = UserTurn::new(text.clone(), self.turn.latest(), self.turn.held);
        // The model sees the turn; the history does not, before it is one.
        self.history.push(Message::User(text.clone()));
        let mut utterance = self.utter(Kind::Reply(turn.clone()), Source::Turn(turn), true);
        self.history.pop();
        utterance.prepared = Some(Prepared { text, ahead: VecDeque::new(), waits: false });
        self.player.withhold();
        self.emit(EventKind::ReplyPrepared { generation: utterance.generation });
        self.utterance = Some(utterance);
    }

    /// Keeps back what the mind comes up with; the voice may begin with it.
    pub(super) fn minded_ahead(&mut self, event: Option<Result<MindEvent>>) {
        let now = self.now();
        let speaks = self.tts.is_some();
        let Some(utterance) = &mut self.utterance else { return };
        let Some(prepared) = &mut utterance.prepared else { return };
        match &event {
            Some(Ok(MindEvent::Asked)) => {
                utterance.timing.asked.get_or_insert(now);
                utterance.waiting.asked(now);
            }
            Some(Ok(MindEvent::FirstText)) => {
                utterance.timing.first_text.get_or_insert(now);
            }
            Some(Ok(MindEvent::Clause(clause))) => {
                utterance.timing.first_clause.get_or_insert(now);
                if speaks {
                    utterance.clauses.push_back(clause.clone());
                    utterance.voiced_ahead += 1;
                }
            }
            Some(Ok(MindEvent::Call(_) | MindEvent::Held | MindEvent::Outcome(..))) => prepared.waits = true,
            // Where a speech-to-speech model answers, nothing is prepared.
            Some(Ok(MindEvent::Again | MindEvent::Ask(..) | MindEvent::Enough | MindEvent::Ignored)) => {}
            Some(Ok(MindEvent::Answering(..) | MindEvent::Expect(_))) => {}
            Some(Ok(MindEvent::ProviderFailed(_) | MindEvent::Used(_))) => {}
            // It is tried again, and told, when the answer is due.
            Some(Err(_)) => return self.preparation_failed(),
            None => {
                prepared.waits = true;
                utterance.mind = None;
            }
        }
        prepared.ahead.push_back(event);
    }

    /// Throws a prepared answer away if it answers something else by now.
    pub(super) fn check_prepared(&mut self, text: &str) {
        let language = self.parts.settings.language.as_deref();
        let prepared = self.utterance.as_ref().and_then(|utterance| utterance.prepared.as_ref());
        if prepared.is_some_and(|prepared| !words::matches(&prepared.text, text, language)) {
            self.preparation_failed();
        }
    }

    pub(super) fn preparation_failed(&mut self) {
        if self.discard_prepared() {
            self.tell_floor(Input::PreparationFailed);
        }
    }

    /// Throws a prepared answer away; returns whether there was one.
    pub(super) fn discard_prepared(&mut self) -> bool {
        let Some(utterance) = self.utterance.take_if(|utterance| utterance.is_prepared()) else {
            return false;
        };
        let now = self.now();
        self.stop_playing(now);
        self.emit(EventKind::ReplyDiscarded { generation: utterance.generation });
        true
    }

    /// The answer to `turn`: the prepared one if it fits, or one that is begun now.
    pub(super) fn answer(&mut self, turn: UserTurn) -> (Utterance, VecDeque<Option<Result<MindEvent>>>) {
        self.check_prepared(&turn.text);
        if let Some(mut utterance) = self.utterance.take_if(|utterance| utterance.is_prepared()) {
            let ahead = utterance.prepared.take().map(|prepared| prepared.ahead).unwrap_or_default();
            utterance.kind = Kind::Reply(turn);
            self.resume_reply();
            return (utterance, ahead);
        }
        let utterance = self.utter(Kind::Reply(turn.clone()), Source::Turn(turn), true);
        (utterance, VecDeque::new())
    }
}
