//! Voice activity: the contract, and the detector that needs nothing.

use std::fmt;

use rooh_audio::AudioFormat;

use crate::provider::Progress;
use crate::stream::Events;

/// Says how likely it is that somebody speaks.
///
/// A detector only estimates; thresholds, hang-over and minimum lengths are the same for all and
/// belong to the session.
///
/// # Contract
///
/// - [`open`](Self::open) gives a detector of its own to each session; two never share state.
pub trait VadProvider: fmt::Debug + Send + Sync + 'static {
    /// A detector for one session.
    ///
    /// # Errors
    ///
    /// The model is missing or cannot be loaded.
    fn open(&self) -> crate::Result<Box<dyn Vad>>;

    /// Loads in advance what [`open`](Self::open) would wait for.
    fn load(&self) -> Events<Progress> {
        Events::empty()
    }

    /// Gives back what [`load`](Self::load) brought, once nobody uses it.
    fn unload(&self) {}
}

/// The detector of one session.
///
/// # Contract
///
/// - Every window has exactly [`window`](Self::window) samples in [`format`](Self::format).
/// - The answer lies between 0 and 1, for any samples at all.
/// - After [`reset`](Self::reset) it answers like a new one.
/// - The same windows give the same answers.
pub trait Vad: fmt::Debug + Send {
    /// The format of the windows that it takes.
    fn format(&self) -> AudioFormat;

    /// How many samples a window has.
    fn window(&self) -> usize;

    /// How likely it is that `window` holds speech, from 0 to 1.
    ///
    /// Runs on the session's own task: it has about a millisecond.
    fn probability(&mut self, window: &[i16]) -> f32;

    /// Forgets what was heard.
    fn reset(&mut self);
}

/// Judges by loudness alone, against the quietest that it has heard of late.
///
/// Needs no model, and is right wherever the background is quiet; music, babble and traffic
/// count as speech.
#[derive(Clone, Copy, Debug, Default)]
pub struct Energy;

impl VadProvider for Energy {
    fn open(&self) -> crate::Result<Box<dyn Vad>> {
        Ok(Box::new(EnergyVad::new()))
    }
}

#[derive(Debug)]
pub(crate) struct EnergyVad {
    /// The background, in decibels of full scale.
    floor: f32,
}

impl EnergyVad {
    /// What counts as a quiet room before anything was heard.
    const QUIET: f32 = -60.0;
    /// Speech this far above the background is as likely as not.
    const EVEN: f32 = 14.0;

    pub(crate) fn new() -> Self {
        Self { floor: Self::QUIET }
    }
}

impl Vad for EnergyVad {
    fn format(&self) -> AudioFormat {
        AudioFormat::WIDEBAND
    }

    fn window(&self) -> usize {
        320
    }

    fn probability(&mut self, window: &[i16]) -> f32 {
        let level = rooh_audio::level_db(window);
        // Down at once, up by about 3 dB a second.
        self.floor = if level < self.floor { level.max(-75.0) } else { (self.floor + 0.06).min(level) };
        let above = level - self.floor.clamp(-70.0, -30.0);
        1.0 / (1.0 + (-(above - Self::EVEN) / 3.0).exp())
    }

    fn reset(&mut self) {
        self.floor = Self::QUIET;
    }
}
