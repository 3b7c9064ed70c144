//! A recorded call lived again: exactly as it was, and each pause and overlap under other settings.
//!
//! Under other settings the agent would have spoken at other times, and the user would have heard
//! other things. So each pause and each overlap is judged by itself: it begins with the floor as the
//! recording had it then, and takes in what the recording has until it is decided.

use std::time::Duration;

use rooh_core::floor::{Action, EndReason, Endpointing, Floor, FloorConfig, Input};

use super::recording::{Recording, Step, ends_turn};

/// The first place where this version decides otherwise than the recording.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) line: usize,
    pub(super) at: Duration,
    pub(super) input: Input,
    pub(super) recorded: Vec<Action>,
    pub(super) now: Vec<Action>,
}

/// Tells a floor of the recorded configuration all that the recorded one was told, its timeouts
/// included, and compares what they decide.
pub(super) fn verify(recording: &Recording) -> Option<Difference> {
    let mut floor = Floor::new(recording.config);
    recording.steps.iter().find_map(|step| {
        let now: Vec<Action> = floor.handle(step.at, step.input).into_iter().collect();
        let &Step { line, at, input, .. } = step;
        (now != step.decided).then(|| Difference { line, at, input, recorded: step.decided.clone(), now })
    })
}

/// A pause of the user in which the agent might have taken the floor.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    /// Since when the user was silent.
    pub(super) silent: Duration,
    /// The words of the turn so far.
    pub(super) words: String,
    /// How long the user was silent before going on, as the recording knows it.
    pub(super) went_on: Option<Duration>,
    /// It ended a turn, and the user did not go on; sounds without words are no turn.
    pub(super) is_end: bool,
    pub(super) recorded: Judged,
    pub(super) tried: Judged,
}

/// What becomes of a pause.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Judged {
    /// How long after the user's last sound the turn was ended, and why.
    pub(super) ended: Option<(Duration, EndReason)>,
    /// How long after the user's last sound the answer was prepared.
    pub(super) prepared: Option<Duration>,
}

impl Pause {
    /// How long after its end the user went on, if that was too early.
    pub(super) fn cut_off(&self, judged: Judged) -> Option<Duration> {
        let (after, _) = judged.ended?;
        Some(self.went_on?.saturating_sub(after))
    }

    /// Whether an answer was prepared for nothing.
    pub(super) fn wasted(&self, judged: Judged) -> bool {
        judged.prepared.is_some() && (judged.ended.is_none() || self.cut_off(judged).is_some())
    }
}

/// Speech of the user over the agent, or over its preparations.
#[derive(Clone, Debug)]
pub(super) struct Overlap {
    /// Since when the user spoke.
    pub(super) since: Duration,
    /// What was said over the agent.
    pub(super) words: String,
    /// The agent was not heard yet.
    pub(super) thinking: bool,
    pub(super) recorded: Yield,
    pub(super) tried: Yield,
}

/// How the agent gives way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Yield {
    /// It goes on as if nothing were.
    No,
    /// It becomes quieter, and goes on.
    Quieter,
    /// It pauses, and goes on.
    Pause,
    /// It stops so long after the user began to speak.
    Stop(Duration),
}

/// All pauses and overlaps of a call, under its own settings and under others.
pub(super) fn compare(recording: &Recording, tried: FloorConfig) -> (Vec<Pause>, Vec<Overlap>) {
    let steps = &recording.steps;
    let (mut pauses, mut overlaps) = (Vec::new(), Vec::new());
    let mut scene = Scene::new(recording.config);
    for (at, step) in steps.iter().enumerate() {
        let before = scene.clone();
        scene.take(step.at, step.input);
        if let Input::UserSpeechStarted { since } = step.input
            && before.can_be_interrupted()
        {
            let live = |config| overlap(&before, steps, at, config);
            overlaps.push(Overlap {
                since,
                words: words(&steps[at..overlap_end(&before, steps, at)]),
                thinking: before.agent == Agent::Preparing,
                recorded: live(recording.config),
                tried: live(tried),
            });
        }
        // A pause may be over as soon as it is noticed; a floor that ends nothing shows that it was.
        let mut opened = before.clone();
        opened.floor.reconfigure(|config| {
            config.endpointing = Endpointing::Manual;
            config.longest_turn = Duration::from_secs(u32::MAX.into());
        });
        opened.take(step.at, step.input);
        if !before.may_end(step.at) && opened.may_end(step.at) {
            pauses.push(pause(&opened, recording, at, tried));
        }
    }
    (pauses, overlaps)
}

