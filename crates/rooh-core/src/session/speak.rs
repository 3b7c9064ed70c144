//! The session as a speaker: replies, pacing, interruption, and what was heard of it all.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::SessionTime;
use rooh_floor::Input;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::mind::{Job, MindEvent, Source, ToolOutcome, think};
use super::task::{Closing, CutOff, Say, Task};
use super::utterance::{Kind, Utterance, Voice};
use crate::event::{EventKind, SessionState};
use crate::expect::Expected;
use crate::hook::UserTurn;
use crate::llm::{Message, ToolCall};
use crate::provider::{Kind as ProviderKind, ProviderFailure};
use crate::stream::inlet;
use crate::transport::Playout;
use crate::tts::{TtsEvent, TtsRequest};
use crate::{Error, ErrorKind, Result};

/// How many clauses a voice is given ahead of what it speaks.
const CLAUSES_AHEAD: usize = 4;
/// How many frames and events may wait for a transport before the session holds audio back.
const BACKLOG: usize = 16;
/// How long a listener may take to say how much was heard of what was cut off.
const CUT_OFF_WAIT: Duration = Duration::from_millis(250);
/// How long a listener may owe the last acknowledgement; one that never sends it is not waited for.
pub(super) const ACKNOWLEDGE_WAIT: Duration = Duration::from_secs(2);
/// The longest result of a tool that the model gets to see, in bytes.
const LONGEST_RESULT: usize = 16 * 1024;

impl Task {
    /// Answers a turn.
    pub(super) fn reply(&mut self, turn: UserTurn, closing: &Closing) {
        let now = self.now();
        let (mut utterance, ahead) = self.answer(turn);
        utterance.timing.speech_end = Some(closing.silent_since);
        utterance.timing.turn_end = Some(closing.at);
        utterance.timing.words = Some(now);
        self.utterance = Some(utterance);
        for event in ahead {
            self.minded(event);
        }
    }

    /// Has the model open the conversation.
    pub(super) fn greet(&mut self) {
        let utterance = self.utter(Kind::Say, Source::Greeting, true);
        self.utterance = Some(utterance);
        self.set_state(SessionState::Processing);
        self.tell_floor(Input::AgentPreparing);
    }

    /// Begins to say the next thing that waits.
    fn say_next(&mut self) {
        let Some(Say { text, interruptible }) = self.says.pop_front() else { return };
        let utterance = self.utter(Kind::Say, Source::Say(text), interruptible);
        self.utterance = Some(utterance);
        self.tell_floor(Input::AgentPreparing);
    }

    pub(super) fn utter(&mut self, kind: Kind, source: Source, interruptible: bool) -> Utterance {
        self.settle_cut_off();
        self.generation += 1;
        let mut utterance = Utterance::new(self.generation, kind, interruptible, self.now());
        self.player.begin(self.generation);
        let (results, outcomes) = inlet(64);
        utterance.results = Some(results);
        utterance.mind = Some(think(Job {
            parts: Arc::clone(&self.parts),
            hooks: Arc::clone(&self.hooks),
            llm: self.llm.clone(),
            context: self.context(),
            source,
            results: outcomes,
            trace: self.trace.clone(),
            relays: self.line.is_some(),
            speaks: self.tts.is_some(),
        }));
        utterance
    }

    /// What remains of a position in the audio of an utterance without the filler before it.
    pub(super) fn of_answer(&self, position: Duration) -> Duration {
        position.saturating_sub(self.player.lead_in())
    }

    pub(super) fn voice_request(&self) -> TtsRequest {
        TtsRequest {
            language: self.parts.settings.language.clone(),
            options: self.voice_options.clone(),
            speed: None,
            trace: self.trace.clone(),
        }
    }

