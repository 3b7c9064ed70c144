//! The contract of judges of pauses, sentence by sentence.

use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::expect::Expected;
use rooh_core::turn::{TurnDetector, TurnView};
use tokio::time::timeout;

use super::reading::{Behind, assert_loads};
use super::subject::{into_subject, terms};
use super::{Terms, skipped, suite};
use crate::noise::Noise;

suite! { $
    /// Makes a test of each sentence of the contract of judges of pauses; see
    /// [`contract`](crate::contract).
    turn_contract, turn, TurnSubject:
    the_answer_lies_between_0_and_1,
    a_view_without_audio_or_text_is_answered,
    the_same_view_gives_the_same_answer,
    two_questions_at_once_do_not_mix,
    what_is_finished_is_likelier_so_than_what_is_not,
    dropping_the_future_cancels_the_question,
    loading_twice_or_never_is_harmless,
}

/// A judge of pauses, and what the suite may know about it.
#[derive(Clone, Debug)]
pub struct TurnSubject {
    provider: Arc<dyn TurnDetector>,
    examples: Option<Box<(TurnView, TurnView)>>,
    terms: Terms,
}

terms!(TurnSubject);
into_subject!(TurnSubject, TurnDetector);

impl TurnSubject {
    /// Runs the suite over `provider`.
    pub fn new(provider: impl TurnDetector) -> Self {
        Self::shared(Arc::new(provider))
    }

    /// Runs the suite over a provider that is shared already.
    pub fn shared(provider: Arc<dyn TurnDetector>) -> Self {
        Self { provider, examples: None, terms: Terms::default() }
    }

    /// Gives the suite a turn that is finished and one that is not.
    #[must_use]
    pub fn examples(mut self, finished: TurnView, unfinished: TurnView) -> Self {
        self.examples = Some(Box::new((finished, unfinished)));
        self
    }

    async fn ask(&self, view: &TurnView) -> f32 {
        match timeout(self.terms.patience, self.provider.completeness(view.clone())).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => panic!("{view:?} was not answered: {error:?}"),
            Err(_) => panic!("{view:?} was not answered within {:?}", self.terms.patience),
        }
    }
}

/// Noise of this length at 16 kHz, in frames of 20 ms.
fn audio(length: Duration) -> Vec<AudioFrame> {
    let format = AudioFormat::WIDEBAND;
    let mut noise = Noise::new(11);
    let samples: Vec<i16> = (0..format.samples_in(length)).map(|_| noise.sample(4_000)).collect();
    crate::speech::frames(&AudioFrame::new(samples, format, SessionTime::ZERO), Duration::from_millis(20))
}

/// Views of every form that a session can come to.
fn views() -> Vec<TurnView> {
    let text = |text: &str| TurnView { text: text.to_owned(), ..TurnView::default() };
    let expecting = |expected| TurnView { expected, ..text("well it is five five") };
    vec![
        text("I used to work at"),
        text("I used to work at a bakery."),
        text("…"),
        text(&"and then ".repeat(400)),
        text("日本語です"),
        TurnView { agent: "What is your name?".to_owned(), pause: Duration::from_millis(700), ..text("Ada") },
        TurnView { audio: audio(Duration::from_secs(2)), ..text("I used to work at a bakery.") },
        TurnView {
            audio: audio(Duration::from_secs(8)),
            pause: Duration::from_secs(60),
            ..TurnView::default()
        },
        TurnView { audio: audio(Duration::from_millis(20)), ..text("yes") },
        TurnView { language: Some("de".to_owned()), ..text("Ich habe früher") },
        TurnView { language: Some("no such language".to_owned()), ..text("well") },
        expecting(Expected::Digits { min: 7, max: 12 }),
        expecting(Expected::Date),
        expecting(Expected::Email),
        expecting(Expected::Name),
        expecting(Expected::OneOf(vec!["tea".to_owned(), "coffee".to_owned()])),
        expecting(Expected::OneOf(Vec::new())),
        expecting(Expected::Time),
        expecting(Expected::YesNo),
    ]
}

