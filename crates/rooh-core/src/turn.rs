//! Judges of pauses: whether the user has finished, or only thinks.

mod llm;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::AudioFrame;

use crate::Result;
use crate::expect::Expected;
use crate::provider::Progress;
use crate::stream::Events;

pub use llm::LlmCompleteness;

/// Judges whether the user has finished, from how it sounded and what was said.
///
/// What to do with the answer is the floor's business.
///
/// # Contract
///
/// - The answer lies between 0 and 1.
/// - A view without audio, without text, or without either is answered and is no error.
/// - The same view gives the same answer.
///
/// # Cancellation
///
/// Dropping the future cancels the question.
#[async_trait]
pub trait TurnDetector: fmt::Debug + Send + Sync + 'static {
    /// How likely it is that the user has finished, from 0 to 1.
    async fn completeness(&self, view: TurnView) -> Result<f32>;

    /// Loads in advance what the first question would wait for.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought, once nobody uses it.
    fn unload(&self) {}
}

/// A judge that is a function: a language model that is asked, or a rule of one's own.
pub(crate) struct Asked<F>(F);

impl<F> Asked<F> {
    pub(crate) const fn new(ask: F) -> Self {
        Self(ask)
    }
}

#[async_trait]
impl<F, A> TurnDetector for Asked<F>
where
    F: Fn(TurnView) -> A + Send + Sync + 'static,
    A: Future<Output = Result<f32>> + Send + 'static,
{
    async fn completeness(&self, view: TurnView) -> Result<f32> {
        (self.0)(view).await
    }
}

impl<F> fmt::Debug for Asked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

/// What a judge of pauses gets to see. Build it with `..Default::default()`.
#[derive(Clone, Debug, Default)]
pub struct TurnView {
    /// What the agent said last.
    pub agent: String,
    /// The last seconds of the user's turn, at most eight.
    pub audio: Vec<AudioFrame>,
    /// What the agent has asked for.
    pub expected: Expected,
    /// The language as a BCP 47 tag, if the session has one.
    pub language: Option<String>,
    /// How long the pause has lasted.
    pub pause: Duration,
    /// What was understood of the turn so far.
    pub text: String,
}
