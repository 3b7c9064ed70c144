//! One thing that the agent says: from the mind over the voice to what was heard of it.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::SessionTime;

use super::eager::Prepared;
use super::filler::Waiting;
use super::ledger;
use super::mind::{MindEvent, ToolOutcome};
use crate::event::TurnTiming;
use crate::hook::UserTurn;
use crate::llm::{Message, ToolCall};
use crate::stream::{Events, Feed};
use crate::tts::{Spoken, TtsEvent};

/// Why the agent says something.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A short word while the user thinks; it leaves no trace in the history.
    Filler,
    /// Something the application or the agent itself wants said.
    Say,
    /// The answer to what the user said.
    Reply(UserTurn),
    /// What a speech-to-speech model says by itself.
    Unasked,
}

/// One thing that the agent says.
pub(super) struct Utterance {
    pub(super) generation: u64,
    pub(super) kind: Kind,
    pub(super) interruptible: bool,
    /// Until the mind has said all it has to say.
    pub(super) mind: Option<Events<MindEvent>>,
    pub(super) results: Option<Feed<ToolOutcome>>,
    /// Clauses that the voice has not taken yet.
    pub(super) clauses: VecDeque<String>,
    pub(super) voice: Option<Voice>,
    /// All clauses joined.
    text: String,
    rounds: Vec<Round>,
    marks: Vec<Spoken>,
    pub(super) audible: bool,
    /// While it is not certain that it will be said.
    pub(super) prepared: Option<Prepared>,
    /// How many clauses the voice was given before they were told.
    pub(super) voiced_ahead: usize,
    /// A speech-to-speech model says it.
    pub(super) is_relayed: bool,
    pub(super) timing: Marks,
    /// What it waits for, and what is said meanwhile.
    pub(super) waiting: Waiting,
    /// When the voice last gave something; a voice that stalls is not waited for.
    pub(super) progress: SessionTime,
    /// Whether the first sound, and the last, were told of.
    pub(super) started_told: bool,
    pub(super) end_told: bool,
    /// The voice broke off: not all of the text has audio.
    broken: bool,
}

/// The stream of a voice and where its text goes in.
pub(super) struct Voice {
    pub(super) feed: Option<Feed<String>>,
    /// Until the voice has spoken all it was given.
    pub(super) events: Option<Events<TtsEvent>>,
}

/// What the model said before it called tools.
#[derive(Debug, Default)]
struct Round {
    /// Where in the text it ends.
    end: usize,
    calls: Vec<ToolCall>,
    outcomes: Vec<ToolOutcome>,
}

/// When the parts of a turn were done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) speech_end: Option<SessionTime>,
    pub(super) turn_end: Option<SessionTime>,
    pub(super) words: Option<SessionTime>,
    pub(super) asked: Option<SessionTime>,
    pub(super) first_text: Option<SessionTime>,
    pub(super) first_clause: Option<SessionTime>,
    pub(super) first_audio: Option<SessionTime>,
}

impl Marks {
    /// The parts, given when the first sound was heard; a part that was skipped took no time.
    pub(super) fn timing(&self, generation: u64, heard: SessionTime) -> Option<TurnTiming> {
        let mut last = self.speech_end?;
        let mut part = |mark: Option<SessionTime>| {
            let mark = mark.map_or(last, |mark| mark.max(last)).min(heard.max(last));
            mark.since(std::mem::replace(&mut last, mark))
        };
        Some(TurnTiming {
            generation,
            endpointing: part(self.turn_end),
            stt: part(self.words),
            hooks: part(self.asked),
            llm: part(self.first_text),
            clause: part(self.first_clause),
            tts: part(self.first_audio),
            playout: part(Some(heard)),
        })
    }
}

impl Utterance {
    pub(super) fn new(generation: u64, kind: Kind, interruptible: bool, now: SessionTime) -> Self {
        Self {
            generation,
            kind,
            interruptible,
            mind: None,
            results: None,
            clauses: VecDeque::new(),
            voice: None,
            text: String::new(),
            rounds: vec![Round::default()],
            marks: Vec::new(),
            audible: false,
            prepared: None,
            voiced_ahead: 0,
            is_relayed: false,
            timing: Marks::default(),
            waiting: Waiting::default(),
            progress: now,
            started_told: false,
            end_told: false,
            broken: false,
        }
    }

    /// The model is asked.
    pub(super) fn asked(&mut self, now: SessionTime) {
        if self.timing.asked.is_none() {
            self.timing.asked = Some(now);
            self.waiting.asked(now);
        }
    }

    /// The voice has spoken all it was given.
    pub(super) fn voice_ended(&mut self) {
        if let Some(voice) = &mut self.voice {
            self.broken |= voice.feed.is_some();
            voice.events = None;
            voice.feed = None;
        }
    }

