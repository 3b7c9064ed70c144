//! Whole calls: a caller of the corpus talks to a real agent on a paused clock.

mod agent;
mod caller;
mod each;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::agent::AgentBuilder;
use rooh_core::event::EventKind;
use rooh_core::floor::Input;
use rooh_core::registry::Registry;
use rooh_core::session::SessionId;
use rooh_core::{Agent, Error, ErrorKind, Result, SessionOptions};
use tokio::time::Instant;

use self::agent::{Asker, Hum};
use self::caller::{Caller, Cue, Heard, lock};
use crate::corpus::{Item, LEAD, Role};
use crate::hearing::{Begun, ScriptedStt};
use crate::measure::{Tally, share};
use crate::random::Random;
use crate::record::Signals;

/// A moment that close before the true end of speech counts as after it, in seconds: the last
/// sound of a word fades.
const NEAR: f64 = 0.1;

/// What happened in a call. Moments are in seconds from the start of the item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallRecord {
    /// When turns were taken for over, and when their words were there.
    pub turns: Vec<(f64, f64)>,
    /// Pauses within the turn that were noticed.
    pub holds: usize,
    /// When the agent was cut off, if it was.
    pub interrupted: Option<f64>,
    /// When the caller last heard the sentence that was spoken over.
    pub silent: Option<f64>,
    /// For how long the sentence that was spoken over was not heard, because it was paused.
    pub paused: f64,
    /// Whether that sentence was said to its end.
    pub finished: bool,
    /// Answers that were taken back because the caller went on.
    pub taken_back: usize,
    /// Answers that were prepared before the turn was certainly over, and those of no use.
    pub prepared: usize,
    /// Prepared answers that were of no use.
    pub discarded: usize,
    /// How often the model was asked for an answer.
    pub requests: usize,
    /// Pauses of the caller's turns, the last ones too.
    pub pauses: usize,
    /// Those of them whose sound was judged at least once.
    pub checked: usize,
    /// How often the sound of a pause was judged.
    pub checks: usize,
    /// From the true end of the turn until the agent was heard, if it answered.
    pub answered: Option<f64>,
    /// How long the call lasted, in seconds.
    pub duration: f64,
    /// When the speech of the caller ends.
    pub speech_end: f64,
    /// What was noticed, understood and decided about who may speak, of those who speak over the
    /// agent, in order.
    pub log: Vec<(f64, String)>,
    /// What went wrong in the session.
    pub failures: Vec<String>,
}

/// Changes an agent before it is called: patience, endpointing, barge-in.
pub type Configure = dyn Fn(AgentBuilder) -> AgentBuilder + Send + Sync;

/// Calls an agent with each item, on as many threads as there are cores.
///
/// The same items, signals and agent give the same calls.
///
/// # Errors
///
/// The agent cannot be built.
pub fn call(items: &[Item], signals: &Signals, configure: &Configure) -> Result<Vec<CallRecord>> {
    crate::parallel::map(items, |_, item| crate::parallel::runtime().block_on(one(item, signals, configure)))
        .into_iter()
        .collect()
}

async fn one(item: &Item, signals: &Signals, configure: &Configure) -> Result<CallRecord> {
    let begun: Begun = Arc::new(OnceLock::new());
    let heard: Heard = Heard::default();
    let requests = Arc::new(AtomicUsize::new(0));
    let mut builder = Agent::builder(Registry::empty())
        .stt(ScriptedStt::new(item, signals.hearing, Arc::clone(&begun)))
        .llm(Asker {
            question: item.question.clone(),
            expected: item.expected.clone(),
            requests: Arc::clone(&requests),
        })
        .tts(Hum)
        .vad(Arc::clone(&signals.vad))
        .generated_greeting()
        .language(item.language);
    if let Some(turn) = &signals.turn {
        builder = builder.turn_detector(Arc::clone(turn));
    }
    let agent = configure(builder).build()?;
    let mut random = Random::new(signals.hearing.seed, &format!("{} cue", item.name));
    let cue = match item.role {
        Role::Turn => Cue::Answer,
        // Into the sentence, and long before its end.
        _ => Cue::Over(Duration::from_secs_f64(random.between(1.0, 4.0))),
    };
    let audio = AudioFrame::new(item.audio(), AudioFormat::WIDEBAND, SessionTime::ZERO);
    let started = Instant::now();
    let caller = Caller { audio, cue, begun: Arc::clone(&begun), heard: Arc::clone(&heard) };
    let options = SessionOptions {
        id: Some(SessionId::new("call")),
        trace_floor: item.role != Role::Turn,
        ..SessionOptions::default()
    };
    let mut session = agent.start_with(caller, options);
    let mut events = Vec::new();
    while let Some(event) = session.next().await {
        events.push((started + event.at.since_start(), event.kind));
    }
    let Some(begun) = begun.get() else {
        return Err(
            Error::new(ErrorKind::Unexpected, "the agent never asked its question").with("item", &item.name)
        );
    };
    let mut record = read(item, *begun, &events);
    record.duration = started.elapsed().as_secs_f64();
    record.requests = requests.load(Ordering::Relaxed);
    listen(&mut record, *begun, &heard);
    Ok(record)
}

