//! The line to a speech-to-speech model: what it is told, and to which answer belongs what it says.
//!
//! Everything here is told the time and waits for nothing. What comes from the model is kept until
//! the player wants it, because behind the audio stand words that decide whether it is wanted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime, energy, energy_db};
use serde_json::Value;

use super::answer::{Answer, Opener, Piece};
use super::understood::Understood;
use crate::llm::{Message, ToolCall, Usage};
use crate::options::Options;
use crate::realtime::{
    RealtimeCapabilities, RealtimeEvent, RealtimeInput, RealtimeProvider, RealtimeRequest, RealtimeShape,
    UserWords,
};
use crate::stream::{Events, Feed, inlet};
use crate::tts::TtsEvent;
use crate::{Error, ErrorKind, Result};

/// How many inputs wait for a model before the oldest audio is lost: 30 s of 20 ms frames.
const WAITING: usize = 1500;
/// How much of the time before a turn began goes to the model with it: the onset of a word, which
/// no detector notices at once. The same as OpenAI's `prefix_padding_ms` where its server detects.
const ONSET: Duration = Duration::from_millis(300);
/// How much audio of an answer may wait to be played before the model is not read any more.
///
/// Longer than anybody listens to without a word, 6 MB at 24 kHz. Until then the model is read on,
/// because what the user says over the answer comes behind it.
const LONGEST: Duration = Duration::from_secs(120);
/// How often in a row a connection may fail: with the waits below, three seconds of silence.
const ATTEMPTS: u32 = 5;
/// The wait before the first new connection; each further one is twice as long.
const RECONNECT: Duration = Duration::from_millis(100);
/// After so much silence, what a model says that speaks at all times is over.
///
/// Longer than the pauses between sentences that are read aloud.
const LULL: Duration = Duration::from_millis(800);
/// What is quieter than this, in decibels of full scale, is nothing said.
const SILENCE: f32 = -50.0;

/// What the session has to know of what the model said.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// It began to answer, while the user's turn is open.
    Answers,
    /// It hears that the user goes on.
    GoesOn,
    Used(Usage),
    Final(String),
    Partial(String),
}

/// What becomes of a line that broke.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// It is connected again, soon.
    Again,
    /// It has failed too often, or in a way that does not pass.
    Over,
}

/// What is known of a model that judges turns itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Hearing {
    /// It hears the user.
    User,
    /// It has heard the user out, or was asked, and is going to reply.
    Out,
    /// Neither.
    Nothing,
}

struct Connection {
    feed: Feed<RealtimeInput>,
    events: Events<RealtimeEvent>,
    /// It took up an earlier one, and has not said anything yet.
    is_resuming: bool,
}

/// The line to a speech-to-speech model.
pub(super) struct Line {
    provider: Arc<dyn RealtimeProvider>,
    capabilities: RealtimeCapabilities,
    floor_judges: bool,
    connection: Option<Connection>,
    /// When to connect again, and how often that was tried in a row.
    again: Option<SessionTime>,
    attempts: u32,
    resume: Option<String>,
    used: Usage,
    /// A turn of the user is open, as far as the model knows.
    is_open: bool,
    /// What was heard just now, while no turn is open.
    onset: VecDeque<AudioFrame>,
    /// Something in the turn was written.
    was_written: bool,
    /// The turn was not ended by a pause, and the model may not know.
    pub(super) ended_by_hand: bool,
    /// What is said now, or was said last.
    answer: Option<Answer>,
    /// What the model began by itself, and nobody has heard.
    held: Option<Answer>,
    /// Replies that were asked for and are not wanted any more, before they have begun.
    unwanted: usize,
    hearing: Hearing,
    /// Nothing that the model begins by itself is wanted before the user speaks again.
    refuses: bool,
    pub(super) understood: Understood,
    /// What tools have returned while the line was down.
    results: Vec<(String, Value)>,
    /// How long a model that speaks at all times has been silent.
    lull: Duration,
    /// How much of the user's audio was lost.
    lost: Duration,
    pub(super) has_given_up: bool,
}