    /// The voice broke; what waits for it will not be spoken.
    pub(super) fn voice_failed(&mut self) {
        self.broken = true;
        self.mind = None;
        self.results = None;
        self.clauses.clear();
        self.waiting.stop();
        self.voice_ended();
    }

    /// None of it was heard, and other words come.
    pub(super) fn forget_text(&mut self) {
        self.text.clear();
        self.rounds = vec![Round::default()];
    }

    /// Not all of the text will have audio.
    pub(super) fn breaks_off(&mut self) {
        self.broken = true;
    }

    /// The model says nothing more of what it was to say; returns whether one was to.
    ///
    /// If nothing of it is there, another voice may say something in its place.
    pub(super) fn take_voice_back(&mut self) -> bool {
        if self.is_relayed && self.text.is_empty() && self.timing.first_audio.is_none() {
            self.voice = None;
            self.voiced_ahead = 0;
        }
        self.is_relayed
    }

    /// Nothing more comes, from the mind or the voice.
    pub(super) fn stop(&mut self) {
        self.broken |= !self.is_said();
        self.mind = None;
        self.results = None;
        self.clauses.clear();
        self.waiting.stop();
        self.voice = None;
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn add_clause(&mut self, clause: &str) {
        self.text.push_str(clause);
        self.last_round().end = self.text.len();
    }

    pub(super) fn add_mark(&mut self, mark: Spoken) {
        let last = self.marks.last().copied().unwrap_or(Spoken { text: 0, audio: Duration::ZERO });
        let mark = Spoken {
            text: mark.text.clamp(last.text, self.text.len().max(last.text)),
            audio: mark.audio.max(last.audio),
        };
        self.marks.push(mark);
    }

    pub(super) fn add_call(&mut self, call: ToolCall) {
        // What the model says after it has seen results is another round.
        let last = self.last_round();
        if !last.outcomes.is_empty() && last.outcomes.len() == last.calls.len() {
            self.rounds.push(Round { end: self.text.len(), ..Round::default() });
        }
        self.last_round().calls.push(call);
    }

    pub(super) fn add_outcome(&mut self, outcome: ToolOutcome) {
        let round = self.rounds.iter_mut().find(|round| round.calls.iter().any(|call| call.id == outcome.id));
        if let Some(round) = round {
            round.outcomes.push(outcome);
        }
    }

    /// After tools have answered, text belongs to another round.
    pub(super) fn next_round(&mut self) {
        let last = self.last_round();
        if !last.calls.is_empty() && last.outcomes.len() == last.calls.len() {
            self.rounds.push(Round { end: self.text.len(), ..Round::default() });
        }
    }

    fn last_round(&mut self) -> &mut Round {
        self.rounds.last_mut().expect("there is always a round")
    }

    /// Whether a tool was called: then something happened that cannot be taken back.
    pub(super) fn has_called(&self) -> bool {
        self.rounds.iter().any(|round| !round.calls.is_empty())
    }

    /// Whether nothing more will be said.
    pub(super) fn is_said(&self) -> bool {
        self.mind.is_none()
            && self.clauses.is_empty()
            && !self.waiting.is_making()
            && self.voice.as_ref().is_none_or(|voice| voice.events.is_none())
    }

    /// How much of the text was heard when `played` of `audio` was.
    pub(super) fn heard(&self, audio: Duration, played: Duration) -> usize {
        let complete = self.is_said() && !self.broken;
        ledger::heard(&self.text, &self.marks, audio, complete, played)
    }

    /// What goes into the history when the first `heard` bytes of the text were heard.
    pub(super) fn messages(&self, heard: usize, interrupted: bool) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut start = 0;
        for round in &self.rounds {
            let end = round.end.min(heard).max(start);
            let text = self.text[start..end].trim().to_owned();
            start = end;
            if text.is_empty() && round.calls.is_empty() {
                continue;
            }
            let interrupted = interrupted && end == heard && (heard < self.text.len() || self.broken);
            messages.push(Message::Assistant { text, calls: round.calls.clone(), interrupted });
            for call in &round.calls {
                let outcome = round.outcomes.iter().find(|outcome| outcome.id == call.id);
                messages.push(match outcome {
                    Some(outcome) => Message::ToolResult {
                        id: call.id.clone(),
                        name: call.name.clone(),
                        output: outcome.output.clone(),
                        failed: outcome.failed,
                    },
                    // Vendors refuse a call without a result.
                    None => Message::ToolResult {
                        id: call.id.clone(),
                        name: call.name.clone(),
                        output: serde_json::json!({ "error": "not finished: the user took the floor" }),
                        failed: true,
                    },
                });
            }
        }
        if interrupted && messages.is_empty() && !self.text.is_empty() {
            messages.push(Message::Assistant { text: String::new(), calls: Vec::new(), interrupted: true });
        }
        messages
    }
}