/// What the events of the session say.
fn read(item: &Item, begun: Instant, events: &[(Instant, EventKind)]) -> CallRecord {
    let mut record = CallRecord { speech_end: item.speech_end(), ..CallRecord::default() };
    let mut first = None;
    let mut is_checked = false;
    let (mut stopped, mut silent): (Option<f64>, Option<f64>) = (None, None);
    for (at, kind) in events {
        let at = seconds_since(begun, *at);
        match kind {
            EventKind::Failed { error, .. } => record.failures.push(error.to_string()),
            // Not every window of the voice: the edges and the decisions tell.
            EventKind::FloorTold(Input::UserVoice { .. } | Input::Tick) => {}
            EventKind::FloorTold(input) => record.log.push((at, format!("{input:?}"))),
            EventKind::FloorDecided(action) => record.log.push((at, format!("{action:?}"))),
            EventKind::Interrupted { generation, .. } if Some(*generation) == first => {
                record.interrupted.get_or_insert(at);
            }
            EventKind::ReplyDiscarded { .. } => record.discarded += 1,
            EventKind::ReplyFinished { generation, .. } if Some(*generation) == first => {
                record.finished = true;
            }
            EventKind::ReplyPrepared { .. } => record.prepared += 1,
            EventKind::ReplyStarted { generation } => {
                first.get_or_insert(*generation);
                if at > record.speech_end && Some(*generation) != first {
                    record.answered.get_or_insert(at - record.speech_end);
                }
            }
            // Later ones come of noises.
            EventKind::ReplyTakenBack { .. } if at < record.speech_end => record.taken_back += 1,
            EventKind::PauseJudged { pause, .. } => {
                let since = at - pause.as_secs_f64();
                if silent.is_none_or(|silent| (since - silent).abs() > SAME_PAUSE) {
                    record.pauses += 1;
                    is_checked = false;
                }
                silent = Some(since);
            }
            EventKind::PauseScored { by: "audio", .. } => {
                record.checks += 1;
                record.checked += usize::from(!std::mem::replace(&mut is_checked, true));
            }
            EventKind::SpeechStarted => {
                let goes_on = stopped.take().is_some_and(|stopped| stopped < record.speech_end);
                record.holds += usize::from(goes_on);
                silent = None;
            }
            EventKind::SpeechStopped => stopped = Some(at),
            EventKind::UserPartial(text) if item.role != Role::Turn => {
                record.log.push((at, format!("{text:?}")));
            }
            EventKind::UserTurn { silence, .. } => {
                // Silence is counted until the decision; the words may have come later.
                let silent = silent.or(stopped.map(|stopped| stopped - NOTICED)).unwrap_or(at);
                record.turns.push(((silent + silence.as_secs_f64()).min(at), at));
            }
            _ => {}
        }
    }
    record
}

/// Judgements of silences that began that close to each other are about one pause, in seconds.
const SAME_PAUSE: f64 = 0.001;

/// How long after the silence began it is noticed: the hang-over of the gate.
const NOTICED: f64 = 0.2;

/// Whether the agent said its sentence to the end.
fn survived(call: &CallRecord) -> bool {
    call.finished && call.interrupted.is_none()
}

/// Whether the agent was cut off.
fn was_stopped(call: &CallRecord) -> bool {
    call.interrupted.is_some() && call.silent.is_some()
}

