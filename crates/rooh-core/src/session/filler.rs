//! Short words while an answer takes its time: when they are worth saying, and how they are said.
//!
//! A filler is spoken by a stream of the voice of its own, ahead of the audio of the answer, as
//! part of the same utterance: the mind and the voice of the answer go on meanwhile, and whatever
//! takes the answer away takes the filler with it. Its words are not among those of the answer.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};

use super::ledger;
use super::speak::ACKNOWLEDGE_WAIT;
use super::task::Task;
use super::utterance::{Kind, Utterance};
use crate::Result;
use crate::event::{EventKind, FillerReason, SessionState};
use crate::expect::Expected;
use crate::provider::Kind as ProviderKind;
use crate::stream::{Events, inlet};
use crate::tts::TtsEvent;

/// How many figures an estimate is made from: few enough that four answers of another pace are
/// believed, and that no single one is.
const REMEMBERED: usize = 7;
/// How many figures make an estimate; the first is often that of a model that is being loaded.
const ENOUGH: usize = 2;
/// How long a tool that is not known may run before its user hears something: most tools that
/// stay on the machine have answered by then.
const UNKNOWN_TOOL: Duration = Duration::from_millis(300);

/// How long something takes, learnt while the session lasts: the median of the last few times.
///
/// What took long once moves it by one place; of an even number it is the shorter one.
#[derive(Clone, Debug, Default)]
struct Typical(VecDeque<Duration>);

impl Typical {
    fn learn(&mut self, took: Duration) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(took);
    }

    fn get(&self) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() >= ENOUGH).then(|| sorted[(sorted.len() - 1) / 2])
    }
}

/// What is known of how long answers take, and what was said meanwhile.
#[derive(Default)]
pub(super) struct Fillers {
    /// From when the model was asked, or asked again, to the first audio.
    answers: Typical,
    /// From the first clause to its first audio.
    voice: Typical,
    tools: BTreeMap<String, Typical>,
    /// How many were said, of which so many in a row.
    said: usize,
    in_a_row: u32,
    last: Option<SessionTime>,
    /// The user is heard.
    pub(super) user_speaks: bool,
}

impl Fillers {
    fn count(&mut self, now: SessionTime) {
        self.said += 1;
        self.in_a_row += 1;
        self.last = Some(now);
    }
}

/// A filler, from when it is made until it was heard.
pub(super) struct Filler {
    text: String,
    reason: FillerReason,
    /// When the answer was expected, after the end of the turn.
    expected: Option<Duration>,
    /// When the voice was asked for it.
    asked: SessionTime,
    /// Until all of it was spoken.
    events: Option<Events<TtsEvent>>,
    /// Where in the audio of the utterance it begins; nothing before there is any of it.
    from: Option<Duration>,
    told: bool,
}

/// What an answer waits for, as far as fillers go.
#[derive(Default)]
pub(super) struct Waiting {
    /// When the model was asked last.
    asked: Option<SessionTime>,
    /// The tools that run: call, name, and since when.
    tools: Vec<(String, String, SessionTime)>,
    pub(super) filler: Option<Filler>,
    /// The first audio of the answer, while a filler is still being made.
    kept: Option<AudioFrame>,
    /// How many fillers were said before the answer.
    said: u32,
    /// The voice gave nothing for a filler: it is not asked for another before this answer.
    is_unvoiced: bool,
}

impl Waiting {
    pub(super) fn asked(&mut self, now: SessionTime) {
        self.asked = Some(now);
    }

    /// A filler is still being made.
    pub(super) fn is_making(&self) -> bool {
        self.filler.as_ref().is_some_and(|filler| filler.events.is_some())
    }

    pub(super) fn events(&mut self) -> Option<&mut Events<TtsEvent>> {
        self.filler.as_mut().and_then(|filler| filler.events.as_mut())
    }

    /// The voice of the answer has to wait for the rest of the filler.
    pub(super) fn holds_voice(&self) -> bool {
        self.kept.is_some()
    }

    /// Nothing more comes.
    pub(super) fn stop(&mut self) {
        self.kept = None;
        if let Some(filler) = &mut self.filler {
            filler.events = None;
        }
    }
}

/// When the first sound of the answer is to be expected.
#[derive(Clone, Copy)]
struct Outlook {
    at: SessionTime,
    /// When it is no longer as it usually is: half of all answers come later than expected, and
    /// few so much later. Set by hand.
    overdue: SessionTime,
}

impl Task {
    /// A tool was called for the answer.
    pub(super) fn waits_for_tool(&mut self, id: &str, name: &str) {
        let now = self.now();
        if let Some(utterance) = &mut self.utterance {
            utterance.waiting.tools.push((id.to_owned(), name.to_owned(), now));
        }
    }