    pub(super) fn minded(&mut self, event: Option<Result<MindEvent>>) {
        let now = self.now();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.progress = now;
        if utterance.is_prepared() {
            return self.minded_ahead(event);
        }
        match event {
            Some(Ok(MindEvent::Again)) => utterance.forget_text(),
            Some(Ok(MindEvent::Answering(name, instead_of))) => {
                self.emit(EventKind::ProviderChosen { provider: ProviderKind::Llm, name, instead_of });
            }
            Some(Ok(MindEvent::ProviderFailed(ProviderFailure { provider: name, error, next }))) => {
                self.emit(EventKind::ProviderFailed { provider: ProviderKind::Llm, name, error, next });
            }
            Some(Ok(MindEvent::Ask(opener, pieces))) => self.ask_line(opener, pieces),
            Some(Ok(MindEvent::Asked)) => utterance.asked(now),
            Some(Ok(MindEvent::FirstText)) => {
                utterance.timing.first_text.get_or_insert(now);
            }
            Some(Ok(MindEvent::Clause(clause))) => self.clause(clause),
            Some(Ok(MindEvent::Expect(expected))) => self.next_expected = expected,
            Some(Ok(MindEvent::Used(usage))) => self.emit(EventKind::Used(usage)),
            Some(Ok(MindEvent::Enough)) => self.line_has_said_enough(),
            Some(Ok(MindEvent::Held)) => self.hold(),
            Some(Ok(MindEvent::Ignored)) => self.line_turn_dropped(),
            Some(Ok(MindEvent::Call(call))) => self.call(call),
            Some(Ok(MindEvent::Outcome(call, outcome))) => {
                utterance.add_call(call.clone());
                utterance.waiting.asked(now);
                self.emit(EventKind::ToolCalled(call));
                self.returned(outcome);
            }
            Some(Err(error)) => {
                utterance.mind = None;
                utterance.results = None;
                let silent = utterance.text().is_empty();
                // A model that is its own voice cannot apologize for itself.
                let speaks = !utterance.take_voice_back() || self.tts.is_some();
                let kind = if self.line.is_some() { ProviderKind::Realtime } else { ProviderKind::Llm };
                self.failed(error, Some(kind));
                // Nobody is left without an answer.
                let apology = self.parts.settings.apology.clone();
                if silent && speaks && !apology.is_empty() {
                    self.clause(apology);
                }
            }
            None => {
                utterance.mind = None;
                utterance.results = None;
                let expected = std::mem::take(&mut self.next_expected);
                self.expect(expected);
            }
        }
    }

    fn clause(&mut self, mut clause: String) {
        let now = self.now();
        let speaks = self.tts.is_some();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.timing.first_clause.get_or_insert(now);
        utterance.next_round();
        // What is said after tools have answered begins a sentence of its own.
        if utterance.text().ends_with(['.', '!', '?']) && !clause.starts_with(char::is_whitespace) {
            clause.insert(0, ' ');
        }
        utterance.add_clause(&clause);
        if utterance.voiced_ahead > 0 {
            utterance.voiced_ahead -= 1;
        } else if speaks {
            utterance.clauses.push_back(clause.clone());
        }
        let generation = utterance.generation;
        self.emit(EventKind::ReplyText { generation, text: clause.trim().to_owned() });
    }

    /// A hook gave the turn back: its words are kept, and what follows joins them.
    fn hold(&mut self) {
        let Some(utterance) = &mut self.utterance else { return };
        let Kind::Reply(turn) = std::mem::replace(&mut utterance.kind, Kind::Filler) else { return };
        self.forget_last_turn();
        // What came since then, if anything did, stands behind it.
        self.turn.hold(turn.text.clone(), turn.held + 1);
        self.next_expected = self.expected.clone();
        self.emit(EventKind::UserTurnHeld { text: turn.text });
    }

    fn forget_last_turn(&mut self) {
        if matches!(self.history.last(), Some(Message::User(_))) {
            self.history.pop();
        }
    }

    /// Calls a tool for the utterance.
    fn call(&mut self, call: ToolCall) {
        let context = self.context();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.add_call(call.clone());
        let generation = utterance.generation;
        self.emit(EventKind::ToolCalled(call.clone()));
        let tool = self.parts.tools.iter().find(|tool| tool.spec().name == call.name).cloned();
        let Some(tool) = tool else {
            let known: Vec<String> = self.parts.tools.iter().map(|tool| tool.spec().name).collect();
            let output = json!({ "error": format!("no tool is named {:?}", call.name), "tools": known });
            self.tool_returned(
                generation,
                ToolOutcome { id: call.id, name: call.name, output, failed: true },
            );
            return;
        };
        self.waits_for_tool(&call.id, &call.name);
        let spec = tool.spec();
        self.tools.start(generation, spec.must_finish, async move {
            let result = timeout(spec.timeout, tool.call(call.arguments, &context)).await;
            let (output, failed) = match result {
                Ok(Ok(output)) => (output, false),
                Ok(Err(error)) => (json!({ "error": error.to_string() }), true),
                Err(_) => {
                    (json!({ "error": format!("took longer than {} s", spec.timeout.as_secs()) }), true)
                }
            };
            ToolOutcome { id: call.id, name: call.name, output: bounded_result(output), failed }
        });
    }

