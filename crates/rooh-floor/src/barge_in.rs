//! What happens when both speak: the reply becomes quieter, pauses, and goes on or is cut off.

use core::time::Duration;

use crate::Moment;
use crate::action::Action;

/// What happens when the user speaks over the agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interruption {
    /// How it is decided.
    pub mode: BargeIn,
    /// How long the user has to speak before the length of it decides.
    pub min_speech: Duration,
    /// How many words that are more than a backchannel decide, however short they are.
    pub min_words: u16,
}

impl Default for Interruption {
    fn default() -> Self {
        Self { mode: BargeIn::Adaptive, min_speech: Duration::from_millis(300), min_words: 1 }
    }
}

/// How it is decided whether speech over the agent takes the floor.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum BargeIn {
    /// The agent becomes quieter at once and pauses soon after; the words decide, or, where there
    /// are none, the length.
    #[default]
    Adaptive,
    /// The agent goes on; what the user says is a turn, which is answered afterwards.
    Disabled,
    /// The agent pauses at once, and the length decides.
    HardCut,
    /// The agent fades out, and goes on if the user has spoken for less than two seconds.
    SoftFade,
}

impl BargeIn {
    /// The mode in snake case, as files and the wire use it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::Disabled => "disabled",
            Self::HardCut => "hard_cut",
            Self::SoftFade => "soft_fade",
        }
    }
}

/// What the words are that the user says over the agent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Overlap {
    /// What a listener says: "mm-hm", "yeah".
    Backchannel,
    /// What always takes the floor: "stop", "wait", "no".
    Command,
    /// What the agent itself says just now.
    Echo,
    /// No word was understood.
    #[default]
    Nothing,
    /// So many words that are more than a backchannel.
    Speech(u16),
}

/// How long the user has to speak over the agent before it pauses: shorter sounds are breaths,
/// clicks, and the beginning of a backchannel.
const PAUSE_AFTER: Duration = Duration::from_millis(150);

/// How long speech over the agent may last before it takes the floor whatever its words are.
const LONGEST_BACKCHANNEL: Duration = Duration::from_secs(2);

/// How long speech over the agent whose words are still to come may last.
///
/// Longer than a "yeah, okay" and the words of a streaming recognizer behind it.
const WORDS_DECIDE: Duration = Duration::from_millis(800);

/// What is heard of the user.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Voice {
    /// A voice, since then and at least until then.
    Heard { since: Moment, until: Moment },
    /// Silence.
    Silent { since: Moment },
}

/// Over what the user speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Over {
    pub(crate) how: Interruption,
    /// The agent is heard, and does not only prepare what it will say.
    pub(crate) is_audible: bool,
    /// How long words take; zero if there will be none.
    pub(crate) words_delay: Duration,
}

/// What follows from speech over the agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The reply becomes quieter, or goes on.
    Act(Action),
    /// The user takes the floor.
    CutOff,
}

/// What the reply does while it is not settled who has the floor.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Reply {
    /// It goes on.
    #[default]
    Runs,
    /// It is played more quietly.
    Ducked,
    /// It is held back.
    Paused,
}

/// How far the reply has given way to speech over it, and what was understood of that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ladder {
    /// What the user has said since the turn began.
    pub(crate) said: Overlap,
    reply: Reply,
}

impl Ladder {
    /// Somebody begins to speak over the agent.
    pub(crate) fn voice_began(&mut self, mode: BargeIn, is_audible: bool) -> Option<Action> {
        match mode {
            BargeIn::Disabled | BargeIn::SoftFade => None,
            BargeIn::Adaptive if is_audible => self.duck(),
            BargeIn::Adaptive | BargeIn::HardCut => self.quieten(Action::PauseReply),
        }
    }

    /// What follows from what is heard and understood by `now`.
    pub(crate) fn step(&mut self, now: Moment, voice: Voice, over: Over) -> Option<Step> {
        let Over { how, .. } = over;
        let takes = match self.said {
            Overlap::Command => true,
            Overlap::Speech(words) => words >= how.min_words.max(1),
            Overlap::Backchannel | Overlap::Echo | Overlap::Nothing => false,
        };
        if takes {
            return Some(Step::CutOff);
        }
        let action = match voice {
            Voice::Heard { since, until } => {
                let spoken = until.saturating_sub(since);
                if spoken >= self.cuts_after(over) {
                    return Some(Step::CutOff);
                }
                match how.mode {
                    _ if self.said == Overlap::Echo => self.resume(),
                    BargeIn::Adaptive if spoken >= PAUSE_AFTER => self.quieten(Action::PauseReply),
                    BargeIn::SoftFade if spoken >= how.min_speech => self.quieten(Action::FadeReply),
                    _ => None,
                }
            }
            Voice::Silent { since } => {
                let known = self.said != Overlap::Nothing || how.mode != BargeIn::Adaptive;
                if known || now >= since + over.words_delay { self.resume() } else { None }
            }
        };
        action.map(Step::Act)
    }

    /// The reply goes on, if it was held back.
    pub(crate) fn resume(&mut self) -> Option<Action> {
        let held = core::mem::take(&mut self.reply) != Reply::Runs;
        held.then_some(Action::ResumeReply)
    }

    /// There is no reply any more.
    pub(crate) fn forget(&mut self) {
        self.reply = Reply::Runs;
    }

    /// Whether the reply is held back.
    pub(crate) fn holds(&self) -> bool {
        self.reply != Reply::Runs
    }

    /// How long speech over the agent may last before its length alone takes the floor.
    fn cuts_after(&self, over: Over) -> Duration {
        let Over { how: Interruption { mode, min_speech, .. }, is_audible, words_delay } = over;
        match (mode, self.said) {
            (BargeIn::SoftFade, _) => LONGEST_BACKCHANNEL,
            // An agent that hears itself is not interrupted by it.
            (_, Overlap::Echo) => Duration::MAX,
            (_, Overlap::Backchannel) => LONGEST_BACKCHANNEL.max(min_speech),
            (BargeIn::Adaptive, _) if !words_delay.is_zero() && is_audible => WORDS_DECIDE.max(min_speech),
            _ => min_speech,
        }
    }

    fn duck(&mut self) -> Option<Action> {
        if self.reply != Reply::Runs {
            return None;
        }
        self.reply = Reply::Ducked;
        Some(Action::DuckReply)
    }

    fn quieten(&mut self, how: Action) -> Option<Action> {
        if self.reply == Reply::Paused {
            return None;
        }
        self.reply = Reply::Paused;
        Some(how)
    }
}
