//! Who may speak: the user's turn, its pauses, and whose the floor is.

use core::time::Duration;

use crate::Moment;
use crate::action::{Action, Actions, EndReason};
use crate::barge_in::{BargeIn, Interruption, Ladder, Over, Overlap, Step, Voice};
use crate::evidence::{Endpointing, Evidence, Judgement, Patience, Pauses, RecognizerTurn, Words};

/// How the floor is given and taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloorConfig {
    /// How long the agent waits in a pause.
    pub patience: Patience,
    /// Which signals shorten and lengthen the wait.
    pub endpointing: Endpointing,
    /// How often, at most, the sound of one pause is judged, from 0 to 3.
    pub audio_checks: u8,
    /// Whether a language model is asked, once in a pause, whether the turn is complete.
    pub semantic: bool,
    /// How long the words take that belong to what was heard; zero without a recognizer.
    ///
    /// So long a turn of which no word is known is not ended, and a reply that was paused for
    /// them stays paused.
    pub words_delay: Duration,
    /// Whether words come while the user still speaks, and not only after.
    ///
    /// Then a voice of which no words come is a noise, or somebody else, and does not interrupt.
    pub partials: bool,
    /// Whether the answer is prepared when the end is likely, but not certain.
    pub eager: bool,
    /// What happens when the user speaks while the agent speaks.
    pub speaking: Interruption,
    /// What happens when the user speaks while the agent prepares its answer.
    pub thinking: Interruption,
    /// How long the user may go on into an answer that has just begun, so that it is taken back
    /// and not interrupted: nobody answers what he has not heard yet.
    pub take_back: Duration,
    /// Whether the pauses of this speaker lengthen and shorten the wait.
    pub learns_pauses: bool,
    /// The longest turn of the user; then it is taken for finished.
    pub longest_turn: Duration,
}

impl Default for FloorConfig {
    fn default() -> Self {
        Self {
            patience: Patience::NORMAL,
            endpointing: Endpointing::Auto,
            audio_checks: 0,
            semantic: false,
            words_delay: Duration::ZERO,
            partials: false,
            eager: false,
            speaking: Interruption::default(),
            thinking: Interruption { mode: BargeIn::HardCut, ..Interruption::default() },
            take_back: Duration::from_millis(500),
            learns_pauses: true,
            longest_turn: Duration::from_secs(120),
        }
    }
}

/// What is said this close to the end of what the agent says may be an early answer; a
/// backchannel half as close.
///
/// The boundary within which livekit-agents does not filter backchannels is the same second.
const EARLY_ANSWER: Duration = Duration::from_secs(1);

impl FloorConfig {
    /// With the base wait that keeps the budget of cut-offs with the signals that there are.
    fn with_budget_kept(mut self) -> Self {
        let words = self.endpointing.uses_words() && !self.words_delay.is_zero();
        let audio = self.endpointing.uses_audio() && self.audio_checks > 0;
        self.patience = self.patience.with_signals(words, audio);
        self
    }
}

/// When the sound of a pause is judged at the soonest: when there is a pause at all, when it has
/// become long for one within a sentence, and for one between sentences.
const CHECKS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_millis(1200)];

/// How long before its answer can matter a sound is judged: a question takes about 45 ms, and
/// twice that on a machine with much to do.
const JUDGING: Duration = Duration::from_millis(100);

/// A check that can change the wait by less than this is not worth its price.
const WORTH_CHECKING: Duration = Duration::from_millis(60);

/// A pause that is shorter than this does not wait for words.
const SHORT_PAUSE: Duration = Duration::from_millis(500);

/// The answer is prepared at this part of the wait, in percent.
const EAGER: u64 = 40;