    pub(super) fn tool_returned(&mut self, generation: u64, outcome: ToolOutcome) {
        match &self.utterance {
            Some(utterance) if utterance.generation == generation => {
                if let Some(results) = &utterance.results {
                    // Every result answers a call, and calls are few.
                    let _ = results.try_send(outcome.clone());
                }
                self.returned(outcome);
            }
            // It had to finish after its utterance was cut off: the history learns of it.
            _ => {
                let late = self.history.iter_mut().find_map(|message| match message {
                    Message::ToolResult { id, output, failed, .. } if *id == outcome.id => {
                        Some((output, failed))
                    }
                    _ => None,
                });
                if let Some((output, failed)) = late {
                    *output = outcome.output.clone();
                    *failed = outcome.failed;
                }
                self.emit_returned(outcome);
            }
        }
    }

    fn returned(&mut self, outcome: ToolOutcome) {
        self.waited_for_tool(&outcome.id);
        if let Some(line) = &mut self.line {
            line.result(&outcome.id, &outcome.output);
        }
        if let Some(utterance) = &mut self.utterance {
            utterance.add_outcome(outcome.clone());
        }
        self.emit_returned(outcome);
    }

    fn emit_returned(&mut self, outcome: ToolOutcome) {
        let ToolOutcome { id, name, output, failed } = outcome;
        self.emit(EventKind::ToolReturned { id, name, output, failed });
    }

    pub(super) fn voiced(&mut self, event: Option<Result<TtsEvent>>) {
        let now = self.now();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.progress = now;
        match event {
            Some(Ok(TtsEvent::Audio(frame))) => {
                if utterance.timing.first_audio.is_none() {
                    utterance.timing.first_audio = Some(now);
                    self.learn_from_first_audio(now);
                }
                self.take_voice(frame);
            }
            Some(Ok(TtsEvent::Spoken(mark))) => utterance.add_mark(mark),
            Some(Ok(event)) => self.voices_changed(event),
            Some(Err(error)) => self.voice_failed(error),
            None => {
                if !utterance.waiting.is_making() {
                    self.player.finish();
                }
                utterance.voice_ended();
            }
        }
    }

    /// Tells which of several voices speaks, and which one failed.
    pub(super) fn voices_changed(&mut self, event: TtsEvent) {
        match event {
            TtsEvent::Answering { provider: name, instead_of } => {
                self.emit(EventKind::ProviderChosen { provider: ProviderKind::Tts, name, instead_of });
            }
            TtsEvent::ProviderFailed(ProviderFailure { provider: name, error, next }) => {
                self.emit(EventKind::ProviderFailed { provider: ProviderKind::Tts, name, error, next });
            }
            TtsEvent::Audio(_) | TtsEvent::Spoken(_) => {}
        }
    }

    fn voice_failed(&mut self, error: Error) {
        if self.utterance.as_ref().is_some_and(Utterance::is_prepared) {
            return self.preparation_failed();
        }
        self.player.finish();
        if let Some(utterance) = &mut self.utterance {
            utterance.voice_failed();
        }
        self.failed(error, Some(ProviderKind::Tts));
    }

    /// Gives the voice what it may have.
    fn feed_voice(&mut self) {
        let begins = |utterance: &Utterance| utterance.voice.is_none() && !utterance.clauses.is_empty();
        let request = self.utterance.as_ref().is_some_and(begins).then(|| self.voice_request());
        let Some(utterance) = &mut self.utterance else { return };
        if utterance.clauses.is_empty() && utterance.mind.is_none() {
            if let Some(voice) = &mut utterance.voice {
                voice.feed = None;
            }
            return;
        }
        if let Some(request) = request {
            let Some(tts) = &self.tts else { return };
            let (feed, text) = inlet(CLAUSES_AHEAD);
            let events = tts.synthesize(request, text);
            utterance.voice = Some(Voice { feed: Some(feed), events: Some(events) });
        }
        if let Some(Voice { feed: Some(feed), .. }) = &utterance.voice {
            while let Some(clause) = utterance.clauses.pop_front() {
                if let Err(clause) = feed.try_send(clause) {
                    utterance.clauses.push_front(clause);
                    break;
                }
            }
        }
    }