    /// A tool has returned: if it was the last, the model is asked again.
    pub(super) fn waited_for_tool(&mut self, id: &str) {
        let now = self.now();
        let Some(Utterance { waiting, .. }) = &mut self.utterance else { return };
        let Some(place) = waiting.tools.iter().position(|(call, ..)| call == id) else { return };
        let (_, name, since) = waiting.tools.remove(place);
        waiting.asked = Some(now);
        self.fillers.tools.entry(name).or_default().learn(now.since(since));
    }

    /// The first audio of the answer is there.
    pub(super) fn learn_from_first_audio(&mut self, now: SessionTime) {
        let Some(utterance) = &self.utterance else { return };
        if let Some(clause) = utterance.timing.first_clause {
            self.fillers.voice.learn(now.since(clause));
        }
        // What was prepared before the turn was over says nothing of what is not.
        let turn_end = utterance.timing.turn_end.filter(|_| matches!(utterance.kind, Kind::Reply(_)));
        if let (Some(asked), Some(turn_end)) = (utterance.waiting.asked, turn_end)
            && asked >= turn_end
        {
            self.fillers.answers.learn(now.since(asked));
        }
    }

    /// The first sound of an answer is heard.
    pub(super) fn answered(&mut self) {
        let Some(utterance) = &self.utterance else { return };
        if matches!(utterance.kind, Kind::Reply(_)) && utterance.waiting.said == 0 {
            self.fillers.in_a_row = 0;
        }
    }

    /// Whether a filler could be said for the answer that is being made, were it late.
    fn may_fill(&self) -> Option<&Utterance> {
        let settings = &self.parts.settings.late_filler;
        let utterance = self.utterance.as_ref().filter(|_| !settings.phrases.is_empty())?;
        // Whoever is asked for a number or an address is thinking of that.
        let free = matches!(self.expected, Expected::Anything | Expected::YesNo);
        // Once the voice has the first clause, a filler would come no sooner.
        let silent = utterance.timing.first_clause.is_none()
            && utterance.timing.first_audio.is_none()
            && utterance.text().is_empty();
        let may = matches!(utterance.kind, Kind::Reply(_))
            && !utterance.is_prepared()
            && utterance.mind.is_some()
            && silent
            && !utterance.waiting.is_unvoiced
            && free
            && !self.fillers.user_speaks
            && !self.player.is_paused()
            && self.tts.is_some()
            && self.fillers.in_a_row < settings.most_in_a_row;
        may.then_some(utterance)
    }

    fn filler_phrase(&self) -> &str {
        let phrases = &self.parts.settings.late_filler.phrases;
        phrases.get(self.fillers.said % phrases.len().max(1)).map_or("", String::as_str)
    }

    /// When the answer is expected, if enough is known of how long such answers take.
    fn outlook(&self, utterance: &Utterance) -> Option<Outlook> {
        let answer = self.fillers.answers.get();
        let waiting = &utterance.waiting;
        let (since, at) = if waiting.tools.is_empty() {
            let asked = waiting.asked?;
            (asked, asked + answer?)
        } else {
            let ends = waiting
                .tools
                .iter()
                .map(|(_, name, since)| Some((*since, *since + self.fillers.tools.get(name)?.get()?)));
            let ends: Option<Vec<_>> = ends.collect();
            let (since, end) = ends?.into_iter().max_by_key(|(_, end)| *end)?;
            (since, end + answer.unwrap_or_default())
        };
        Some(Outlook { at, overdue: at + at.since(since) / 4 })
    }

    /// When a filler is to be said if nothing changes, and why.
    fn filler_due(&self, now: SessionTime) -> Option<(SessionTime, FillerReason)> {
        let utterance = self.may_fill().filter(|utterance| utterance.waiting.filler.is_none())?;
        let settings = &self.parts.settings.late_filler;
        let target = utterance.timing.turn_end? + settings.target;
        let earliest = self.fillers.last.map_or(now, |last| now.max(last + settings.gap));
        let runs_tool = !utterance.waiting.tools.is_empty();
        let reason = |otherwise| if runs_tool { FillerReason::Tool } else { otherwise };
        let Some(outlook) = self.outlook(utterance) else {
            let unknown = utterance.waiting.tools.iter().map(|(.., since)| *since + UNKNOWN_TOOL).min();
            let due = unknown.map_or(target, |unknown| unknown.min(target));
            return Some((due.max(earliest), reason(FillerReason::Late)));
        };
        let voice = self.fillers.voice.get().unwrap_or_default();
        let worth = voice + ledger::speaking_time(self.filler_phrase());
        if outlook.at > target && outlook.at >= earliest + worth {
            return Some((earliest, reason(FillerReason::Predicted)));
        }
        // It is about to come, until it should have come.
        Some((target.max(outlook.overdue).max(earliest), reason(FillerReason::Late)))
    }

