//! What the floor decides.

use crate::Moment;

/// What to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Judge the sound of the pause; the answer is an [`Input::Audio`](crate::Input::Audio).
    AskAudio,
    /// Ask a language model whether the turn is complete; the answer is an [`Input::Semantic`](crate::Input::Semantic).
    AskSemantic,
    /// The agent is cut off: the user heard a part, and speaks now.
    CancelReply,
    /// The user goes on: throw away what was prepared.
    DiscardPrepared,
    /// What the user said over the agent was no more than a backchannel: forget it.
    DropTurn,
    /// Play more quietly, until it is clear whether the user takes the floor.
    DuckReply,
    /// The user's turn is over: answer it.
    EndTurn {
        /// Why it was taken for finished.
        reason: EndReason,
        /// Since when the user has been silent.
        silent_since: Moment,
    },
    /// Fade out, until it is clear whether the user takes the floor.
    FadeReply,
    /// Say nothing more until it is clear whether the user takes the floor.
    ///
    /// One of [`ResumeReply`](Self::ResumeReply), [`CancelReply`](Self::CancelReply) and
    /// [`TakeBack`](Self::TakeBack) follows before the next pause.
    PauseReply,
    /// The end is likely: prepare the answer, and let nobody notice.
    PrepareReply,
    /// Go on where it was paused, at the full volume.
    ResumeReply,
    /// The user goes on before the answer was heard, or just after: forget the answer, and take
    /// what was said back into the turn.
    TakeBack,
}

/// What to do, in order; at most four things.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[must_use = "the floor has decided; somebody has to do it"]
pub struct Actions([Option<Action>; 4]);

impl Actions {
    pub(crate) fn push(&mut self, action: Action) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(action);
        }
    }

    pub(crate) fn extend(&mut self, action: Option<Action>) {
        if let Some(action) = action {
            self.push(action);
        }
    }
}

impl IntoIterator for Actions {
    type Item = Action;
    type IntoIter = core::iter::Flatten<core::array::IntoIter<Option<Action>, 4>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

/// Why the user's turn was taken for finished.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndReason {
    /// The words or the sound of the pause said that it was finished.
    Complete,
    /// The user, or the application, said so.
    Manual,
    /// A voice went on, but no words came of it any more: a noise, or somebody else.
    NoWords,
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
            Self::NoWords => "no_words",
            Self::Recognizer => "recognizer",
            Self::Silence => "silence",
            Self::TooLong => "too_long",
        }
    }
}