    pub(super) fn advance_speaking(&mut self, now: SessionTime) {
        self.deliver_heard(now);
        if self.cut_off.as_ref().is_some_and(|cut_off| cut_off.deadline <= now) {
            self.settle_cut_off();
        }
        if self.utterance.is_none() {
            // Whoever speaks first is heard out.
            let may_say = self.closing.is_none() && self.cut_off.is_none() && !self.floor.user_has_turn();
            let must_say = self.says.front().is_some_and(|say| !say.interruptible);
            if may_say || must_say && self.closing.is_none() {
                self.say_next();
            }
        }
        self.feed_voice();
        self.advance_filler(now);
        // What was just fed may be there already; it is polled on the next round of the loop.
        self.send_frames(now);
        self.check_voice(now);
        self.check_heard(now);
    }

    fn send_frames(&mut self, now: SessionTime) {
        while self.playout.len() < BACKLOG {
            let leads_in = self.player.sent() < self.player.lead_in();
            let Some(frame) = self.player.next_frame(now) else { return };
            let Some(utterance) = &mut self.utterance else { return };
            let generation = utterance.generation;
            let _ = self.playout.try_send(Playout::Audio { generation, frame });
            if leads_in {
                self.set_state(SessionState::Speaking);
                continue;
            }
            if !std::mem::replace(&mut utterance.audible, true) {
                let interruptible = utterance.interruptible;
                self.set_state(SessionState::Speaking);
                if !self.shares_the_floor() {
                    self.tell_floor(Input::AgentAudible { interruptible });
                }
            }
        }
    }

    /// A voice that says nothing more is not waited for.
    fn check_voice(&mut self, now: SessionTime) {
        let Some(due) = self.stall_deadline() else { return };
        if now >= due {
            let limit = self.parts.settings.patience_with_providers;
            self.voice_failed(
                Error::new(ErrorKind::Timeout, "the voice stalled")
                    .with("after", format!("{} s", limit.as_secs())),
            );
        }
    }

    fn stall_deadline(&self) -> Option<SessionTime> {
        let utterance = self.utterance.as_ref()?;
        // A mind that stalls is noticed by itself.
        let speaks = utterance.voice.as_ref().is_some_and(|voice| voice.events.is_some());
        let waits = utterance.mind.is_none() && (speaks || utterance.waiting.is_making());
        let stalled = waits && self.player.is_drained();
        stalled.then(|| {
            utterance.progress.max(self.player.ear(self.now())) + self.parts.settings.patience_with_providers
        })
    }

    /// Tells when the first sound was heard, and when all of it was.
    fn check_heard(&mut self, now: SessionTime) {
        let Some(utterance) = self.utterance.as_mut().filter(|utterance| !utterance.is_prepared()) else {
            return;
        };
        if !utterance.started_told
            && let Some(started) = self.player.started()
            && (if self.acknowledges {
                !self.of_answer(self.player.played(now)).is_zero()
            } else {
                started <= now
            })
        {
            self.tell_started(now);
        }
        let Some(utterance) = &mut self.utterance else { return };
        if !utterance.is_said() || !self.player.is_drained() {
            return;
        }
        if self.player.has_sent() {
            let generation = utterance.generation;
            if !std::mem::replace(&mut utterance.end_told, true) {
                let _ = self.playout.try_send(Playout::Finished { generation });
            }
            if !self.player.is_heard(now) && now < self.player.ear(now) + ACKNOWLEDGE_WAIT {
                return;
            }
        }
        self.finish_utterance(now);
    }