/// A floor, and what it does not tell of the agent's side.
#[derive(Clone, Debug)]
struct Scene {
    floor: Floor,
    agent: Agent,
    held: bool,
    now: Duration,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Agent {
    Audible { interruptible: bool },
    Preparing,
    Quiet,
}

impl Scene {
    fn new(config: FloorConfig) -> Self {
        Self { floor: Floor::new(config), agent: Agent::Quiet, held: false, now: Duration::ZERO }
    }

    /// Goes on under other settings, but for what was learnt.
    fn under(&self, config: FloorConfig) -> Self {
        let mut scene = self.clone();
        scene.floor.reconfigure(|now| {
            let FloorConfig { words_delay, partials, .. } = *now;
            *now = FloorConfig { words_delay, partials, ..config };
        });
        scene
    }

    fn take(&mut self, now: Duration, input: Input) -> Vec<Action> {
        self.now = now;
        match input {
            Input::AgentAudible { interruptible } => self.agent = Agent::Audible { interruptible },
            Input::AgentFinished => self.agent = Agent::Quiet,
            Input::AgentPreparing => self.agent = Agent::Preparing,
            Input::PushToTalk { pressed } => self.held = pressed,
            _ => {}
        }
        let actions: Vec<Action> = self.floor.handle(now, input).into_iter().collect();
        for action in &actions {
            match action {
                Action::EndTurn { .. } => self.agent = Agent::Preparing,
                action if silences(action) => self.agent = Agent::Quiet,
                _ => {}
            }
        }
        actions
    }

    /// Takes in the timeouts that come before `until`, until `see` has seen enough.
    fn wait<T>(
        &mut self,
        until: Duration,
        mut see: impl FnMut(Duration, Vec<Action>) -> Option<T>,
    ) -> Option<T> {
        let mut last = None;
        while let Some(timeout) = self.floor.next_timeout().filter(|timeout| *timeout < until) {
            let now = timeout.max(self.now);
            // A timeout that nothing comes of would come again.
            if last.replace(now) == Some(now) {
                break;
            }
            let seen = see(now, self.take(now, Input::Tick));
            if seen.is_some() {
                return seen;
            }
        }
        None
    }

    /// Whether a pause is open in which the agent may take the floor.
    fn may_end(&self, now: Duration) -> bool {
        self.agent == Agent::Quiet && !self.held && self.floor.pause(now).is_some()
    }