/// The answer lies between 0 and 1.
pub async fn the_answer_lies_between_0_and_1(subject: TurnSubject) {
    for view in views() {
        let answer = subject.ask(&view).await;
        assert!((0.0..=1.0).contains(&answer), "the answer to {view:?} is {answer}");
    }
}

/// A view without audio, without text, or without either is answered and is no error.
pub async fn a_view_without_audio_or_text_is_answered(subject: TurnSubject) {
    let audio = audio(Duration::from_secs(1));
    let empty = AudioFrame::new(Vec::new(), AudioFormat::WIDEBAND, SessionTime::ZERO);
    let text = "I used to work at a bakery.".to_owned();
    for view in [
        TurnView::default(),
        TurnView { audio: audio.clone(), ..TurnView::default() },
        TurnView { audio: vec![empty], ..TurnView::default() },
        TurnView { text: text.clone(), ..TurnView::default() },
        TurnView { audio, text, ..TurnView::default() },
    ] {
        let answer = subject.ask(&view).await;
        assert!(answer.is_finite(), "the answer to {view:?} is {answer}");
    }
}

/// The same view gives the same answer, whatever was asked in between.
pub async fn the_same_view_gives_the_same_answer(subject: TurnSubject) {
    let views = views();
    let mut first = Vec::new();
    for view in &views {
        first.push(subject.ask(view).await);
    }
    for (view, first) in views.iter().zip(first).rev() {
        let again = subject.ask(view).await;
        assert!(
            subject.terms.varies || first.to_bits() == again.to_bits(),
            "{view:?} was answered by {first}, then by {again}"
        );
    }
}

/// Two questions at once do not mix.
pub async fn two_questions_at_once_do_not_mix(subject: TurnSubject) {
    let [one, two] = [&views()[0], &views()[1]].map(Clone::clone);
    let alone = (subject.ask(&one).await, subject.ask(&two).await);
    let at_once = futures::join!(subject.ask(&one), subject.ask(&two));
    assert!(
        subject.terms.varies || alone == at_once,
        "asked one by one the answers are {alone:?}, asked at once {at_once:?}"
    );
}

/// What is finished is likelier to be finished than what is not.
pub async fn what_is_finished_is_likelier_so_than_what_is_not(subject: TurnSubject) {
    let Some(examples) = &subject.examples else {
        skipped(
            "what_is_finished_is_likelier_so_than_what_is_not",
            "the subject has no examples; see TurnSubject::examples",
        );
        return;
    };
    let (finished, unfinished) = (subject.ask(&examples.0).await, subject.ask(&examples.1).await);
    assert!(finished > unfinished, "finished: {finished}, unfinished: {unfinished}");
}

/// Dropping the future cancels the question.
pub async fn dropping_the_future_cancels_the_question(subject: TurnSubject) {
    let behind = Behind::look(&subject.terms);
    let view = &views()[6];
    drop(subject.provider.completeness(view.clone()));
    let mut question = subject.provider.completeness(view.clone());
    let _ = futures::poll!(&mut question);
    drop(question);
    behind.assert_closed().await;
    let answer = subject.ask(view).await;
    assert!((0.0..=1.0).contains(&answer), "after a question was dropped, the answer is {answer}");
}

/// Loading again is harmless, and so is never loading.
pub async fn loading_twice_or_never_is_harmless(subject: TurnSubject) {
    let view = &views()[1];
    let before = subject.ask(view).await;
    for _ in 0..2 {
        assert_loads(&subject.terms, subject.provider.load()).await;
    }
    for _ in 0..2 {
        let answer = subject.ask(view).await;
        assert!(subject.terms.varies || before == answer, "loading changed the answer");
        subject.provider.unload();
        subject.provider.unload();
    }
}