    fn tell_started(&mut self, now: SessionTime) {
        let heard_since = self.of_answer(self.player.played(now));
        self.answered();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.started_told = true;
        let generation = utterance.generation;
        // The acknowledgement came a little after the sound.
        let heard = if self.acknowledges {
            self.player.at_ear(now) - heard_since
        } else {
            self.player.started().unwrap_or(now)
        };
        let timing = utterance.timing.timing(generation, heard);
        self.emit(EventKind::ReplyStarted { generation });
        if let Some(timing) = timing {
            self.emit(EventKind::TurnTimed(timing));
        }
    }

    fn finish_utterance(&mut self, now: SessionTime) {
        let has_sent = !self.of_answer(self.player.sent()).is_zero();
        if self.utterance.as_ref().is_some_and(|utterance| !utterance.started_told && has_sent) {
            self.tell_started(now);
        }
        self.filler_over(now);
        let Some(utterance) = self.utterance.take() else { return };
        let audio = self.of_answer(self.player.audio());
        // Less than a frame is missing where all was heard, and that is no word.
        let played = match self.player.is_heard(now) {
            true => audio,
            false => self.of_answer(self.player.played_at_most(now)),
        };
        let heard = utterance.heard(audio, played);
        let text = utterance.text()[..heard].trim().to_owned();
        if !matches!(utterance.kind, Kind::Filler) {
            self.history.extend(utterance.messages(heard, false));
        }
        if self.floor.hears_echo() {
            self.said = Some((text.clone(), now));
        }
        if !text.is_empty() {
            self.emit(EventKind::ReplyFinished { generation: utterance.generation, text });
        }
        self.idle_since = now;
        self.set_state(SessionState::Listening);
        self.tell_floor(Input::AgentFinished);
    }

    pub(super) fn acknowledged(&mut self, generation: u64, played: Duration) {
        let now = self.now();
        match &mut self.cut_off {
            Some(cut_off) if cut_off.utterance.generation == generation => {
                // Nobody hears more than was sent by then.
                cut_off.played = played.min(cut_off.played.max(cut_off.sent));
                self.settle_cut_off();
            }
            _ => self.player.acknowledge(generation, played, now),
        }
    }

    /// Cuts the agent off because the application says so.
    pub(super) fn interrupt(&mut self) {
        self.says.clear();
        if self.utterance.as_ref().is_some_and(|utterance| !utterance.is_prepared()) {
            self.cut_off();
            self.tell_floor(Input::AgentFinished);
        }
    }

    /// Cuts the agent off: from here on nothing of the utterance is heard.
    pub(super) fn cut_off(&mut self) {
        if self.discard_prepared() {
            return;
        }
        let now = self.now();
        self.filler_over(now);
        let Some(mut utterance) = self.utterance.take() else { return };
        self.settle_cut_off();
        self.tools.cancel(utterance.generation);
        let (played, sent) = (self.player.played_at_most(now), self.player.sent());
        let audible = utterance.audible;
        self.stop_playing(now);
        if !sent.is_zero() {
            // An event that was lost for it is shown nowhere else; the clear matters more.
            self.playout.push(Playout::Clear { generation: utterance.generation });
        }
        if audible {
            self.set_state(SessionState::Interrupting);
        }
        utterance.stop();
        self.cut_off = Some(CutOff { utterance, played, sent, deadline: now + CUT_OFF_WAIT });
        if !(audible && self.acknowledges) {
            self.settle_cut_off();
        }
    }

    /// Writes down how much was heard of what was cut off.
    pub(super) fn settle_cut_off(&mut self) {
        let Some(CutOff { utterance, played, .. }) = self.cut_off.take() else { return };
        let played = self.of_answer(played);
        if utterance.is_relayed {
            self.line_cut(played);
        }
        let heard = utterance.heard(self.of_answer(self.player.audio()), played);
        if !matches!(utterance.kind, Kind::Filler) {
            self.history.extend(utterance.messages(heard, true));
        }
        let (before, after) = utterance.text().split_at(heard);
        let (before, after) = (before.trim().to_owned(), after.trim().to_owned());
        self.emit(EventKind::Interrupted {
            generation: utterance.generation,
            heard: before.clone(),
            position: played,
            unheard: after.clone(),
        });
        self.notify("on_barge_in", move |hook, context| {
            let (before, after) = (before.clone(), after.clone());
            Box::pin(async move { hook.on_barge_in(&before, &after, &context).await })
        });
        self.idle_since = self.now();
        if self.utterance.is_none() && self.closing.is_none() {
            self.set_state(SessionState::Listening);
        }
    }

