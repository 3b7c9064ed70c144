//! Speech to text: the contract, and the adapter for recognizers of whole utterances.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};

use crate::Result;
use crate::expect::Hints;
use crate::options::Options;
use crate::provider::{FromOptions, Info, Progress, ProviderFailure};
use crate::stream::{Events, Inlet};
use crate::trace::Trace;

/// Ears: turns audio into words.
///
/// # Contract
///
/// - Nothing is connected, loaded or computed before the stream is first polled.
/// - Frames arrive in [`SttCapabilities::format`], in order, without gaps in their samples.
/// - [`SttInput::Finalize`] is answered by exactly one [`SttEvent::Final`] for all that was heard
///   since the last final, even if nothing was understood (its text is empty then).
/// - Finals may also come on their own; each covers audio that no other final covers.
/// - A [`SttEvent::Partial`] replaces the one before it and covers what comes after the last final.
/// - An inlet that ends, ends the stream; what was heard until then is given as a last final.
/// - An error is the last event, and of the kind that tells the caller what to do.
/// - No event is lost when the reader is slow.
///
/// # Cancellation
///
/// Dropping the stream ends the work and closes what was opened for it.
pub trait SttProvider: fmt::Debug + Send + Sync + 'static {
    /// What this recognizer needs and what it can do.
    fn capabilities(&self) -> SttCapabilities;

    /// Transcribes what comes in until the inlet ends.
    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent>;

    /// Loads in advance what the first request would wait for, once for all sessions.
    ///
    /// Calling it again is harmless, and so is never calling it.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought, once nobody uses it.
    fn unload(&self) {}
}

/// What a recognizer needs and can do. Build it with `..Default::default()`.
#[derive(Clone, Copy, Debug)]
pub struct SttCapabilities {
    /// The format of the frames that it takes; the session converts.
    pub format: AudioFormat,
    /// Whether it makes use of [`Hints`].
    pub hints: bool,
    /// Whether it gives partial transcripts.
    pub partials: bool,
    /// Whether it comes back by itself when it breaks off; otherwise an agent sees to it, with
    /// [`SttFallback`](crate::layer::SttFallback).
    pub recovers: bool,
    /// Whether it judges turns itself and sends [`SttEvent::Turn`].
    pub turns: bool,
    /// Whether its words carry times.
    pub word_times: bool,
}

impl Default for SttCapabilities {
    fn default() -> Self {
        Self {
            format: AudioFormat::WIDEBAND,
            hints: false,
            partials: false,
            recovers: false,
            turns: false,
            word_times: false,
        }
    }
}

/// What is asked of a recognizer. Build it with `..Default::default()`.
#[derive(Clone, Debug, Default)]
pub struct SttRequest {
    /// What may help it from the start.
    pub hints: Hints,
    /// The language as a BCP 47 tag, if the session has one.
    pub language: Option<String>,
    /// Options of this provider that hold for this session alone.
    pub options: Options,
    /// Where the provider reports what it says and hears on its own wire.
    pub trace: Trace,
}

/// What a recognizer reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SttInput {
    /// The next stretch of audio.
    Audio(AudioFrame),
    /// Asks for a final transcript of all that came before.
    Finalize,
    /// What may help from now on, in the place of all earlier hints.
    Hints(Hints),
    /// Options of this provider that hold from the next turn on.
    Options(Options),
}

/// What a recognizer yields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SttEvent {
    /// Which of several recognizers listens from here on.
    Answering {
        /// Its name in the layer.
        provider: Arc<str>,
        /// The first in the order, if another one listens.
        instead_of: Option<Arc<str>>,
    },
    /// Audio of this length was lost, because no recognizer could be asked for too long.
    AudioLost(Duration),
    /// Words that will not change any more.
    Final(Transcript),
    /// Words that may still change.
    Partial(Transcript),
    /// One of several recognizers failed.
    ProviderFailed(ProviderFailure),
    /// Who spoke in a stretch that was transcribed before.
    Speakers(Vec<SpeakerLabel>),
    /// What a recognizer that judges turns itself thinks of the turn.
    Turn(TurnSignal),
}

/// What was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The words; empty if nothing was understood.
    pub text: String,
    /// How sure the recognizer is, from 0 to 1, if it says.
    pub confidence: Option<f32>,
    /// The language as a BCP 47 tag, if the recognizer found it out.
    pub language: Option<String>,
    /// Who spoke, if that is known already.
    pub speaker: Option<String>,
    /// The words one by one, if the recognizer times them.
    pub words: Vec<Word>,
}