impl Line {
    pub(super) fn new(provider: Arc<dyn RealtimeProvider>) -> Self {
        let capabilities = provider.capabilities();
        let floor_judges = match capabilities.shape {
            RealtimeShape::TurnBased(shape) => shape.can_disable_turn_detection,
            RealtimeShape::Duplex => false,
        };
        Self {
            provider,
            capabilities,
            floor_judges,
            connection: None,
            again: None,
            attempts: 0,
            resume: None,
            used: Usage::default(),
            is_open: false,
            onset: VecDeque::new(),
            was_written: false,
            ended_by_hand: false,
            answer: None,
            held: None,
            unwanted: 0,
            hearing: Hearing::Nothing,
            refuses: false,
            understood: Understood::new(capabilities.words, floor_judges),
            results: Vec::new(),
            lull: Duration::ZERO,
            lost: Duration::ZERO,
            has_given_up: false,
        }
    }

    /// The format in which it is to be given the user's audio.
    pub(super) fn format(&self) -> AudioFormat {
        self.capabilities.input
    }

    pub(super) fn words(&self) -> UserWords {
        self.capabilities.words
    }

    /// Whether both sides speak whenever they like.
    pub(super) fn is_duplex(&self) -> bool {
        self.capabilities.shape == RealtimeShape::Duplex
    }

    /// Whether a turn may be one although none of its words is known.
    pub(super) fn hears_more_than_words(&self) -> bool {
        let has_heard = self.hearing != Hearing::Nothing || self.held.is_some();
        let may_have_heard = self.floor_judges || has_heard;
        !self.is_duplex() && self.words() != UserWords::AsSpoken && may_have_heard
    }

    /// Connects, and takes up what was broken off; the user may be speaking.
    pub(super) fn connect(&mut self, request: RealtimeRequest, user_has_turn: bool, now: SessionTime) {
        let (feed, input) = inlet(WAITING);
        let is_resuming = self.resume.is_some();
        let knows_turn = match request.messages.last() {
            Some(Message::User(text)) => is_resuming || !text.is_empty(),
            _ => true,
        };
        let request =
            RealtimeRequest { floor_judges_turns: self.floor_judges, resume: self.resume.clone(), ..request };
        let events = self.provider.converse(request, input);
        self.connection = Some(Connection { feed, events, is_resuming });
        self.again = None;
        self.used = Usage::default();
        self.is_open = false;
        self.hearing = Hearing::Nothing;
        self.understood.begin();
        self.unwanted = 0;
        self.go_on(knows_turn, is_resuming, now);
        if user_has_turn {
            self.start_turn();
        }
    }

