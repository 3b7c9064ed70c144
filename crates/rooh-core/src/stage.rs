//! Audio stages: what changes audio on its way in and out, and who records it.

use std::fmt;

use rooh_audio::AudioFrame;

/// Changes the audio of a session, one frame at a time: cancels echo, removes noise, evens out.
///
/// # Contract
///
/// - [`open`](Self::open) gives a stage of its own to each session; two never share state.
pub trait AudioStage: fmt::Debug + Send + Sync + 'static {
    /// A stage for one session.
    ///
    /// # Errors
    ///
    /// A model is missing or cannot be loaded.
    fn open(&self) -> crate::Result<Box<dyn AudioFilter>>;
}

/// The stage of one session.
///
/// # Contract
///
/// - Frames come in order; a frame may be given back longer, shorter or later, but no audio is
///   invented: over time as much comes out as went in.
/// - [`played`](Self::played) is called with what the listener hears, when it is heard, before
///   the microphone frame of that moment.
/// - Runs on the session's own task: it has about a millisecond.
pub trait AudioFilter: fmt::Debug + Send {
    /// The frame as it goes on; `None` while the stage keeps it back.
    fn process(&mut self, frame: AudioFrame) -> Option<AudioFrame>;

    /// What is heard from the loudspeaker at [`AudioFrame::at`]; the reference of an echo canceller.
    fn played(&mut self, frame: &AudioFrame) {
        let _ = frame;
    }

    /// Forgets what was heard.
    fn reset(&mut self) {}
}

/// Takes down a session as it was heard, sample by sample.
///
/// Both sides lie on the session timeline: [`AudioFrame::at`] says where. What was synthesized but
/// never heard is not given.
pub trait Recorder: Send + 'static {
    /// What the user said, before any stage changed it.
    fn caller(&mut self, frame: &AudioFrame);

    /// What the user heard of the agent.
    fn agent(&mut self, frame: &AudioFrame);
}