    /// Says a filler if one is due, and ends one that would hold the answer up.
    pub(super) fn advance_filler(&mut self, now: SessionTime) {
        let ran_dry = self.player.is_drained() && self.player.ear(now) <= now;
        let waits = |utterance: &Utterance| utterance.waiting.holds_voice();
        if ran_dry && self.utterance.as_ref().is_some_and(waits) {
            self.filler_spoken();
        }
        self.tell_filler(now);
        if let Some((due, reason)) = self.filler_due(now)
            && due <= now
        {
            self.begin_filler(now, reason);
        }
    }

    fn begin_filler(&mut self, now: SessionTime, reason: FillerReason) {
        let Some(tts) = self.tts.clone() else { return };
        let text = self.filler_phrase().to_owned();
        let request = self.voice_request();
        let Some(utterance) = &self.utterance else { return };
        let Some(turn_end) = utterance.timing.turn_end else { return };
        let expected = self.outlook(utterance).filter(|outlook| outlook.at > now);
        let expected = expected.map(|outlook| outlook.at.since(turn_end));
        let (feed, words) = inlet(1);
        // There is room for one, and nobody else writes.
        let _ = feed.try_send(text.clone());
        drop(feed);
        let events = Some(tts.synthesize(request, words));
        let filler = Filler { text, reason, expected, asked: now, events, from: None, told: false };
        if let Some(utterance) = &mut self.utterance {
            utterance.waiting.filler = Some(filler);
        }
    }

    pub(super) fn filler_voiced(&mut self, event: Option<Result<TtsEvent>>) {
        let now = self.now();
        let Some(utterance) = &mut self.utterance else { return };
        utterance.progress = now;
        match event {
            Some(Ok(TtsEvent::Audio(frame))) => {
                let begins = utterance.waiting.filler.as_ref().is_some_and(|filler| filler.from.is_none());
                if begins && !self.filler_begins(now) {
                    return;
                }
                self.player.take_lead_in(&frame);
            }
            Some(Ok(TtsEvent::Spoken(_))) => {}
            Some(Ok(event)) => self.voices_changed(event),
            Some(Err(error)) => {
                self.failed(error, Some(ProviderKind::Tts));
                self.filler_ended();
            }
            None => self.filler_ended(),
        }
    }

    fn filler_ended(&mut self) {
        if let Some(Utterance { waiting, .. }) = &mut self.utterance {
            waiting.is_unvoiced = waiting.filler.as_ref().is_some_and(|filler| filler.from.is_none());
        }
        self.filler_spoken();
    }

    /// The first audio of a filler is there; returns whether it is still to be said.
    fn filler_begins(&mut self, now: SessionTime) -> bool {
        let rest = ledger::speaking_time(self.filler_phrase());
        let about = |outlook: Outlook| now < outlook.at && outlook.at < now + rest;
        let wanted = self.may_fill().is_some_and(|utterance| !self.outlook(utterance).is_some_and(about));
        let from = self.player.audio();
        let Some(Utterance { waiting, .. }) = &mut self.utterance else { return false };
        let Some(filler) = &mut waiting.filler else { return false };
        self.fillers.voice.learn(now.since(filler.asked));
        if !wanted {
            self.filler_spoken();
            return false;
        }
        filler.from = Some(from);
        self.player.begin_lead_in();
        waiting.said += 1;
        self.fillers.count(now);
        true
    }

    /// All of a filler is there, or no more of it is wanted: the answer may follow.
    fn filler_spoken(&mut self) {
        let Some(Utterance { waiting, .. }) = &mut self.utterance else { return };
        let kept = waiting.kept.take();
        match &mut waiting.filler {
            Some(filler) if filler.from.is_some() => {
                filler.events = None;
                self.player.finish_lead_in();
            }
            _ => waiting.filler = None,
        }
        if let Some(frame) = kept {
            self.player.take(&frame);
        }
    }

    /// Takes the audio of the answer, unless a filler is still being made.
    pub(super) fn take_voice(&mut self, frame: AudioFrame) {
        match &mut self.utterance {
            Some(Utterance { waiting, .. }) if waiting.is_making() => waiting.kept = Some(frame),
            _ => self.player.take(&frame),
        }
    }

