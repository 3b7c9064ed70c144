//! Text to speech: the contract, and the adapter for voices that speak one clause at a time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame};

use crate::Result;
use crate::options::Options;
use crate::provider::{FromOptions, Info, Progress, ProviderFailure};
use crate::stream::{Events, Inlet};
use crate::trace::Trace;

/// Voice: turns text into audio.
///
/// # Contract
///
/// - Nothing is connected, loaded or computed before the stream is first polled.
/// - Clauses are spoken in the order in which they come; audio of a clause may come before the
///   next clause is there.
/// - Frames are in [`TtsCapabilities::format`] and are to be played one after the other.
/// - A [`TtsEvent::Spoken`] comes before or with the audio that it marks, never after later audio,
///   and neither of its numbers ever goes back.
/// - A clause without anything to pronounce yields no audio and is no error.
/// - An inlet that ends, ends the stream, once all that came was spoken.
/// - An error is the last event, and of the kind that tells the caller what to do.
/// - No event is lost when the reader is slow, and a slow reader holds the work back.
///
/// # Cancellation
///
/// Dropping the stream ends the work and closes what was opened for it.
pub trait TtsProvider: fmt::Debug + Send + Sync + 'static {
    /// What this voice yields and what it can do.
    fn capabilities(&self) -> TtsCapabilities;

    /// Speaks the text that comes in, clause by clause, until the inlet ends.
    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent>;

    /// Loads in advance what the first request would wait for, once for all sessions.
    ///
    /// Calling it again is harmless, and so is never calling it.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought, once nobody uses it.
    fn unload(&self) {}

    /// This voice for one session, if it keeps something from reply to reply, such as a connection.
    ///
    /// A session asks once, uses what it gets in the place of this one, and drops it at its end;
    /// what was opened for the session closes then. Nothing is opened before
    /// [`prewarm`](Self::prewarm) or the first request.
    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        None
    }

    /// Opens the connection that the next request will use; called when a session begins.
    ///
    /// Nothing depends on it: a request works without, and tells what is wrong itself.
    fn prewarm(&self) -> Events<Progress> {
        Events::empty()
    }
}

/// What a voice yields and can do. Build it with `..Default::default()`.
#[derive(Clone, Copy, Debug)]
pub struct TtsCapabilities {
    /// The format of the frames that it yields; the session converts.
    pub format: AudioFormat,
    /// Whether it goes on by itself when it breaks off; otherwise an agent sees to it, with
    /// [`TtsFallback`](crate::layer::TtsFallback).
    pub recovers: bool,
    /// Whether it says what has been spoken, word by word.
    pub word_times: bool,
}

impl Default for TtsCapabilities {
    fn default() -> Self {
        Self { format: AudioFormat::WIDEBAND, recovers: false, word_times: false }
    }
}

/// What is asked of a voice. Build it with `..Default::default()`.
#[derive(Clone, Debug, Default)]
pub struct TtsRequest {
    /// The language as a BCP 47 tag, if the session has one.
    pub language: Option<String>,
    /// Options of this provider that hold for this reply alone: voice, style, stability.
    pub options: Options,
    /// How fast to speak: 1 is the voice's own speed, 2 twice as fast.
    pub speed: Option<f32>,
    /// Where the provider reports what it says and hears on its own wire.
    pub trace: Trace,
}

/// What a voice yields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TtsEvent {
    /// Which of several voices speaks from here on.
    Answering {
        /// Its name in the layer.
        provider: Arc<str>,
        /// The first in the order, if another one speaks.
        instead_of: Option<Arc<str>>,
    },
    /// The next stretch of audio.
    Audio(AudioFrame),
    /// One of several voices failed.
    ProviderFailed(ProviderFailure),
    /// How much of the text has been spoken at a place in the audio.
    Spoken(Spoken),
}

/// A place in the text and the place in the audio where it has been spoken.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Spoken {
    /// Bytes from the start of all clauses joined, at the end of a word.
    pub text: usize,
    /// How much audio of this stream has to be heard for that.
    pub audio: Duration,
}

/// A voice that takes one clause at a time; [`Clausewise`] makes a [`TtsProvider`] of it.
pub trait ClauseTts: fmt::Debug + Send + Sync + 'static {
    /// The format of the frames that it yields.
    fn format(&self) -> AudioFormat;

    /// Speaks one clause; the audio may come in pieces.
    fn speak(&self, request: TtsRequest, clause: String) -> Events<AudioFrame>;

    /// Loads in advance what the first clause would wait for.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought.
    fn unload(&self) {}
}

/// A voice that takes one clause at a time, as a streaming one.
///
/// The next clause is not begun before the reader has taken the audio of the one before.
#[derive(Debug)]
pub struct Clausewise<V> {
    voice: Arc<V>,
}

impl<V: ClauseTts> Clausewise<V> {
    /// Speaks through `voice`.
    pub fn new(voice: V) -> Self {
        Self { voice: Arc::new(voice) }
    }
}

impl<V: ClauseTts + FromOptions> FromOptions for Clausewise<V> {
    type Options = V::Options;
    const INFO: Info = V::INFO;

    fn from_options(options: V::Options) -> Result<Self> {
        V::from_options(options).map(Self::new)
    }
}

impl<V: ClauseTts> TtsProvider for Clausewise<V> {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: self.voice.format(), ..TtsCapabilities::default() }
    }

    fn synthesize(&self, request: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let voice = Arc::clone(&self.voice);
        Events::new(move |mut out| async move {
            let mut spoken = Spoken { text: 0, audio: Duration::ZERO };
            while let Some(clause) = text.next().await {
                spoken.text += clause.len();
                let mut audio = voice.speak(request.clone(), clause);
                while let Some(frame) = audio.next().await {
                    let frame = frame?;
                    spoken.audio += frame.duration();
                    out.emit(TtsEvent::Audio(frame)).await;
                }
                out.emit(TtsEvent::Spoken(spoken)).await;
            }
            Ok(())
        })
    }

    fn load(&self) -> Events<Progress> {
        self.voice.load()
    }

    fn unload(&self) {
        self.voice.unload();
    }
}