    /// Takes up what was broken off.
    fn go_on(&mut self, knows_turn: bool, is_resuming: bool, now: SessionTime) {
        let results = std::mem::take(&mut self.results);
        let Some(answer) = &mut self.answer else { return };
        answer.progress = now;
        let (awaits, opener) = (answer.awaits(), answer.opener.clone());
        if is_resuming && !results.is_empty() {
            for (id, output) in results {
                self.put(RealtimeInput::ToolResult { id, output });
            }
        } else if awaits && !knows_turn {
            let message = "the connection broke, and what the user said is not known";
            answer.fail(Error::new(ErrorKind::Network, message));
        } else if awaits {
            match opener {
                Opener::Say(text) => self.put(RealtimeInput::Text(request_to_say(&text))),
                _ => {
                    self.put(RealtimeInput::EndTurn);
                    self.hearing = Hearing::Out;
                }
            }
        }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent>>> {
        let is_full = [&self.answer, &self.held].into_iter().flatten().any(|a| a.waiting() >= LONGEST);
        match &mut self.connection {
            Some(connection) if !is_full => connection.events.poll_next_unpin(cx),
            _ => Poll::Pending,
        }
    }

    /// Tells the model something; what is told to a line that is down, a new connection makes up for.
    fn put(&mut self, input: RealtimeInput) {
        let Some(Connection { feed, .. }) = &self.connection else { return };
        match feed.push(input) {
            Some(RealtimeInput::Audio(frame)) => self.lost += frame.duration(),
            Some(control) if !feed.is_closed() => {
                feed.push(control);
            }
            _ => {}
        }
    }

    /// Takes the next stretch of what the user's line carries, in its own format.
    pub(super) fn hear(&mut self, frame: AudioFrame) {
        if self.floor_judges && !self.is_open {
            let mut kept: Duration = self.onset.iter().map(AudioFrame::duration).sum();
            kept += frame.duration();
            self.onset.push_back(frame);
            while kept > ONSET {
                let Some(oldest) = self.onset.pop_front() else { break };
                kept = kept.saturating_sub(oldest.duration());
            }
        } else if self.connection.is_some() {
            self.put(RealtimeInput::Audio(frame));
        } else {
            self.lost += frame.duration();
        }
    }

    /// How much audio was lost since this was last asked.
    pub(super) fn take_lost(&mut self) -> Duration {
        std::mem::take(&mut self.lost)
    }

    /// The user begins, or goes on.
    pub(super) fn start_turn(&mut self) {
        if self.floor_judges && !self.is_open && self.connection.is_some() {
            self.is_open = true;
            self.put(RealtimeInput::StartTurn);
            for frame in std::mem::take(&mut self.onset) {
                self.put(RealtimeInput::Audio(frame));
            }
        }
    }

    /// What the user said is not to be answered.
    pub(super) fn drop_turn(&mut self) {
        self.was_written = false;
        if self.floor_judges {
            if std::mem::take(&mut self.is_open) {
                self.put(RealtimeInput::DropTurn);
            }
        } else if !self.is_duplex() {
            self.refuses = true;
            self.hearing = Hearing::Nothing;
            self.drop_held();
        }
    }

    /// The user wrote something in this turn.
    pub(super) fn written(&mut self) {
        self.was_written = true;
    }

    pub(super) fn reconfigure(&mut self, options: Options) {
        self.put(RealtimeInput::Reconfigure { options, system_prompt: None, tools: None });
    }

    /// Asks for an answer, whose words go to `mind`; returns its voice.
    pub(super) fn ask(&mut self, opener: Opener, mind: Feed<Piece>, now: SessionTime) -> Events<TtsEvent> {
        if self.answer.as_ref().is_some_and(|answer| !answer.is_complete()) {
            // One reply at a time.
            self.cut(Duration::ZERO, true);
        }
        if self.was_written && matches!(opener, Opener::Turn(_)) {
            self.drop_held();
        }
        // What the model has to say in between does not answer the user.
        let answers = matches!(opener, Opener::Turn(_) | Opener::Unasked);
        let mut answer = match self.held.take_if(|_| answers) {
            Some(mut held) => {
                held.opener = opener;
                held
            }
            None => {
                self.open_with(&opener);
                Answer::asked(opener, now)
            }
        };
        self.was_written = false;
        self.ended_by_hand = false;
        self.is_open &= !matches!(answer.opener, Opener::Turn(_));
        if self.has_given_up {
            answer.fail(Error::new(ErrorKind::Network, "the connection to the model is gone"));
        }
        let voice = answer.release(mind, now);
        self.answer = Some(answer);
        voice
    }

    fn open_with(&mut self, opener: &Opener) {
        match opener {
            Opener::Begin => self.put(RealtimeInput::EndTurn),
            Opener::Say(text) => self.put(RealtimeInput::Text(request_to_say(text))),
            Opener::Turn(text) if self.was_written => {
                if std::mem::take(&mut self.is_open) {
                    self.put(RealtimeInput::DropTurn);
                }
                self.put(RealtimeInput::Text(text.clone()));
            }
            Opener::Turn(_) => {
                let answers = match self.hearing {
                    // It answers when it finds that the turn is over.
                    Hearing::User => !self.ended_by_hand,
                    Hearing::Out => true,
                    Hearing::Nothing => false,
                };
                if self.floor_judges || !answers {
                    self.put(RealtimeInput::EndTurn);
                    self.hearing = Hearing::Out;
                }
            }
            Opener::Unasked => {}
        }
    }

    /// The answer was cut off, after so much of it was heard; the turn that it answers may go on.
    pub(super) fn cut(&mut self, heard: Duration, goes_on: bool) {
        let Some(answer) = self.answer.take() else { return };
        if answer.awaits() {
            let judges = !self.floor_judges && !self.is_duplex();
            match answer.opener {
                // The model answers the turn when it is over, or knows by then that it goes on.
                Opener::Turn(_) if judges => self.refuses |= !goes_on,
                _ => self.unwanted += 1,
            }
        }
        self.interrupt(&answer, heard);
    }

    /// The model has said enough: what came by now is all there is.
    pub(super) fn stop(&mut self) {
        let Some(answer) = &mut self.answer else { return };
        let unheard: Vec<_> = answer.unheard(Duration::MAX).collect();
        answer.stop();
        for (reply, heard) in unheard {
            self.put(RealtimeInput::Interrupt { reply, heard });
        }
    }

    fn interrupt(&mut self, answer: &Answer, heard: Duration) {
        for (reply, heard) in answer.unheard(heard) {
            self.put(RealtimeInput::Interrupt { reply, heard });
        }
    }

    fn drop_held(&mut self) {
        if let Some(held) = self.held.take() {
            self.interrupt(&held, Duration::ZERO);
        }
    }

    /// Whether the model has begun to say something that nobody asked for.
    pub(super) fn has_unasked(&self) -> bool {
        self.held.is_some()
    }

    /// A tool has returned.
    pub(super) fn result(&mut self, id: &str, output: &Value) {
        if !self.answer.as_mut().is_some_and(|answer| answer.take_result(id)) {
            return;
        }
        if self.connection.is_some() {
            self.put(RealtimeInput::ToolResult { id: id.to_owned(), output: output.clone() });
        } else {
            self.results.push((id.to_owned(), output.clone()));
        }
    }

    /// Takes in what the model says.
    pub(super) fn take(&mut self, event: RealtimeEvent, now: SessionTime) -> Option<Told> {
        if let Some(connection) = &mut self.connection {
            connection.is_resuming = false;
        }
        let works = matches!(
            event,
            RealtimeEvent::Audio { .. }
                | RealtimeEvent::ReplyFinished { .. }
                | RealtimeEvent::UserFinal(_)
                | RealtimeEvent::UserPartial(_)
        );
        if works {
            self.attempts = 0;
        }
        let judges = !self.floor_judges && !self.is_duplex();
        match event {
            RealtimeEvent::Audio { reply, frame } => self.sound(reply, frame, now),
            RealtimeEvent::ReplyFinished { reply } => {
                if let Some(answer) = self.part(reply, now) {
                    answer.finish();
                }
            }
            RealtimeEvent::ReplyStarted { reply } => {
                self.started(reply, now);
                return (judges && self.held.is_some()).then_some(Told::Answers);
            }
            RealtimeEvent::Resumable(token) => self.resume = Some(token),
            RealtimeEvent::Text { reply, text } => {
                if self.is_duplex() && self.part(reply, now).is_none() {
                    self.started(reply, now);
                }
                if let Some(answer) = self.part(reply, now) {
                    answer.take_text(text);
                }
            }
            RealtimeEvent::ToolCall(call) => self.called(call, now),
            RealtimeEvent::Usage(usage) => {
                let before = std::mem::replace(&mut self.used, usage);
                return Some(Told::Used(Usage {
                    cached: usage.cached.saturating_sub(before.cached),
                    input: usage.input.saturating_sub(before.input),
                    output: usage.output.saturating_sub(before.output),
                }));
            }
            RealtimeEvent::UserFinal(text) => return Some(Told::Final(text)),
            RealtimeEvent::UserPartial(text) => return Some(Told::Partial(text)),
            RealtimeEvent::UserStarted if judges => {
                self.hearing = Hearing::User;
                self.refuses = false;
                self.drop_held();
                return Some(Told::GoesOn);
            }
            RealtimeEvent::UserStopped if self.hearing == Hearing::User => self.hearing = Hearing::Out,
            RealtimeEvent::UserStarted | RealtimeEvent::UserStopped => {}
        }
        None
    }

    /// The answer that this reply belongs to, if it goes on.
    fn part(&mut self, reply: u64, now: SessionTime) -> Option<&mut Answer> {
        let mut answers = [&mut self.answer, &mut self.held].into_iter().flatten();
        let answer = answers.find(|answer| answer.goes_on() == Some(reply))?;
        answer.progress = now;
        Some(answer)
    }

    fn started(&mut self, reply: u64, now: SessionTime) {
        self.lull = Duration::ZERO;
        self.hearing = Hearing::Nothing;
        let is_unwanted = self.unwanted > 0;
        self.unwanted = self.unwanted.saturating_sub(1);
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.awaits() && !is_unwanted) {
            answer.progress = now;
            return answer.begin(reply);
        }
        if is_unwanted || self.floor_judges || self.refuses {
            return self.put(RealtimeInput::Interrupt { reply, heard: Duration::ZERO });
        }
        self.drop_held();
        self.held = Some(Answer::unasked(reply, now));
    }