/// How many of the prepared answers may be thrown away, in percent, and how many are free.
///
/// About one in five is, in the field.
const WASTE: (u32, u32) = (35, 3);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// How likely the sound of the pause makes the end, from 0 to 1.
    Audio(f32),
    /// Whether words come while the user speaks, from now on: see [`FloorConfig::partials`].
    Partials(bool),
    /// What was prepared is of no use: the words have changed, or it failed.
    PreparationFailed,
    /// The user holds the key to talk, or let it go.
    PushToTalk {
        /// Whether the key is held.
        pressed: bool,
    },
    /// What a recognizer says that judges turns itself.
    Recognizer(RecognizerTurn),
    /// How likely a language model finds that the turn is complete, from 0 to 1.
    Semantic(f32),
    /// Somebody else speaks from now on, whose pauses are not known.
    SpeakerChanged,
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
    /// More is known of what the user says.
    UserWords {
        /// What the turn ends with now.
        words: Words,
        /// What was said since the user began to speak over the agent.
        overlap: Overlap,
    },
    /// How long words take is known better: see [`FloorConfig::words_delay`].
    WordsDelay(Duration),
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
    Audible { interruptible: bool, since: Moment },
    Preparing,
    Quiet,
}

/// What a pause was taken for, and can be taken back to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Ended {
    turn: Moment,
    silent: Moment,
}

/// Who may speak.
#[derive(Clone, Debug)]
pub struct Floor {
    config: FloorConfig,
    user: User,
    agent: Agent,
    evidence: Evidence,
    /// What the evidence comes to, and the pause at which the turn is over.
    judgement: Judgement,
    wait: Duration,
    /// The pause at which an answer may be prepared.
    early: Duration,
    pauses: Pauses,
    /// The turn began while the agent prepared or spoke, and it is not settled what it is.
    overlaps: bool,
    ladder: Ladder,
    /// The turn that the agent answers just now.
    answers: Option<Ended>,
    /// The key to talk is held.
    held: bool,
    /// The user is heard, whether or not a turn is open.
    voiced: bool,
    /// How often the sound of this pause was judged, or found not worth it; the pause then; and
    /// the pause from which on an answer can matter.
    checks: u8,
    checked: Duration,
    matters: Duration,
    /// When words of this turn came last.
    worded: Option<Moment>,
    asked_semantic: bool,
    prepared: bool,
    preparations: u32,
    wasted: u32,
}

impl Floor {
    /// A floor that nobody has.
    pub fn new(config: FloorConfig) -> Self {
        let config = config.with_budget_kept();
        Self {
            config,
            user: User::Away,
            agent: Agent::Quiet,
            evidence: Evidence::default(),
            judgement: Judgement::new(config.patience, Evidence::default(), 1.0),
            wait: config.patience.max,
            early: config.patience.max,
            pauses: Pauses::new(),
            overlaps: false,
            ladder: Ladder::default(),
            answers: None,
            held: false,
            voiced: false,
            checks: 0,
            checked: Duration::ZERO,
            matters: Duration::ZERO,
            worded: None,
            asked_semantic: false,
            prepared: false,
            preparations: 0,
            wasted: 0,
        }
    }

    /// How the floor is given and taken, as it is now.
    pub fn config(&self) -> &FloorConfig {
        &self.config
    }

