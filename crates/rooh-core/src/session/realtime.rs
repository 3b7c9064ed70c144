//! The session with a speech-to-speech model: its line in the place of recognizer, mind and voice.
//!
//! The model's words of the user go where a recognizer's go, its replies are utterances like all
//! others, and its own judgement of turns is one more signal for the floor.

use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};
use rooh_floor::{EndReason, Input, RecognizerTurn};
use tokio::time::timeout;

use super::answer::{Opener, Piece};
use super::clause::Splitter;
use super::line::{Fate, Line, Told};
use super::listen::LAST_WORDS;
use super::mind::{Mind, MindEvent, Source};
use super::task::{Closing, Say, Task};
use super::turn::{Turn, put_right};
use super::understood::Settled;
use super::utterance::{Kind, Voice};
use crate::event::{EventKind, SessionEnd, SessionState};
use crate::llm::Message;
use crate::options::Options;
use crate::provider::Kind as ProviderKind;
use crate::realtime::{RealtimeEvent, RealtimeRequest};
use crate::stream::{Feed, inlet};
use crate::stt::{SttEvent, Transcript};
use crate::{Error, ErrorKind, Result};

/// How many pieces of an answer wait for its mind, which reads them at once unless a hook is asked.
const PIECES: usize = 64;
/// How long words wait for the rest of their clause: what is spoken meanwhile is to be known if it
/// is cut off. About a word.
const REST: Duration = Duration::from_millis(300);

impl Mind {
    /// Has the model answer, and passes on what it says: hooks see its tool calls, and cannot
    /// change what was spoken already.
    pub(super) async fn relay(&mut self, opener: Opener) -> Result<()> {
        let (feed, mut pieces) = inlet(PIECES);
        self.out.emit(MindEvent::Ask(opener, feed)).await;
        let mut splitter = Splitter::default();
        let mut calls = Vec::new();
        loop {
            let wait = if splitter.len() == 0 { Duration::MAX } else { REST };
            let piece = match timeout(wait, pieces.next()).await {
                Ok(piece) => piece,
                Err(_) => {
                    if let Some(rest) = splitter.take_words() {
                        self.out.emit(MindEvent::Clause(rest)).await;
                    }
                    continue;
                }
            };
            if let Some(Piece::Text(text)) = &piece {
                if std::mem::take(&mut self.first) {
                    self.out.emit(MindEvent::FirstText).await;
                }
                splitter.push(text);
                self.said += text.chars().count();
                if self.said > self.job.parts.settings.longest_reply {
                    self.out.emit(MindEvent::Enough).await;
                }
            }
            while let Some(clause) = splitter.next() {
                self.out.emit(MindEvent::Clause(clause)).await;
            }
            if matches!(piece, Some(Piece::Again)) {
                splitter = Splitter::default();
            }
            if !matches!(piece, Some(Piece::Text(_)))
                && let Some(rest) = splitter.finish()
            {
                self.out.emit(MindEvent::Clause(rest)).await;
            }
            match piece {
                Some(Piece::Again) => self.out.emit(MindEvent::Again).await,
                Some(Piece::Call(call)) => drop(self.call(&mut calls, call).await?),
                Some(Piece::Failed(error)) => return Err(error),
                Some(Piece::Text(_)) => {}
                None => return Ok(()),
            }
        }
    }
}

impl Task {
    /// Connects to the model, if the session has one that is all in one.
    pub(super) fn connect_line(&mut self) {
        if self.line.is_none() {
            return;
        }
        let now = self.now();
        let mut messages = self.history.clone();
        // What the agent is saying was said, as far as a model has to know that goes on with it.
        if let Some(utterance) = self.utterance.as_ref().filter(|utterance| utterance.is_relayed) {
            messages.extend(utterance.messages(utterance.text().len(), false));
        }
        let request = RealtimeRequest {
            messages,
            options: Options::new(),
            session: self.id.clone(),
            system_prompt: self.parts.settings.system_prompt.to_string(),
            tools: self.parts.tools.iter().map(|tool| tool.spec()).collect(),
            trace: self.trace.clone(),
            ..RealtimeRequest::default()
        };
        let user_has_turn = self.floor.user_has_turn();
        if let Some(line) = &mut self.line {
            line.connect(request, user_has_turn, now);
        }
    }

