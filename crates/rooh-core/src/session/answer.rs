//! One answer of a speech-to-speech model: its replies, and what of them waits to be heard.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};

use crate::llm::ToolCall;
use crate::stream::{Events, Feed, inlet};
use crate::tts::{Spoken, TtsEvent};
use crate::{Error, ErrorKind};

/// How much the voice of an answer is given ahead; the rest waits here, where it can be dropped.
const AHEAD: usize = 4;
/// How often a model may call tools before it has to answer; more is a loop.
const MOST_ROUNDS: usize = 8;

/// What an answer begins with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Opener {
    /// The model opens the conversation.
    Begin,
    /// The model is asked to say this.
    Say(String),
    /// The user's turn is over, and held these words as far as they are known.
    Turn(String),
    /// The model has begun by itself.
    Unasked,
}

/// What the mind of an answer reads.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// What was said so far comes to nothing: it is said anew.
    Again,
    /// A tool is to be called.
    Call(ToolCall),
    /// There will be no answer.
    Failed(Error),
    /// The next piece of what is said.
    Text(String),
}

/// One reply of the model within an answer.
#[derive(Debug)]
struct Part {
    reply: u64,
    audio: Duration,
    is_finished: bool,
}

/// What is said in one turn of the agent: a reply, and one more for each round of tools.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) opener: Opener,
    parts: Vec<Part>,
    /// The next reply has not begun.
    awaits: bool,
    /// The calls whose results are still to come.
    calls: Vec<String>,
    has_called: bool,
    rounds: usize,
    pieces: VecDeque<Piece>,
    sound: VecDeque<TtsEvent>,
    /// How much of the sound waits.
    waiting: Duration,
    /// Where it goes; nowhere, while it is not known whether it is wanted.
    mind: Option<Feed<Piece>>,
    voice: Option<Feed<TtsEvent>>,
    /// When the model last gave something of it.
    pub(super) progress: SessionTime,
}

impl Answer {
    /// An answer that is asked for.
    pub(super) fn asked(opener: Opener, now: SessionTime) -> Self {
        Self {
            opener,
            parts: Vec::new(),
            awaits: true,
            calls: Vec::new(),
            has_called: false,
            rounds: 0,
            pieces: VecDeque::new(),
            sound: VecDeque::new(),
            waiting: Duration::ZERO,
            mind: None,
            voice: None,
            progress: now,
        }
    }

    /// An answer that the model has begun by itself.
    pub(super) fn unasked(reply: u64, now: SessionTime) -> Self {
        let mut answer = Self::asked(Opener::Unasked, now);
        answer.begin(reply);
        answer
    }

    /// Lets it be heard: its words and calls go to `mind`; returns its voice.
    pub(super) fn release(&mut self, mind: Feed<Piece>, now: SessionTime) -> Events<TtsEvent> {
        let (voice, mut sound) = inlet(AHEAD);
        self.mind = Some(mind);
        self.voice = Some(voice);
        self.progress = now;
        self.pump();
        Events::new(move |mut out| async move {
            while let Some(event) = sound.next().await {
                out.emit(event).await;
            }
            Ok(())
        })
    }

    /// Its next reply begins.
    pub(super) fn begin(&mut self, reply: u64) {
        self.awaits = false;
        self.parts.push(Part { reply, audio: Duration::ZERO, is_finished: false });
    }

    pub(super) fn take_text(&mut self, text: String) {
        self.pieces.push_back(Piece::Text(text));
    }

    pub(super) fn take_sound(&mut self, frame: AudioFrame) {
        let length = frame.duration();
        if let Some(part) = self.parts.last_mut() {
            part.audio += length;
        }
        self.waiting += length;
        self.sound.push_back(TtsEvent::Audio(frame));
    }

    pub(super) fn take_call(&mut self, call: ToolCall) {
        self.awaits = false;
        self.has_called = true;
        self.calls.push(call.id.clone());
        self.pieces.push_back(Piece::Call(call));
    }

    /// Takes in that a tool has returned; returns whether it was called for this answer.
    pub(super) fn take_result(&mut self, id: &str) -> bool {
        let Some(place) = self.calls.iter().position(|call| call == id) else { return false };
        self.calls.remove(place);
        self.end_round();
        true
    }

