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

/// How long the user has to speak over the agent before it pauses: shorter sounds are breaths and
/// clicks.
///
/// Three windows of 32 ms, one more than the gate needs to hear a voice at all. With what it takes to
/// notice them, and a gap between words within 100 ms, the agent is silent within 350 ms.
const PAUSE_AFTER: Duration = Duration::from_millis(90);

/// How often a reply pauses for what turns out to take nothing; from then on it only becomes quieter.
///
/// Who has said "mm-hm" three times listens, and a noise that was none three times will not become
/// one. Words cut it off all the same.
const MOST_PAUSES: u8 = 3;

/// How long speech over the agent may last before it takes the floor whatever its words are, where
/// they come only after it.
const LONGEST_BACKCHANNEL: Duration = Duration::from_secs(2);

/// How long a voice may go on before its first word, or the next one, is over.
///
/// Longer than a "yeah, okay", or a drawn "mm-hm" of 600 ms. Words that come while the user speaks
/// are there a [`words_delay`](crate::FloorConfig::words_delay) later, or there are none: then it is
/// a noise, or somebody else. Words that come only afterwards cannot say so, and the voice takes the
/// floor.
const WORDS_DECIDE: Duration = Duration::from_millis(800);

/// A voice of which nothing more is heard for so long, not even that it stopped, is lost: windows
/// come every 32 ms, and what is late by jitter is late by less.
const VOICE_LOST: Duration = Duration::from_secs(1);

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
    /// Words come while the user speaks.
    pub(crate) partials: bool,
}

impl Over {
    /// Whether words decide, and not the length: they come while the user speaks, and there is
    /// something to lose.
    fn words_decide(&self) -> bool {
        let Self { how, is_audible, words_delay, partials } = self;
        how.mode == BargeIn::Adaptive && *is_audible && *partials && !words_delay.is_zero()
    }
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
    said: Overlap,
    reply: Reply,
    /// Since when somebody is heard for whom the reply gives way; there may be silence in it.
    began: Moment,
    /// When words of that came, if any did.
    understood: Option<Moment>,
    /// Nothing was understood of this voice in time, or it is lost.
    given_up: bool,
    /// How often this reply was paused.
    pauses: u8,
}

impl Ladder {
    /// What the user has said since the turn began.
    pub(crate) fn said(&self) -> Overlap {
        self.said
    }

    /// A turn begins: nothing was said in it.
    pub(crate) fn turn_began(&mut self) {
        self.said = Overlap::Nothing;
        self.understood = None;
    }

    /// More is known of what the user has said.
    pub(crate) fn words_came(&mut self, now: Moment, said: Overlap) {
        self.said = said;
        if said != Overlap::Nothing {
            self.understood = Some(now);
        }
    }

    /// Somebody begins to speak.
    pub(crate) fn voice_began(&mut self, since: Moment) {
        self.given_up = false;
        // A reply that is held back for one noise does not begin to wait again at the next.
        if self.reply == Reply::Runs {
            self.began = since;
            self.understood = None;
        }
    }

    /// Gives way to somebody who begins to speak.
    pub(crate) fn give_way(&mut self, mode: BargeIn, is_audible: bool) -> Option<Action> {
        match mode {
            BargeIn::Disabled | BargeIn::SoftFade => None,
            BargeIn::Adaptive if is_audible => self.duck(),
            BargeIn::Adaptive | BargeIn::HardCut => self.quieten(Action::PauseReply),
        }
    }

    /// What follows from what is heard and understood by `now`.
    pub(crate) fn step(&mut self, now: Moment, voice: Voice, over: Over) -> Option<Step> {
        let how = over.how;
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
                if self.said == Overlap::Echo || now >= self.gives_up_at(voice, over) {
                    self.given_up = true;
                    return self.resume().map(Step::Act);
                }
                match how.mode {
                    _ if self.given_up => None,
                    BargeIn::Adaptive if spoken >= PAUSE_AFTER => self.pause(over),
                    BargeIn::SoftFade if spoken >= how.min_speech => self.quieten(Action::FadeReply),
                    _ => None,
                }
            }
            Voice::Silent { .. } if now >= self.gives_up_at(voice, over) => self.resume(),
            Voice::Silent { .. } => None,
        };
        action.map(Step::Act)
    }

    /// When to look again though nothing else happens; never if the reply is not held back.
    pub(crate) fn next_timeout(&self, voice: Voice, over: Over) -> Option<Moment> {
        (self.reply != Reply::Runs).then(|| self.gives_up_at(voice, over))
    }

    /// When the reply goes on if nothing more is heard or understood.
    fn gives_up_at(&self, voice: Voice, over: Over) -> Moment {
        match voice {
            Voice::Heard { .. } if over.words_decide() => {
                // What was understood explains the voice up to then.
                self.understood.unwrap_or(self.began) + WORDS_DECIDE + over.words_delay
            }
            Voice::Heard { since, until } => until.max(since) + VOICE_LOST,
            Voice::Silent { since } if over.how.mode != BargeIn::Adaptive => since,
            Voice::Silent { since } if self.understood.is_some() => since,
            Voice::Silent { since } => since + over.words_delay,
        }
    }

    /// How long speech over the agent may last before its length alone takes the floor.
    fn cuts_after(&self, over: Over) -> Duration {
        let Interruption { mode, min_speech, .. } = over.how;
        match (mode, self.said) {
            // An agent that hears itself is not interrupted by it.
            (_, Overlap::Echo) => Duration::MAX,
            (BargeIn::SoftFade, _) => LONGEST_BACKCHANNEL,
            _ if over.words_decide() => Duration::MAX,
            (_, Overlap::Backchannel) => LONGEST_BACKCHANNEL.max(min_speech),
            (BargeIn::Adaptive, _) if !over.words_delay.is_zero() && over.is_audible => {
                WORDS_DECIDE.max(min_speech)
            }
            _ => min_speech,
        }
    }

    /// The reply goes on, if it was held back.
    pub(crate) fn resume(&mut self) -> Option<Action> {
        let held = core::mem::take(&mut self.reply) != Reply::Runs;
        held.then_some(Action::ResumeReply)
    }

    /// There is no reply any more, or another one.
    pub(crate) fn forget(&mut self) {
        self.reply = Reply::Runs;
        self.pauses = 0;
    }

    fn pause(&mut self, over: Over) -> Option<Action> {
        if over.words_decide() && self.pauses == MOST_PAUSES {
            return None;
        }
        let paused = self.quieten(Action::PauseReply);
        self.pauses += u8::from(paused.is_some() && over.words_decide());
        paused
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