    /// Gives the model what the user's line carries.
    pub(super) fn line_hears(&mut self, frame: &AudioFrame) {
        let Some(line) = &mut self.line else { return };
        let frame = self.ears.for_stt(frame, line.format());
        if !frame.is_empty() {
            line.hear(frame);
        }
    }

    /// The user begins, or goes on.
    pub(super) fn line_turn_began(&mut self) {
        if let Some(line) = &mut self.line {
            line.start_turn();
        }
    }

    /// What the user said is not to be answered.
    pub(super) fn line_turn_dropped(&mut self) {
        if let Some(line) = &mut self.line {
            line.drop_turn();
        }
    }

    /// Whether a turn is answered although none of its words is known: the model hears more.
    pub(super) fn answers_without_words(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.hears_more_than_words())
    }

    /// The turn is over; what it is called in the history may have to be put right later.
    pub(super) fn line_turn_ended(&mut self, turn: &Turn, closing: &Closing) {
        let now = self.now();
        let Some(line) = &mut self.line else { return };
        line.ended_by_hand = matches!(closing.reason, EndReason::Manual | EndReason::TooLong);
        line.understood.close(turn.latest(), turn.has_partial(), now + LAST_WORDS);
    }

    /// The answer of the model was taken back: the turn goes on.
    pub(super) fn line_taken_back(&mut self, heard: Duration) {
        if let Some(line) = &mut self.line {
            line.understood.reopen();
            line.cut(heard, true);
        }
    }

    /// A model that speaks whenever it likes is not asked: the turn stands in the history.
    pub(super) fn answers_by_itself(&mut self) -> bool {
        if !self.line.as_ref().is_some_and(Line::is_duplex) {
            return false;
        }
        self.idle_since = self.now();
        let speaks = self.utterance.as_ref().is_some_and(|utterance| utterance.audible);
        self.set_state(if speaks { SessionState::Speaking } else { SessionState::Listening });
        self.tell_floor(Input::AgentFinished);
        true
    }

    /// Whether what is said leaves the floor to the user, as a model does that listens all the time.
    pub(super) fn shares_the_floor(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_duplex)
            && self.utterance.as_ref().is_some_and(|utterance| utterance.is_relayed)
    }

    /// Asks the model for what the utterance says; its voice is the model's.
    pub(super) fn ask_line(&mut self, opener: Opener, mind: Feed<Piece>) {
        let now = self.now();
        let (Some(line), Some(utterance)) = (&mut self.line, &mut self.utterance) else { return };
        utterance.asked(now);
        let events = line.ask(opener, mind, now);
        utterance.voice = Some(Voice { feed: None, events: Some(events) });
        utterance.voiced_ahead = usize::MAX;
        utterance.is_relayed = true;
    }

    /// The model has said more than an answer may hold.
    pub(super) fn line_has_said_enough(&mut self) {
        if let Some(line) = &mut self.line {
            line.stop();
        }
    }

    /// The answer of the model was cut off, after so much of it was heard.
    pub(super) fn line_cut(&mut self, heard: Duration) {
        if let Some(line) = &mut self.line {
            line.cut(heard, false);
        }
    }

    pub(super) fn line_told(&mut self, event: Option<Result<RealtimeEvent>>) {
        let now = self.now();
        let Some(line) = &mut self.line else { return };
        let told = match event {
            Some(Ok(event)) => line.take(event, now),
            Some(Err(error)) => return self.line_broke(error),
            None => return self.line_broke(Error::new(ErrorKind::Unexpected, "the model hung up")),
        };
        match told {
            None => {}
            Some(Told::Answers) => self.tell_floor(Input::Recognizer(RecognizerTurn::Likely)),
            Some(Told::GoesOn) => self.tell_floor(Input::Recognizer(RecognizerTurn::Open)),
            Some(Told::Used(usage)) => self.emit(EventKind::Used(usage)),
            Some(Told::Partial(text)) => {
                let is_open = self.floor.user_has_turn();
                let words = self.line.as_mut().and_then(|line| line.understood.partial(&text, is_open));
                if let Some(words) = words {
                    self.understood(SttEvent::Partial(Transcript::text(words)));
                }
            }
            Some(Told::Final(text)) => {
                let is_open = self.floor.user_has_turn();
                let words = self.line.as_mut().map(|line| line.understood.take(&text, is_open, now));
                for words in words.unwrap_or_default() {
                    self.understood(SttEvent::Final(Transcript::text(words)));
                }
            }
        }
    }

    /// Takes final words of a turn that was closed before they came; returns whether they are.
    pub(super) fn takes_late_words(&mut self, text: &str) -> bool {
        let Some(line) = &mut self.line else { return false };
        let text = text.trim();
        match line.understood.settled() {
            Settled::Open => return false,
            Settled::Kept(known) => {
                if !line.understood.begins_anew() {
                    // All that was said since then is among them.
                    self.turn.set_partial(String::new());
                }
                self.turn.put_right(&known, text);
                if self.floor.user_has_turn() {
                    self.weigh_words();
                }
            }
            Settled::Closed(known) => {
                let turn = self.history.iter_mut().rev().find_map(|message| match message {
                    Message::User(turn) => Some(turn),
                    _ => None,
                });
                if let Some(turn) = turn {
                    put_right(turn, &known, text);
                }
            }
        }
        if !text.is_empty() {
            self.emit(EventKind::UserFinal(text.to_owned()));
        }
        true
    }

    fn line_broke(&mut self, error: Error) {
        let now = self.now();
        let Some(line) = &mut self.line else { return };
        let (fate, is_cut_short) = line.broke(&error, now);
        self.failed(error, Some(ProviderKind::Realtime));
        if is_cut_short && let Some(utterance) = &mut self.utterance {
            utterance.breaks_off();
        }
        if fate == Fate::Again {
            return;
        }
        let apology = self.parts.settings.apology.clone();
        if self.tts.is_none() || apology.is_empty() {
            return self.end(SessionEnd::Failed);
        }
        // An answer that is still owed is apologized for in its place.
        if self.utterance.as_ref().is_none_or(|utterance| utterance.audible) {
            self.says.push_back(Say { text: apology, interruptible: false });
        }
        self.ending = true;
    }

    /// Why the session ends once all was said.
    pub(super) fn why_ending(&self) -> SessionEnd {
        match &self.line {
            Some(line) if line.has_given_up => SessionEnd::Failed,
            _ => SessionEnd::AgentEnded,
        }
    }

    pub(super) fn advance_line(&mut self, now: SessionTime) {
        let limit = self.parts.settings.patience_with_providers;
        let Some(line) = &mut self.line else { return };
        line.advance(now, limit);
        self.lost += line.take_lost();
        if line.is_due(now) {
            self.connect_line();
        }
        let Some(line) = &self.line else { return };
        let (is_duplex, has_unasked) = (line.is_duplex(), line.has_unasked());
        let is_free = self.utterance.is_none() && self.cut_off.is_none() && self.closing.is_none();
        if has_unasked && is_free && (is_duplex || !self.floor.user_has_turn()) {
            let utterance = self.utter(Kind::Unasked, Source::Unasked, !is_duplex);
            self.utterance = Some(utterance);
            if !is_duplex {
                self.tell_floor(Input::AgentPreparing);
            }
        }
    }

    pub(super) fn line_deadline(&self) -> Option<SessionTime> {
        self.line.as_ref().and_then(|line| line.deadline(self.parts.settings.patience_with_providers))
    }
}
