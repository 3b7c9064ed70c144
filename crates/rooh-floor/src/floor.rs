//! Who may speak: the user's turn, its pauses, and what happens when both speak.

use core::time::Duration;

use crate::Moment;

/// How the floor is given and taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloorConfig {
    /// How long the agent waits in a pause.
    pub patience: Patience,
    /// What happens when the user speaks over the agent.
    pub interruption: Interruption,
    /// The longest turn of the user; then it is taken for finished.
    pub longest_turn: Duration,
}

impl Default for FloorConfig {
    fn default() -> Self {
        Self {
            patience: Patience::from_silence(Duration::from_millis(1000)),
            interruption: Interruption::On { min_speech: Duration::from_millis(300), min_words: 1 },
            longest_turn: Duration::from_secs(120),
        }
    }
}

/// How long the agent waits in a pause before it takes the floor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// If the turn is known to be finished.
    pub min: Duration,
    /// If nothing is known but the pause itself.
    pub max: Duration,
    /// If the turn is known to be unfinished.
    pub unfinished: Duration,
}

impl Patience {
    /// Waits `silence` where nothing is known, half of it after a finished turn, and two and a
    /// half times as long after an unfinished one.
    ///
    /// With the default of a second: 500 ms after a finished turn, which is the floor that
    /// commercial systems settle on, and 2.5 s after an unfinished one, which 95 % of the pauses
    /// within a turn do not reach in call-centre audio (`docs/defaults.md`).
    pub const fn from_silence(silence: Duration) -> Self {
        Self {
            min: silence.checked_div(2).expect("two is not zero"),
            max: silence,
            unfinished: silence.saturating_mul(5).checked_div(2).expect("two is not zero"),
        }
    }

    const fn wait(self, verdict: Verdict) -> Duration {
        match verdict {
            Verdict::Finished => self.min,
            Verdict::Unfinished => self.unfinished,
            Verdict::Unknown => self.max,
        }
    }
}

/// What happens when the user speaks over the agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interruption {
    /// The agent goes on; what the user says is a turn, which is answered afterwards.
    Off,
    /// The agent is cut off.
    On {
        /// By speech that lasts this long.
        min_speech: Duration,
        /// Or by this many words that are more than a backchannel, however short.
        min_words: usize,
    },
}

/// What is known about a turn besides the length of the pause.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Verdict {
    /// Nothing.
    #[default]
    Unknown,
    /// It is finished.
    Finished,
    /// It is not finished.
    Unfinished,
}

/// Why the user's turn was taken for finished.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndReason {
    /// The words or the sound of the pause said that it was finished.
    Complete,
    /// The user, or the application, said so.
    Manual,
    /// The recognizer, which judges turns itself, said so.
    Recognizer,
    /// The user was silent for long enough.
    Silence,
    /// The turn reached its longest duration.
    TooLong,
}

impl EndReason {
    /// The reason in snake case, as logs and the wire use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Manual => "manual",
            Self::Recognizer => "recognizer",
            Self::Silence => "silence",
            Self::TooLong => "too_long",
        }
    }
}

/// What is said this close to the end of what the agent says may be an early answer.
///
/// The boundary within which livekit-agents does not filter backchannels is the same second.
const EARLY_ANSWER: Duration = Duration::from_secs(1);

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Input {
    /// The user hears the agent.
    AgentAudible {
        /// Whether the user may cut it off.
        interruptible: bool,
    },
    /// The agent has said what it had to say, or has nothing to say.
    AgentFinished,
    /// The agent prepares something to say.
    AgentPreparing,
    /// The user holds the key to talk, or let it go.
    PushToTalk {
        /// Whether the key is held.
        pressed: bool,
    },
    /// The recognizer, which judges turns itself, takes the turn for finished.
    RecognizerEnded,
    /// A timeout has come.
    Tick,
    /// The user's turn is to end now.
    UserCommitted,
    /// The user began to speak.
    UserSpeechStarted {
        /// Since when.
        since: Moment,
    },
    /// The user stopped speaking.
    UserSpeechStopped {
        /// Since when there is silence.
        since: Moment,
    },
    /// The user, who began to speak, has spoken at least until then.
    ///
    /// Noticing that somebody stopped takes a while; what lies in between is not speech.
    UserVoice {
        /// The end of the last voice that was heard.
        until: Moment,
    },
    /// So many words that are more than a backchannel were understood since the user began to
    /// speak over the agent, or since the turn began.
    UserWords(usize),
    /// What is known about the turn has changed.
    Verdict(Verdict),
}