    fn sound(&mut self, reply: u64, frame: AudioFrame, now: SessionTime) {
        let is_duplex = self.is_duplex();
        let is_silent = energy_db(energy(frame.samples()), frame.samples().len()) < SILENCE;
        if is_duplex && !is_silent && self.part(reply, now).is_none() {
            self.started(reply, now);
        }
        self.lull = if is_silent { self.lull + frame.duration() } else { Duration::ZERO };
        let is_over = is_duplex && self.lull >= LULL;
        let Some(answer) = self.part(reply, now) else { return };
        answer.take_sound(frame);
        if is_over {
            answer.finish();
        }
    }

    fn called(&mut self, call: ToolCall, now: SessionTime) {
        let is_asked = self.answer.as_ref().is_some_and(|a| a.awaits() || a.goes_on().is_some());
        let answer = if is_asked { &mut self.answer } else { &mut self.held };
        // What was called for an answer that nobody wants is not done.
        if let Some(answer) = answer.as_mut().filter(|_| self.unwanted == 0) {
            answer.progress = now;
            answer.take_call(call);
        }
    }

    /// The connection broke; returns what becomes of it, and whether an answer was cut short.
    pub(super) fn broke(&mut self, error: &Error, now: SessionTime) -> (Fate, bool) {
        let was_resuming = self.connection.take().is_some_and(|connection| connection.is_resuming);
        if was_resuming {
            // What it was to take up is gone.
            self.resume = None;
        }
        self.held = None;
        let may_pass = error.is_transient() || error.kind() == ErrorKind::Unexpected || was_resuming;
        let fate = if may_pass && self.attempts < ATTEMPTS { Fate::Again } else { Fate::Over };
        match fate {
            Fate::Again => {
                self.again = Some(now + RECONNECT.saturating_mul(1 << self.attempts));
                self.attempts += 1;
            }
            Fate::Over => self.has_given_up = true,
        }
        let Some(answer) = self.answer.as_mut().filter(|answer| !answer.is_complete()) else {
            return (fate, false);
        };
        let is_lost = answer.lose();
        if fate == Fate::Over && !answer.is_complete() {
            answer.fail(error.clone());
        }
        (fate, is_lost)
    }