    fn can_be_interrupted(&self) -> bool {
        matches!(self.agent, Agent::Preparing | Agent::Audible { interruptible: true })
    }
}

/// How a pause was left in the recording.
enum Left {
    /// The call ended.
    CallEnded,
    /// The turn was ended, and perhaps taken back.
    Ended { at: usize, taken_back: Option<TakenBack> },
    /// Something else took its place: a key, or the agent.
    Overtaken { at: usize },
    /// The user went on after so long a silence.
    WentOn { at: usize, after: Duration },
}

#[derive(Clone, Copy)]
struct TakenBack {
    /// How long the silence was before the user went on.
    after: Duration,
    /// When the floor was told.
    told: Duration,
}

fn pause(opened: &Scene, recording: &Recording, begin: usize, tried: FloorConfig) -> Pause {
    let steps = &recording.steps;
    let now = steps[begin].at;
    let silent = now.saturating_sub(opened.floor.pause(now).unwrap_or_default());
    let left = leave(steps, begin, silent);
    let live = |config| {
        let mut scene = opened.under(config);
        live_pause(&mut scene, recording, begin, silent, &left)
    };
    let (went_on, last) = match left {
        Left::CallEnded => (None, steps.len() - 1),
        Left::Ended { at, taken_back } => (taken_back.map(|taken_back| taken_back.after), at),
        Left::Overtaken { at } => (None, at),
        Left::WentOn { at, after } => (Some(after), at),
    };
    let first = steps[..begin].iter().rposition(|step| step.decided.iter().any(ends_turn));
    Pause {
        silent,
        words: words(&steps[first.map_or(0, |first| first + 1)..=last]),
        went_on,
        is_end: matches!(left, Left::Ended { taken_back: None, .. })
            && (steps[last].is_turn || recording.config.words_delay.is_zero()),
        recorded: live(recording.config),
        tried: live(tried),
    }
}

fn leave(steps: &[Step], begin: usize, silent: Duration) -> Left {
    for (at, step) in steps.iter().enumerate().skip(begin) {
        if step.decided.iter().any(ends_turn) {
            return Left::Ended { at, taken_back: taken_back(steps, at, silent) };
        }
        match step.input {
            _ if at == begin => {}
            Input::UserSpeechStarted { since } => {
                return Left::WentOn { at, after: since.saturating_sub(silent) };
            }
            Input::PushToTalk { pressed: true } => return Left::Overtaken { at },
            Input::AgentAudible { .. } | Input::AgentPreparing if !step.decided.iter().any(silences) => {
                return Left::Overtaken { at };
            }
            _ => {}
        }
    }
    Left::CallEnded
}

/// Whether and when the user went on with a turn that had been ended.
fn taken_back(steps: &[Step], end: usize, silent: Duration) -> Option<TakenBack> {
    let mut voice = None;
    for step in &steps[end + 1..] {
        if let Input::UserSpeechStarted { since } = step.input {
            voice = Some((since, step.at));
        }
        if step.decided.contains(&Action::TakeBack) {
            let (since, told) = voice.unwrap_or((step.at, step.at));
            return Some(TakenBack { after: since.saturating_sub(silent), told });
        }
        let over = matches!(step.input, Input::AgentFinished) || step.decided.iter().any(silences);
        if over || step.decided.iter().any(ends_turn) {
            return None;
        }
    }
    None
}

fn live_pause(
    scene: &mut Scene,
    recording: &Recording,
    begin: usize,
    silent: Duration,
    left: &Left,
) -> Judged {
    let steps = &recording.steps;
    let mut judged = Judged::default();
    let mut see = |now: Duration, actions: Vec<Action>| {
        let after = now.saturating_sub(silent);
        for action in actions {
            match action {
                Action::PrepareReply => judged.prepared = judged.prepared.or(Some(after)),
                Action::EndTurn { reason, .. } => {
                    judged.ended = Some((after, reason));
                    return Some(());
                }
                _ => {}
            }
        }
        None
    };
    let last = match left {
        Left::CallEnded => steps.len() - 1,
        Left::Ended { at, .. } | Left::Overtaken { at } | Left::WentOn { at, .. } => *at,
    };
    let now = steps[begin].at;
    if see(now, scene.take(now, Input::Tick)).is_some() {
        return judged;
    }
    for step in &steps[begin + 1..=last.max(begin)] {
        let over = scene.wait(step.at, &mut see);
        // The timeouts of the recording are those of its own settings.
        if over
            .or_else(|| match step.input {
                Input::Tick => None,
                input => see(step.at, scene.take(step.at, input)),
            })
            .is_some()
        {
            return judged;
        }
    }
    let until = match left {
        Left::CallEnded => recording.end,
        Left::Ended { taken_back, .. } => taken_back.map_or(Duration::MAX, |taken_back| taken_back.told),
        Left::Overtaken { .. } | Left::WentOn { .. } => return judged,
    };
    scene.wait(until, see);
    // Nobody waits in silence until a turn has reached its longest duration.
    judged.ended =
        judged.ended.filter(|(_, reason)| !matches!(reason, EndReason::NoWords | EndReason::TooLong));
    judged
}

/// The step before which speech over the agent that begins at `begin` is over.
fn overlap_end(before: &Scene, steps: &[Step], begin: usize) -> usize {
    let mut cut = false;
    for (at, step) in steps.iter().enumerate().skip(begin) {
        match step.input {
            Input::UserSpeechStarted { .. } if at > begin => return at,
            Input::AgentPreparing => return at,
            Input::AgentAudible { .. } if cut || matches!(before.agent, Agent::Audible { .. }) => return at,
            Input::AgentFinished => return at + 1,
            _ => {}
        }
        cut |= step.decided.iter().any(silences);
        if step.decided.iter().any(ends_turn) {
            return at + 1;
        }
    }
    steps.len()
}

fn overlap(before: &Scene, steps: &[Step], begin: usize, config: FloorConfig) -> Yield {
    let Input::UserSpeechStarted { since } = steps[begin].input else { return Yield::No };
    let mut scene = before.under(config);
    let mut gives = Yield::No;
    let mut see = |now: Duration, actions: Vec<Action>| {
        for action in actions {
            match action {
                action if silences(&action) => {
                    gives = Yield::Stop(now.saturating_sub(since));
                    return Some(());
                }
                Action::FadeReply | Action::PauseReply => gives = Yield::Pause,
                Action::DuckReply if gives == Yield::No => gives = Yield::Quieter,
                _ => {}
            }
        }
        None
    };
    for step in &steps[begin..overlap_end(before, steps, begin)] {
        let over = scene.wait(step.at, &mut see).or_else(|| match step.input {
            Input::Tick => None,
            input => see(step.at, scene.take(step.at, input)),
        });
        if over.is_some() {
            break;
        }
    }
    gives
}

/// The agent has nothing to say any more.
fn silences(action: &Action) -> bool {
    matches!(action, Action::CancelReply | Action::TakeBack)
}

/// The last words that are known in these steps.
fn words(steps: &[Step]) -> String {
    steps.iter().rev().find_map(|step| step.words.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