/// What the caller heard of the sentence that was spoken over.
fn listen(record: &mut CallRecord, begun: Instant, heard: &Heard) {
    let heard = lock(heard);
    let Some((first, _, _)) = heard.first() else { return };
    let spans: Vec<(f64, f64)> = heard
        .iter()
        .filter(|(generation, _, _)| generation == first)
        .map(|(_, start, end)| (seconds_since(begun, *start), seconds_since(begun, *end)))
        .collect();
    record.silent = spans.last().map(|(_, end)| *end);
    record.paused = spans.windows(2).map(|pair| (pair[1].0 - pair[0].1).max(0.0)).sum();
}

fn seconds_since(begun: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(begun).as_secs_f64() - begun.saturating_duration_since(at).as_secs_f64()
}

/// What an agent did to callers, over whole calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallTally {
    /// Cut-offs and delays until the turn was taken for over.
    pub turns: Tally,
    /// From the true end of each turn until its words were there, in seconds, in order.
    pub worded: Vec<f64>,
    /// From the true end of each turn until the agent was heard, in seconds, in order.
    pub answered: Vec<f64>,
    /// Cut-offs that were taken back before they did harm.
    pub taken_back: usize,
    /// Answers that were prepared, and of no use.
    pub prepared: usize,
    /// Prepared answers that were of no use.
    pub discarded: usize,
    /// Requests to the model, over all turns.
    pub requests: usize,
    /// Pauses that were judged, over all turns.
    pub pauses: usize,
    /// Those of them whose sound was judged.
    pub checked: usize,
    /// How often the sound of a pause was judged.
    pub checks: usize,
    /// Backchannels over the agent, and those of them after which it went on.
    pub backchannels: usize,
    /// Backchannels that the agent's sentence survived.
    pub survived: usize,
    /// For how long a sentence that survived was paused, in seconds, in order.
    pub paused: Vec<f64>,
    /// True interruptions, and those of them that stopped the agent.
    pub interruptions: usize,
    /// Interruptions that stopped the agent.
    pub stopped: usize,
    /// From the first sound of a true interruption until the agent was silent, in seconds, in order.
    pub silenced: Vec<f64>,
}

impl CallTally {
    /// What happened in the calls with these items.
    pub fn of<'a>(calls: impl IntoIterator<Item = (&'a Item, &'a CallRecord)>) -> Self {
        let mut tally = Self::default();
        for (item, call) in calls {
            match item.role {
                Role::Turn => tally.turn(call),
                Role::Backchannel => {
                    tally.backchannels += 1;
                    if survived(call) {
                        tally.survived += 1;
                        tally.paused.push(call.paused);
                    }
                }
                Role::Interruption => {
                    tally.interruptions += 1;
                    if let Some(silent) = call.silent.filter(|_| call.interrupted.is_some()) {
                        tally.stopped += 1;
                        tally.silenced.push((silent - LEAD).max(0.0));
                    }
                }
            }
        }
        for list in [
            &mut tally.turns.delays,
            &mut tally.worded,
            &mut tally.answered,
            &mut tally.paused,
            &mut tally.silenced,
        ] {
            list.sort_by(f64::total_cmp);
        }
        tally
    }

    fn turn(&mut self, call: &CallRecord) {
        let is_early = |turn: &&(f64, f64)| turn.0 < call.speech_end - NEAR;
        let early = call.turns.iter().filter(is_early).count();
        self.turns.turns += 1;
        self.turns.holds += call.holds;
        self.turns.cut_holds += early;
        self.turns.cut_turns += usize::from(early > 0);
        match call.turns.iter().find(|turn| !is_early(turn)) {
            Some((decided, worded)) => {
                self.turns.delays.push((decided - call.speech_end).max(0.0));
                self.worded.push((worded - call.speech_end).max(0.0));
            }
            None => self.turns.missed += 1,
        }
        self.answered.extend(call.answered);
        self.taken_back += call.taken_back;
        self.prepared += call.prepared;
        self.discarded += call.discarded;
        self.requests += call.requests;
        self.pauses += call.pauses;
        self.checked += call.checked;
        self.checks += call.checks;
    }

    /// The share of backchannels that the agent's sentence survived, from 0 to 1.
    pub fn survival(&self) -> f64 {
        share(self.survived, self.backchannels)
    }

    /// The share of true interruptions that stopped the agent, from 0 to 1.
    pub fn recall(&self) -> f64 {
        share(self.stopped, self.interruptions)
    }
}