    /// When to connect again: a new conversation is told what tools have returned, and so waits
    /// for them.
    fn connects_at(&self) -> Option<SessionTime> {
        let waits = self.resume.is_none() && self.answer.as_ref().is_some_and(Answer::has_calls);
        self.again.filter(|_| !waits)
    }

    /// Whether the time has come to connect again.
    pub(super) fn is_due(&self, now: SessionTime) -> bool {
        self.connects_at().is_some_and(|at| at <= now)
    }

    /// Hands on what there is room for, and does not wait longer than `limit` for the rest.
    pub(super) fn advance(&mut self, now: SessionTime, limit: Duration) {
        if let Some(answer) = self.answer.as_mut().filter(|answer| answer.waiting() >= LONGEST) {
            // It is not read, and so cannot go on.
            answer.progress = now;
        }
        let is_due = self.stalls_at(limit).is_some_and(|at| at <= now);
        let is_duplex = self.is_duplex();
        let Some(answer) = &mut self.answer else { return };
        if is_due && is_duplex && !answer.awaits() {
            answer.finish();
        } else if is_due {
            let error = Error::new(ErrorKind::Timeout, "the model stalled");
            // What was asked for may still come.
            self.unwanted = usize::from(answer.awaits() && self.floor_judges);
            self.stop();
            if let Some(answer) = &mut self.answer {
                answer.fail(error.with("after", format!("{} s", limit.as_secs())));
            }
        }
        if let Some(answer) = &mut self.answer {
            answer.pump();
        }
    }

    fn stalls_at(&self, limit: Duration) -> Option<SessionTime> {
        let answer = self.answer.as_ref().filter(|answer| !answer.has_calls() && !answer.is_complete())?;
        Some(answer.progress + if self.is_duplex() && !answer.awaits() { LULL } else { limit })
    }

    /// When something is to be done, if nothing happens before.
    pub(super) fn deadline(&self, limit: Duration) -> Option<SessionTime> {
        [self.connects_at(), self.stalls_at(limit)].into_iter().flatten().min()
    }
}

/// How a model that takes nothing but turns is asked to say something.
fn request_to_say(text: &str) -> String {
    format!("Say the following to the user, word for word, and nothing else: {text}")
}