    /// Tells when a filler was heard to begin and to end.
    fn tell_filler(&mut self, now: SessionTime) {
        let (begins, ends) = self.filler_times(now);
        if let Some((_, began)) = begins.filter(|(at, _)| *at <= now) {
            self.tell_filler_began(began);
        }
        if ends.is_some_and(|at| at <= now) {
            self.filler_over(now);
            if self.utterance.as_ref().is_some_and(|utterance| !utterance.audible) {
                self.set_state(SessionState::Processing);
            }
        }
    }

    fn tell_filler_began(&mut self, began: SessionTime) {
        let Some(utterance) = &mut self.utterance else { return };
        let (generation, turn_end) = (utterance.generation, utterance.timing.turn_end);
        let Some(filler) = &mut utterance.waiting.filler else { return };
        if !std::mem::replace(&mut filler.told, true) {
            let waited = turn_end.map_or(Duration::ZERO, |turn_end| began.since(turn_end));
            let Filler { text, reason, expected, .. } = filler;
            let (text, reason, expected) = (text.clone(), *reason, *expected);
            self.emit(EventKind::FillerStarted { generation, text, reason, waited, expected });
        }
    }

    /// When it is to be told that the filler began, and when it did; and when it ends, as far as it
    /// was sent.
    fn filler_times(&self, now: SessionTime) -> (Option<(SessionTime, SessionTime)>, Option<SessionTime>) {
        let filler = self.utterance.as_ref().and_then(|utterance| utterance.waiting.filler.as_ref());
        let Some((filler, from)) = filler.and_then(|filler| Some((filler, filler.from?))) else {
            return (None, None);
        };
        let (begins, ends) = self.player.led_in();
        let to = self.player.lead_in();
        let ends = ends.filter(|_| filler.events.is_none() && self.player.sent() >= to);
        if !self.acknowledges {
            return (begins.map(|at| (at, at)), ends);
        }
        let played = self.player.played(now);
        let begins = begins.map(|at| match played > from {
            // The acknowledgement came a little after the sound.
            true => (now, now - (played - from)),
            false => (at + ACKNOWLEDGE_WAIT, at),
        });
        (begins, ends.map(|at| if played >= to { now } else { at + ACKNOWLEDGE_WAIT }))
    }

    /// The filler is over, because it was heard or because the answer is no longer wanted.
    pub(super) fn filler_over(&mut self, now: SessionTime) {
        // A listener that has not said anything yet may have heard it all the same.
        if let (Some((_, began)), _) = self.filler_times(now)
            && began < now
        {
            self.tell_filler_began(began);
        }
        let Some(utterance) = &mut self.utterance else { return };
        let generation = utterance.generation;
        let Some(filler) = utterance.waiting.filler.take() else { return };
        if filler.from.is_some() {
            self.fillers.last = Some(now);
        }
        if filler.told {
            if self.floor.hears_echo() {
                self.said = Some((filler.text, now));
            }
            self.emit(EventKind::FillerFinished { generation });
        }
    }

    /// What is said of a filler just now.
    pub(super) fn filler_text(&self) -> Option<&str> {
        let filler = self.utterance.as_ref()?.waiting.filler.as_ref()?;
        filler.from.map(|_| filler.text.as_str())
    }

    pub(super) fn filler_deadline(&self, now: SessionTime) -> Option<SessionTime> {
        let due = self.filler_due(now).map(|(due, _)| due);
        let (begins, ends) = self.filler_times(now);
        let told = self.utterance.as_ref().and_then(|utterance| utterance.waiting.filler.as_ref());
        let begins = begins.filter(|_| told.is_some_and(|filler| !filler.told)).map(|(at, _)| at);
        let waits = self.utterance.as_ref().is_some_and(|utterance| utterance.waiting.holds_voice());
        let dry = (waits && self.player.is_drained() && !self.player.is_held()).then(|| self.player.ear(now));
        [due, begins, ends, dry].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(seconds: &[u64]) -> Option<u64> {
        let mut typical = Typical::default();
        seconds.iter().for_each(|seconds| typical.learn(Duration::from_secs(*seconds)));
        typical.get().map(|typical| typical.as_secs())
    }

    #[test]
    fn one_time_says_nothing_and_an_odd_one_little() {
        assert_eq!(learnt(&[9]), None);
        assert_eq!(learnt(&[9, 1]), Some(1));
        assert_eq!(learnt(&[1, 1, 60, 1, 1]), Some(1));
    }

    #[test]
    fn another_pace_is_believed_after_four_times() {
        assert_eq!(learnt(&[1, 1, 1, 1, 1, 1, 1, 5, 5, 5]), Some(1));
        assert_eq!(learnt(&[1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5]), Some(5));
    }
}