    /// Forgets what was prepared and not heard; the user's words come back into the turn.
    pub(super) fn unsay(&mut self) {
        let Some(utterance) = &self.utterance else { return };
        if utterance.has_called() {
            // Something was done for it; that cannot be taken back.
            self.cut_off();
            return;
        }
        let now = self.now();
        self.filler_over(now);
        let Some(utterance) = self.utterance.take() else { return };
        let position = self.of_answer(self.player.played_at_most(now));
        let (generation, sent) = (utterance.generation, self.player.has_sent());
        self.stop_playing(now);
        if sent {
            self.playout.push(Playout::Clear { generation });
        }
        if matches!(utterance.kind, Kind::Reply(_)) {
            self.emit(EventKind::ReplyTakenBack { generation, position });
        }
        if utterance.is_relayed {
            self.line_taken_back(position);
        }
        match utterance.kind {
            Kind::Reply(turn) => {
                self.forget_last_turn();
                self.turn.take_back(turn.text, turn.held);
            }
            // It can still be said when the user has finished.
            Kind::Say if !utterance.text().is_empty() => {
                let say = Say { text: utterance.text().to_owned(), interruptible: utterance.interruptible };
                self.says.push_front(say);
            }
            _ => {}
        }
        self.next_expected = Expected::Anything;
    }

    /// Is silent until it is clear who speaks: at the ear, where the transport can do that.
    pub(super) fn pause_reply(&mut self) {
        if let Some(position) = self.player.pause(self.now()) {
            self.playout.push(Playout::Hold { generation: self.player.generation(), position });
        }
    }

    /// Goes on where it paused.
    pub(super) fn resume_reply(&mut self) {
        if self.player.resume(self.now()) {
            self.playout.push(Playout::Release { generation: self.player.generation() });
        }
    }

    pub(super) fn stop_playing(&mut self, now: SessionTime) {
        let Self { player, ears, recorder, .. } = self;
        player.clear(now, |frame| {
            ears.played(frame);
            if let Some(recorder) = recorder {
                recorder.agent(frame);
            }
        });
    }

    /// Hands what has been heard by now to whoever needs it.
    pub(super) fn deliver_heard(&mut self, now: SessionTime) {
        let Self { player, ears, recorder, .. } = self;
        player.heard_by(now, |frame| {
            ears.played(frame);
            if let Some(recorder) = recorder {
                recorder.agent(frame);
            }
        });
    }

    /// The session ends: what was heard by now was heard.
    pub(super) fn stop_speaking(&mut self) {
        if self.utterance.is_some() {
            self.cut_off();
        }
        self.settle_cut_off();
        let now = self.now();
        self.stop_playing(now);
    }

    pub(super) fn speaking_deadline(&self) -> Option<SessionTime> {
        let cut_off = self.cut_off.as_ref().map(|cut_off| cut_off.deadline);
        // A transport that does not drain is looked at again with its next event.
        let send = self.player.next_send().filter(|_| self.playout.len() < BACKLOG);
        let backlog = (self.playout.len() >= BACKLOG).then(|| self.now() + Duration::from_millis(20));
        let utterance = self.utterance.as_ref();
        let started = utterance.filter(|utterance| !utterance.started_told && !self.acknowledges);
        let started = started.and_then(|_| self.player.started());
        // What is held is heard some time after it was released.
        let all_sent = |utterance: &&Utterance| {
            utterance.is_said() && self.player.is_drained() && !self.player.is_held()
        };
        let heard = utterance.filter(all_sent).map(|_| {
            let grace = if self.acknowledges { ACKNOWLEDGE_WAIT } else { Duration::ZERO };
            self.player.ear(self.now()) + grace
        });
        let filler = self.filler_deadline(self.now());
        [cut_off, send, backlog, started, heard, filler, self.stall_deadline()].into_iter().flatten().min()
    }
}

/// A result that is too long for a model is cut, and says so.
fn bounded_result(output: Value) -> Value {
    let text = output.to_string();
    if text.len() <= LONGEST_RESULT {
        return output;
    }
    let end = (0..=LONGEST_RESULT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    json!({ "truncated": text[..end], "bytes": text.len() })
}