impl Transcript {
    /// A transcript of which nothing but the text is known.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A word and when it was said, on the session timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word as written.
    pub text: String,
    /// When it began.
    pub start: SessionTime,
    /// When it ended.
    pub end: SessionTime,
}

/// Who spoke between two moments; may come long after the words.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeakerLabel {
    /// The name of the speaker, stable within the session.
    pub speaker: String,
    /// From when.
    pub start: SessionTime,
    /// Until when.
    pub end: SessionTime,
}

/// What a recognizer that judges turns itself says about the user's turn.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TurnSignal {
    /// It may be over: worth preparing an answer.
    EagerEnd {
        /// How likely it is over, from 0 to 1.
        confidence: f32,
    },
    /// It is over.
    End {
        /// How likely it is over, from 0 to 1.
        confidence: f32,
    },
    /// It goes on after an eager end.
    Resume,
    /// It began.
    Start,
    /// It goes on.
    Update {
        /// How likely it is over, from 0 to 1.
        confidence: f32,
    },
}

/// A recognizer of whole utterances; [`Batched`] makes a [`SttProvider`] of it.
#[async_trait]
pub trait BatchStt: fmt::Debug + Send + Sync + 'static {
    /// The format of the speech that it takes.
    fn format(&self) -> AudioFormat;

    /// Transcribes one utterance.
    ///
    /// Dropping the future cancels the work.
    async fn recognize(&self, request: SttRequest, speech: Vec<AudioFrame>) -> Result<Transcript>;
}

/// A recognizer of whole utterances as a streaming one: audio is kept until it is to be final.
#[derive(Debug)]
pub struct Batched<B> {
    recognizer: Arc<B>,
    longest: Duration,
}

impl<B: BatchStt> Batched<B> {
    /// Keeps at most a minute of audio; of a longer utterance the beginning is recognized early.
    pub fn new(recognizer: B) -> Self {
        Self { recognizer: Arc::new(recognizer), longest: Duration::from_secs(60) }
    }

    /// Keeps at most this much audio before it is recognized.
    #[must_use]
    pub fn longest(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }
}

impl<B: BatchStt + FromOptions> FromOptions for Batched<B> {
    type Options = B::Options;
    const INFO: Info = B::INFO;

    fn from_options(options: B::Options) -> Result<Self> {
        B::from_options(options).map(Self::new)
    }
}

impl<B: BatchStt> SttProvider for Batched<B> {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities { format: self.recognizer.format(), hints: true, ..Default::default() }
    }

    fn transcribe(&self, mut request: SttRequest, mut audio: Inlet<SttInput>) -> Events<SttEvent> {
        let recognizer = Arc::clone(&self.recognizer);
        let longest = self.longest;
        Events::new(move |mut out| async move {
            let mut speech: Vec<AudioFrame> = Vec::new();
            let mut length = Duration::ZERO;
            // What was recognized early because it was too long to keep.
            let mut early = String::new();
            loop {
                let input = audio.next().await;
                let ended = input.is_none();
                match input {
                    Some(SttInput::Audio(frame)) => {
                        length += frame.duration();
                        speech.push(frame);
                    }
                    Some(SttInput::Hints(hints)) => request.hints = hints,
                    Some(SttInput::Options(options)) => request.options = options,
                    Some(SttInput::Finalize) | None => {
                        let mut transcript = Transcript::default();
                        if !speech.is_empty() {
                            length = Duration::ZERO;
                            let speech = std::mem::take(&mut speech);
                            transcript = recognizer.recognize(request.clone(), speech).await?;
                        }
                        if !early.is_empty() {
                            early.push(' ');
                            transcript.text.insert_str(0, &early);
                            transcript.text.truncate(transcript.text.trim_end().len());
                            early.clear();
                        }
                        if !ended || !transcript.text.is_empty() {
                            out.emit(SttEvent::Final(transcript)).await;
                        }
                    }
                }
                if ended {
                    return Ok(());
                }
                if length >= longest {
                    length = Duration::ZERO;
                    let part = recognizer.recognize(request.clone(), std::mem::take(&mut speech)).await?;
                    if !early.is_empty() && !part.text.is_empty() {
                        early.push(' ');
                    }
                    early.push_str(&part.text);
                }
            }
        })
    }
}