/// What to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Find out whether the turn is finished; the answer is an [`Input::Verdict`].
    AskTurnDetector,
    /// The agent is cut off: the user heard a part, and speaks now.
    CancelReply,
    /// What the user said over the agent was no more than a backchannel: forget it.
    DropTurn,
    /// The user's turn is over: answer it.
    EndTurn {
        /// Why it was taken for finished.
        reason: EndReason,
        /// Since when the user has been silent.
        silent_since: Moment,
    },
    /// Say nothing more until it is clear whether the user takes the floor.
    ///
    /// One of [`ResumeReply`](Self::ResumeReply), [`CancelReply`](Self::CancelReply) and
    /// [`TakeBack`](Self::TakeBack) follows before the next pause.
    PauseReply,
    /// Go on where it was paused.
    ResumeReply,
    /// The user goes on before anything was heard of the answer: forget the answer, and take
    /// what was said back into the turn.
    TakeBack,
}

/// What to do, in order; at most three things.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[must_use = "the floor has decided; somebody has to do it"]
pub struct Actions([Option<Action>; 3]);

impl Actions {
    fn push(&mut self, action: Action) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(action);
        }
    }
}

impl IntoIterator for Actions {
    type Item = Action;
    type IntoIter = core::iter::Flatten<core::array::IntoIter<Option<Action>, 3>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

/// The user's side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum User {
    /// No turn is open.
    Away,
    /// A turn is open, and the user is silent.
    Pausing { turn: Moment, silent: Moment },
    /// A turn is open, and the user speaks: since `voice`, and at least until `until`.
    Speaking { turn: Moment, voice: Moment, until: Moment },
}

/// The agent's side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Agent {
    Audible { interruptible: bool },
    Preparing,
    Quiet,
}

/// Who may speak.
#[derive(Clone, Debug)]
pub struct Floor {
    config: FloorConfig,
    user: User,
    agent: Agent,
    verdict: Verdict,
    /// The recognizer takes the turn for finished.
    recognizer_ended: bool,
    /// The turn began while the agent prepared or spoke, and it is not settled what it is.
    overlap: bool,
    /// The reply is held back until the overlap is settled.
    paused: bool,
    /// The key to talk is held.
    held: bool,
}

impl Floor {
    /// A floor that nobody has.
    pub fn new(config: FloorConfig) -> Self {
        Self {
            config,
            user: User::Away,
            agent: Agent::Quiet,
            verdict: Verdict::Unknown,
            recognizer_ended: false,
            overlap: false,
            paused: false,
            held: false,
        }
    }

    /// Changes how long the agent waits in a pause, from now on.
    pub fn set_patience(&mut self, patience: Patience) {
        self.config.patience = patience;
    }

    /// Whether a turn of the user is open.
    pub fn user_has_turn(&self) -> bool {
        self.user != User::Away
    }

    /// When to hand in [`Input::Tick`], if nothing else happens before.
    pub fn next_timeout(&self) -> Option<Moment> {
        let too_long = |turn: Moment| turn + self.config.longest_turn;
        match self.user {
            User::Away => None,
            _ if self.held => None,
            // Whether speech over the agent lasts is seen from the voice, not from the clock.
            User::Speaking { turn, .. } => self.may_end_turn().then(|| too_long(turn)),
            User::Pausing { turn, silent } => {
                self.may_end_turn().then(|| (silent + self.wait()).min(too_long(turn).max(silent)))
            }
        }
    }

    /// Takes in what happened at `now`, and says what to do.
    pub fn handle(&mut self, now: Moment, input: Input) -> Actions {
        let mut actions = Actions::default();
        match input {
            Input::AgentAudible { interruptible } => {
                self.agent = Agent::Audible { interruptible };
            }
            Input::AgentPreparing => {
                self.agent = Agent::Preparing;
                // What the user says just now is said over whatever comes.
                self.overlap = self.user_has_turn();
            }
            Input::AgentFinished => self.agent_finished(now, &mut actions),
            Input::PushToTalk { pressed: true } => {
                self.held = true;
                self.cut_off(&mut actions);
                if self.user == User::Away {
                    self.open(User::Pausing { turn: now, silent: now });
                }
            }
            Input::PushToTalk { pressed: false } => {
                if core::mem::take(&mut self.held) && self.user_has_turn() {
                    self.cut_off(&mut actions);
                    self.end_turn(EndReason::Manual, now, &mut actions);
                }
            }
            Input::RecognizerEnded => self.recognizer_ended = self.user_has_turn(),
            Input::UserCommitted => {
                if self.user_has_turn() {
                    self.cut_off(&mut actions);
                    self.end_turn(EndReason::Manual, now, &mut actions);
                }
            }
            Input::UserSpeechStarted { since } => self.speech_started(since.min(now), &mut actions),
            Input::UserSpeechStopped { since } => {
                if let User::Speaking { turn, .. } = self.user {
                    self.user = User::Pausing { turn, silent: since.clamp(turn, now.max(turn)) };
                    if core::mem::take(&mut self.paused) {
                        actions.push(Action::ResumeReply);
                    }
                    actions.push(Action::AskTurnDetector);
                }
            }
            Input::UserVoice { until: heard } => {
                if let User::Speaking { until, .. } = &mut self.user {
                    *until = heard.max(*until).min(now);
                }
            }
            Input::UserWords(words) => self.words(now, words, &mut actions),
            Input::Verdict(verdict) => self.verdict = verdict,
            Input::Tick => {}
        }
        self.settle(now, &mut actions);
        actions
    }