    /// The reply that goes on is over.
    pub(super) fn finish(&mut self) {
        let audio = self.parts.iter().map(|part| part.audio).sum();
        if let Some(part) = self.parts.last_mut().filter(|part| !part.is_finished) {
            part.is_finished = true;
            // All the text is there, and how long it takes: between them words are spread evenly.
            self.sound.push_front(TtsEvent::Spoken(Spoken { text: usize::MAX, audio }));
            self.end_round();
        }
    }

    /// Waits for what the model says to the results of tools, once all are there.
    fn end_round(&mut self) {
        if self.goes_on().is_none() && self.calls.is_empty() && std::mem::take(&mut self.has_called) {
            self.rounds += 1;
            self.awaits = true;
            if self.rounds > MOST_ROUNDS {
                let error = Error::new(ErrorKind::Unexpected, "the model keeps calling tools");
                self.fail(error.with("rounds", MOST_ROUNDS));
            }
        }
    }

    /// No more of it is wanted.
    pub(super) fn stop(&mut self) {
        self.break_off();
        self.awaits = false;
        self.calls.clear();
    }

    /// There will be no more of it.
    pub(super) fn fail(&mut self, error: Error) {
        self.stop();
        self.pieces.push_back(Piece::Failed(error));
    }

    /// The reply that goes on will not be finished.
    fn break_off(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.is_finished = true;
        }
    }

    /// The connection broke, and another will be there soon; returns whether a reply is lost.
    pub(super) fn lose(&mut self) -> bool {
        let is_unheard = self.parts.iter().all(|part| part.audio.is_zero());
        if is_unheard && self.calls.is_empty() && !self.has_called && self.opener != Opener::Unasked {
            // It can be asked for again.
            self.parts.clear();
            self.pieces.clear();
            self.pieces.push_back(Piece::Again);
            self.awaits = true;
            return false;
        }
        let is_lost = self.goes_on().is_some();
        self.break_off();
        self.end_round();
        is_lost
    }

    /// Hands on what there is room for, and lets go of what is over.
    pub(super) fn pump(&mut self) {
        let is_complete = self.is_complete();
        if let Some(mind) = &self.mind {
            while let Some(piece) = self.pieces.pop_front() {
                if let Err(piece) = mind.try_send(piece) {
                    self.pieces.push_front(piece);
                    break;
                }
            }
            if is_complete && self.pieces.is_empty() {
                self.mind = None;
            }
        }
        if let Some(voice) = &self.voice {
            while let Some(event) = self.sound.pop_front() {
                let length = match &event {
                    TtsEvent::Audio(frame) => frame.duration(),
                    _ => Duration::ZERO,
                };
                if let Err(event) = voice.try_send(event) {
                    self.sound.push_front(event);
                    break;
                }
                self.waiting = self.waiting.saturating_sub(length);
            }
            if is_complete && self.sound.is_empty() {
                self.voice = None;
            }
        }
    }

    /// Nothing more comes of it.
    pub(super) fn is_complete(&self) -> bool {
        !self.awaits && self.calls.is_empty() && self.goes_on().is_none()
    }

    /// The next reply of it is still to begin.
    pub(super) fn awaits(&self) -> bool {
        self.awaits
    }

    /// The reply that the model is at.
    pub(super) fn goes_on(&self) -> Option<u64> {
        self.parts.last().filter(|part| !part.is_finished).map(|part| part.reply)
    }

    /// Tools run for it.
    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// How much of its sound waits.
    pub(super) fn waiting(&self) -> Duration {
        self.waiting
    }

    /// Its replies of which something was not heard, each with how much was, when so much of all of
    /// it was.
    pub(super) fn unheard(&self, heard: Duration) -> impl Iterator<Item = (u64, Duration)> {
        let mut rest = heard;
        self.parts.iter().filter_map(move |Part { reply, audio, is_finished }| {
            let heard = rest;
            rest = rest.saturating_sub(*audio);
            (!is_finished || heard < *audio).then_some((*reply, heard.min(*audio)))
        })
    }
}