    /// Changes how the floor is given and taken, from now on.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut FloorConfig)) {
        change(&mut self.config);
        self.config = self.config.with_budget_kept();
        self.weigh();
    }

    /// Whether a turn of the user is open.
    pub fn user_has_turn(&self) -> bool {
        self.user != User::Away
    }

    /// Whether what is heard over the agent is the agent itself.
    pub fn hears_echo(&self) -> bool {
        self.user_has_turn() && self.ladder.said() == Overlap::Echo
    }

    /// Whether an answer is prepared that nobody may notice yet.
    pub fn has_prepared(&self) -> bool {
        self.prepared
    }

    /// How many answers were prepared before the end was certain, and how many were thrown away.
    pub fn preparations(&self) -> (u32, u32) {
        (self.preparations, self.wasted)
    }

    /// How long this pause has lasted; nothing while there is none.
    pub fn pause(&self, now: Moment) -> Option<Duration> {
        match self.user {
            User::Pausing { silent, .. } => Some(now.saturating_sub(silent)),
            _ => None,
        }
    }

    /// How long to wait in this pause, and why; nothing while there is none.
    pub fn judgement(&self) -> Option<Judgement> {
        let judges = self.config.endpointing != Endpointing::Manual;
        match self.user {
            User::Pausing { .. } if judges => Some(self.judgement),
            _ => None,
        }
    }

    /// What the last pause that was judged came to, whether or not it lasts.
    pub fn last_judgement(&self) -> Judgement {
        self.judgement
    }

    fn judge(&self, evidence: Evidence) -> Judgement {
        let evidence = evidence.seen_by(self.config.endpointing);
        let speaker = if self.config.learns_pauses { self.pauses.scale() } else { 1.0 };
        Judgement::new(self.config.patience, evidence, speaker)
    }

    /// Weighs all that is known of the pause; once for each input, because much depends on it.
    fn weigh(&mut self) {
        self.judgement = self.judge(self.evidence);
        let wait = self.judgement.wait;
        // Words that are still to come may say that it goes on.
        let unknown = self.config.endpointing.uses_words() && self.evidence.words == Words::Unknown;
        let Patience { base, max, .. } = self.config.patience;
        // A pause that was set this short is kept; else nothing is lost, for no answer can begin
        // before its words are there.
        let longest = if base < SHORT_PAUSE { base } else { max };
        let words = if unknown { self.config.words_delay.min(longest) } else { Duration::ZERO };
        self.wait = wait.max(words);
        self.early = early(self.wait);
        if self.may_check() {
            let soonest = self.judgement.wait_at_best(self.config.patience);
            let soonest = if self.config.eager { early(soonest) } else { soonest };
            self.matters = soonest.saturating_sub(JUDGING);
        }
    }

    /// The pause at which the answer is prepared.
    fn prepares_after(&self) -> Option<Duration> {
        let (share, free) = WASTE;
        let affordable = self.wasted * 100 <= self.preparations * share + free * 100;
        let judges = self.config.endpointing != Endpointing::Manual;
        let wanted = self.config.eager && judges && !self.prepared && affordable;
        if !wanted || self.evidence.words == Words::Unknown {
            return None;
        }
        if self.evidence.recognizer == RecognizerTurn::Likely {
            return Some(Duration::ZERO);
        }
        // What ends at once is not worth preparing, and what will go on is not likely to end.
        let likely = !matches!(self.evidence.words, Words::Open | Words::Partial | Words::Hesitating);
        likely.then_some(self.early)
    }

    /// Whether the sound of this pause may be judged once more.
    fn may_check(&self) -> bool {
        self.checks < self.config.audio_checks && self.config.endpointing.uses_audio()
    }

    /// The pause at which its sound is judged again, if it may be: as late as the answer can still
    /// matter, because most pauses are over by then, and who was silent for longer has told more.
    fn checks_after(&self) -> Option<Duration> {
        let place = usize::from(self.checks);
        let check = *CHECKS.get(place).filter(|_| self.may_check())?;
        let gap = place.checked_sub(1).map_or(Duration::ZERO, |before| check - CHECKS[before]);
        Some(check.max(self.matters).max(self.checked + gap))
    }

    fn is_worth_checking(&self) -> bool {
        let with = |audio| self.judge(Evidence { audio: Some(audio), ..self.evidence }).wait;
        with(0.0).saturating_sub(with(1.0)) >= WORTH_CHECKING
    }

    /// When to hand in [`Input::Tick`], if nothing else happens before.
    pub fn next_timeout(&self) -> Option<Moment> {
        let too_long = |turn: Moment| turn + self.config.longest_turn;
        match self.user {
            User::Away => None,
            _ if self.held => None,
            _ if !self.may_end_turn() => {
                let (voice, over) = (self.voice()?, self.over()?);
                self.ladder.next_timeout(voice, over)
            }
            User::Speaking { turn, .. } => {
                Some(self.wordless_at().map_or(too_long(turn), |at| at.min(too_long(turn))))
            }
            User::Pausing { turn, silent } => {
                let judges = self.config.endpointing != Endpointing::Manual;
                let mut pause = if judges { self.wait } else { Duration::MAX };
                pause = self.checks_after().map_or(pause, |check| pause.min(check));
                pause = self.prepares_after().map_or(pause, |prepare| pause.min(prepare));
                Some(silent.saturating_add(pause).min(too_long(turn).max(silent)))
            }
        }
    }

    /// Takes in what happened at `now`, and says what to do.
    pub fn handle(&mut self, now: Moment, input: Input) -> Actions {
        let mut actions = Actions::default();
        match input {
            Input::AgentAudible { interruptible } => {
                self.discard(&mut actions);
                self.agent = match self.agent {
                    Agent::Audible { since, .. } => Agent::Audible { interruptible, since },
                    _ => Agent::Audible { interruptible, since: now },
                };
            }
            Input::AgentPreparing => {
                // It has something else to say first.
                self.discard(&mut actions);
                self.agent = Agent::Preparing;
                self.answers = None;
                // What the user says just now is said over whatever comes.
                self.overlaps = self.user_has_turn();
            }
            Input::AgentFinished => self.agent_finished(now, &mut actions),
            Input::Audio(probability) => self.evidence.audio = Some(probability),
            Input::PreparationFailed => {
                if core::mem::take(&mut self.prepared) {
                    self.wasted += 1;
                }
            }
            Input::PushToTalk { pressed: true } => {
                self.held = true;
                self.cut_off(&mut actions);
                if self.user == User::Away {
                    self.open_now(now);
                }
            }
            Input::PushToTalk { pressed: false } => {
                if core::mem::take(&mut self.held) && self.user_has_turn() {
                    self.cut_off(&mut actions);
                    self.end_turn(EndReason::Manual, now, &mut actions);
                }
            }
            Input::Recognizer(turn) => {
                if self.user_has_turn() {
                    self.evidence.recognizer = turn;
                    if turn == RecognizerTurn::Open {
                        self.discard(&mut actions);
                    }
                }
            }
            Input::Semantic(probability) => self.evidence.semantic = Some(probability),
            Input::SpeakerChanged => self.pauses = Pauses::new(),
            Input::UserCommitted => {
                if self.user_has_turn() {
                    self.cut_off(&mut actions);
                    self.end_turn(EndReason::Manual, now, &mut actions);
                }
            }
            Input::UserSpeechStarted { since } => self.speech_started(since.min(now), &mut actions),
            Input::UserSpeechStopped { since } => {
                self.voiced = false;
                if let User::Speaking { turn, .. } = self.user {
                    self.user = User::Pausing { turn, silent: since.clamp(turn, now.max(turn)) };
                }
            }
            Input::UserVoice { until: heard } => {
                if let User::Speaking { until, .. } = &mut self.user {
                    *until = heard.max(*until).min(now);
                }
            }
            Input::UserWords { words, overlap } => self.words(now, words, overlap),
            Input::Partials(partials) => self.config.partials = partials,
            Input::WordsDelay(delay) => {
                self.config.words_delay = delay;
                self.config = self.config.with_budget_kept();
            }
            Input::Tick => {}
        }
        if let User::Pausing { .. } = self.user {
            self.weigh();
        }
        self.settle(now, &mut actions);
        actions
    }

    fn speech_started(&mut self, since: Moment, actions: &mut Actions) {
        self.voiced = true;
        self.ladder.voice_began(since);
        match self.user {
            User::Away => self.open(User::Speaking { turn: since, voice: since, until: since }),
            User::Pausing { turn, silent } => {
                if self.agent == Agent::Quiet {
                    self.pauses.observe(since.saturating_sub(silent));
                }
                self.user = User::Speaking { turn: turn.min(since), voice: since, until: since };
                self.evidence = Evidence::default();
                self.checks = 0;
                self.checked = Duration::ZERO;
                self.asked_semantic = false;
            }
            User::Speaking { .. } => return,
        }
        self.discard(actions);
        let Some(interruption) = self.interruption() else { return };
        actions.extend(self.ladder.give_way(interruption.mode, self.is_audible()));
    }

    fn words(&mut self, now: Moment, words: Words, overlap: Overlap) {
        self.evidence.words = words;
        self.ladder.words_came(now, overlap);
        self.worded = (words != Words::Unknown).then_some(now).or(self.worded);
        let said = matches!(overlap, Overlap::Command | Overlap::Speech(1..));
        if said && self.user == User::Away {
            // The recognizer heard what the voice-activity detector did not.
            self.open_now(now);
            self.evidence.words = words;
            self.worded = Some(now);
            self.ladder.words_came(now, overlap);
        }
    }

    fn agent_finished(&mut self, now: Moment, actions: &mut Actions) {
        let could_interrupt = self.interruption().is_some_and(|how| how.mode != BargeIn::Disabled);
        actions.extend(self.ladder.resume());
        self.ladder.forget();
        self.agent = Agent::Quiet;
        self.answers = None;
        if !core::mem::take(&mut self.overlaps) {
            return;
        }
        if self.ladder.said() == Overlap::Echo && self.user != User::Away {
            self.user = User::Away;
            actions.push(Action::DropTurn);
            return;
        }
        // Speech that might have interrupted and did not was a backchannel, unless it came at the
        // very end, where an early answer sounds the same. Speech that might not is a turn.
        let backchannel = self.ladder.said() == Overlap::Backchannel;
        let early = if backchannel { EARLY_ANSWER / 2 } else { EARLY_ANSWER };
        if let User::Pausing { silent, .. } = self.user
            && could_interrupt
            && now > silent + early
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
        self.settle_overlap(now, actions);
        if !self.may_end_turn() {
            return;
        }
        match self.user {
            User::Away => {}
            User::Speaking { turn, .. } => {
                if now >= turn + self.config.longest_turn {
                    self.end_turn(EndReason::TooLong, now, actions);
                } else if let (Some(worded), Some(_)) =
                    (self.worded, self.wordless_at().filter(|at| now >= *at))
                {
                    let spoken = worded.saturating_sub(self.config.words_delay).max(turn);
                    self.end_turn(EndReason::NoWords, spoken, actions);
                }
            }
            User::Pausing { turn, silent } => self.settle_pause(now, turn, silent, actions),
        }
    }

    /// When a voice that goes on has had time enough for another word.
    ///
    /// The longest wait in a pause, and what words take: over the babble of a café nobody is ever
    /// silent, and whoever has finished there is answered all the same.
    fn wordless_at(&self) -> Option<Moment> {
        let FloorConfig { endpointing, partials, patience, words_delay, .. } = self.config;
        let words_come = endpointing.uses_words() && partials && !words_delay.is_zero();
        match (self.user, self.worded) {
            (User::Speaking { voice, .. }, Some(worded)) if words_come => {
                Some(worded.max(voice) + patience.max + words_delay)
            }
            _ => None,
        }
    }

    fn settle_pause(&mut self, now: Moment, turn: Moment, silent: Moment, actions: &mut Actions) {
        if self.config.endpointing != Endpointing::Manual && now >= silent + self.wait {
            let reason = match self.judgement {
                judgement if judgement.evidence.recognizer == RecognizerTurn::Ended => EndReason::Recognizer,
                judgement if judgement.speaks_for_the_end() => EndReason::Complete,
                _ => EndReason::Silence,
            };
            return self.end_turn(reason, silent, actions);
        }
        if now >= turn + self.config.longest_turn {
            return self.end_turn(EndReason::TooLong, silent, actions);
        }
        if self.checks_after().is_some_and(|check| now >= silent + check) {
            self.checks += 1;
            self.checked = now.saturating_sub(silent);
            if self.is_worth_checking() {
                actions.push(Action::AskAudio);
            }
        }
        if self.config.semantic && !self.asked_semantic && self.evidence.words != Words::Unknown {
            self.asked_semantic = true;
            actions.push(Action::AskSemantic);
        }
        if self.prepares_after().is_some_and(|prepare| now >= silent + prepare) {
            self.prepared = true;
            self.preparations += 1;
            actions.push(Action::PrepareReply);
        }
    }

    /// Decides whether speech over the agent takes the floor.
    fn settle_overlap(&mut self, now: Moment, actions: &mut Actions) {
        let Some(over) = self.over() else { return actions.extend(self.ladder.resume()) };
        let Some(voice) = self.voice() else { return };
        match self.ladder.step(now, voice, over) {
            Some(Step::Act(action)) => actions.push(action),
            Some(Step::CutOff) => self.cut_off(actions),
            None => {}
        }
    }

    /// Over what the user speaks, if that can make it give way.
    fn over(&self) -> Option<Over> {
        let how = self.interruption().filter(|how| how.mode != BargeIn::Disabled)?;
        let FloorConfig { words_delay, partials, .. } = self.config;
        Some(Over { how, is_audible: self.is_audible(), words_delay, partials })
    }

    /// What is heard of the user's turn, if one is open.
    fn voice(&self) -> Option<Voice> {
        match self.user {
            User::Away => None,
            User::Pausing { silent, .. } => Some(Voice::Silent { since: silent }),
            User::Speaking { voice, until, .. } => Some(Voice::Heard { since: voice, until }),
        }
    }

    fn is_audible(&self) -> bool {
        matches!(self.agent, Agent::Audible { .. })
    }

    /// What speech over the agent can do just now; nothing if there is none, or if it can do
    /// nothing.
    fn interruption(&self) -> Option<Interruption> {
        match self.agent {
            _ if !self.overlaps => None,
            Agent::Preparing => Some(self.config.thinking),
            Agent::Audible { interruptible: true, .. } => Some(self.config.speaking),
            Agent::Audible { interruptible: false, .. } | Agent::Quiet => None,
        }
    }

    /// A turn that began over the agent is settled first.
    fn may_end_turn(&self) -> bool {
        self.agent == Agent::Quiet
    }

    fn open(&mut self, user: User) {
        self.user = user;
        self.evidence = Evidence::default();
        self.checks = 0;
        self.checked = Duration::ZERO;
        self.asked_semantic = false;
        self.worded = None;
        self.ladder.turn_began();
        self.overlaps = self.agent != Agent::Quiet;
    }

    /// Opens a turn without an edge of the voice; the user may be in the middle of a word.
    fn open_now(&mut self, now: Moment) {
        self.open(if self.voiced {
            User::Speaking { turn: now, voice: now, until: now }
        } else {
            User::Pausing { turn: now, silent: now }
        });
    }

    fn discard(&mut self, actions: &mut Actions) {
        if core::mem::take(&mut self.prepared) {
            self.wasted += 1;
            actions.push(Action::DiscardPrepared);
        }
    }

    /// The user takes the floor from the agent.
    fn cut_off(&mut self, actions: &mut Actions) {
        // Speech that began before the answer could be understood goes on with the turn.
        let goes_on = match (self.user, self.agent, self.answers) {
            (_, Agent::Quiet, _) => return,
            (_, Agent::Preparing, _) => true,
            (_, Agent::Audible { .. }, None) => false,
            (
                User::Speaking { voice: began, .. } | User::Pausing { silent: began, .. },
                Agent::Audible { since, .. },
                _,
            ) => self.ladder.said() != Overlap::Command && began <= since + self.config.take_back,
            (User::Away, ..) => false,
        };
        if goes_on {
            if let (Some(ended), User::Speaking { turn, voice, .. }) = (self.answers, &mut self.user) {
                self.pauses.observe(voice.saturating_sub(ended.silent));
                *turn = ended.turn.min(*turn);
            }
            actions.push(Action::TakeBack);
        } else {
            actions.push(Action::CancelReply);
        }
        self.agent = Agent::Quiet;
        self.answers = None;
        self.overlaps = false;
        self.ladder.forget();
    }

    fn end_turn(&mut self, reason: EndReason, silent_since: Moment, actions: &mut Actions) {
        let turn = match self.user {
            User::Away => silent_since,
            User::Pausing { turn, .. } | User::Speaking { turn, .. } => turn,
        };
        let judged = matches!(reason, EndReason::Complete | EndReason::Recognizer | EndReason::Silence);
        self.answers = judged.then_some(Ended { turn, silent: silent_since });
        self.user = User::Away;
        self.evidence = Evidence::default();
        self.overlaps = false;
        self.prepared = false;
        self.agent = Agent::Preparing;
        actions.push(Action::EndTurn { reason, silent_since });
    }
}

/// The part of a wait after which an answer is prepared, to the microsecond.
fn early(wait: Duration) -> Duration {
    Duration::from_micros(wait.as_micros() as u64 * EAGER / 100)
}