    fn speech_started(&mut self, since: Moment, actions: &mut Actions) {
        match self.user {
            User::Away => self.open(User::Speaking { turn: since, voice: since, until: since }),
            User::Pausing { turn, .. } => {
                self.user = User::Speaking { turn: turn.min(since), voice: since, until: since };
            }
            User::Speaking { .. } => return,
        }
        self.verdict = Verdict::Unknown;
        self.recognizer_ended = false;
        if self.overlap_limit().is_some() && !self.paused {
            self.paused = true;
            actions.push(Action::PauseReply);
        }
    }

    fn words(&mut self, now: Moment, words: usize, actions: &mut Actions) {
        if words > 0 && self.user == User::Away {
            // The recognizer heard what the voice-activity detector did not.
            self.open(User::Pausing { turn: now, silent: now });
            actions.push(Action::AskTurnDetector);
        }
        if let Interruption::On { min_words, .. } = self.config.interruption
            && self.overlap
            && self.interruptible()
            && words >= min_words.max(1)
        {
            self.cut_off(actions);
        }
    }

    fn agent_finished(&mut self, now: Moment, actions: &mut Actions) {
        let could_interrupt =
            self.interruptible() && matches!(self.config.interruption, Interruption::On { .. });
        self.agent = Agent::Quiet;
        if core::mem::take(&mut self.paused) {
            actions.push(Action::ResumeReply);
        }
        if !core::mem::take(&mut self.overlap) {
            return;
        }
        // Speech that might have interrupted and did not was a backchannel, unless it came at the
        // very end, where an early answer sounds the same. Speech that might not is a turn.
        if let User::Pausing { silent, .. } = self.user
            && could_interrupt
            && now > silent + EARLY_ANSWER
        {
            self.user = User::Away;
            actions.push(Action::DropTurn);
        }
    }

    /// Ends whatever time has ended by `now`.
    fn settle(&mut self, now: Moment, actions: &mut Actions) {
        if self.held {
            return;
        }
        match self.user {
            User::Away => {}
            User::Speaking { turn, voice, until } => {
                if self.overlap_limit().is_some_and(|min_speech| until >= voice + min_speech) {
                    self.cut_off(actions);
                } else if self.may_end_turn() && now >= turn + self.config.longest_turn {
                    self.end_turn(EndReason::TooLong, now, actions);
                }
            }
            User::Pausing { turn, silent } => {
                if !self.may_end_turn() {
                    return;
                }
                if now >= silent + self.wait() {
                    let reason = match self.verdict {
                        _ if self.recognizer_ended => EndReason::Recognizer,
                        Verdict::Finished => EndReason::Complete,
                        _ => EndReason::Silence,
                    };
                    self.end_turn(reason, silent, actions);
                } else if now >= turn + self.config.longest_turn {
                    self.end_turn(EndReason::TooLong, silent, actions);
                }
            }
        }
    }

    /// How long speech over the agent has to last to cut it off, while that is the question.
    fn overlap_limit(&self) -> Option<Duration> {
        match self.config.interruption {
            Interruption::On { min_speech, .. } if self.overlap && self.interruptible() => Some(min_speech),
            _ => None,
        }
    }

    fn interruptible(&self) -> bool {
        matches!(self.agent, Agent::Preparing | Agent::Audible { interruptible: true })
    }

    /// A turn that began over the agent is settled first.
    fn may_end_turn(&self) -> bool {
        self.agent == Agent::Quiet
    }

    fn wait(&self) -> Duration {
        let verdict = if self.recognizer_ended { Verdict::Finished } else { self.verdict };
        self.config.patience.wait(verdict)
    }

    fn open(&mut self, user: User) {
        self.user = user;
        self.verdict = Verdict::Unknown;
        self.recognizer_ended = false;
        self.overlap = self.agent != Agent::Quiet;
    }

    /// The user takes the floor from the agent.
    fn cut_off(&mut self, actions: &mut Actions) {
        match self.agent {
            Agent::Quiet => return,
            Agent::Preparing => actions.push(Action::TakeBack),
            Agent::Audible { .. } => actions.push(Action::CancelReply),
        }
        self.agent = Agent::Quiet;
        self.overlap = false;
        self.paused = false;
    }

    fn end_turn(&mut self, reason: EndReason, silent_since: Moment, actions: &mut Actions) {
        self.user = User::Away;
        self.verdict = Verdict::Unknown;
        self.recognizer_ended = false;
        self.overlap = false;
        self.agent = Agent::Preparing;
        actions.push(Action::EndTurn { reason, silent_since });
    }
}
